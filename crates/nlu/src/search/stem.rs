//! Cuts folded words to what they share with their relatives: *entregas*, *entregamos*, *entregar*.
//!
//! In: a folded word. Out: two stems. The light one undoes plural and gender, and keeps words apart that
//! only look alike. The heavy one also takes the endings of verbs and of derived words, and finds more.
//! Search scores both. The rules work on folded letters, so that *informações* and *informacoes* cannot
//! diverge, as they do when accents are folded after stemming. Portuguese first; Spanish and English share
//! plurals and the rules that can't hurt Portuguese. Absent on purpose: dictionaries and exceptions by
//! word.

/// Plural and gender undone.
pub(super) fn light(word: &str) -> String {
    if !stems(word) {
        return word.to_string();
    }
    let mut stem = singular(word);
    if stem.len() >= 5 {
        for (ending, instead) in [("inha", ""), ("inho", ""), ("a", ""), ("o", ""), ("e", "")] {
            if stem.len() >= ending.len() + 3 && stem.ends_with(ending) {
                stem.truncate(stem.len() - ending.len());
                stem.push_str(instead);
                break;
            }
        }
    }
    stem
}

/// The endings of verbs and derived words undone as well.
pub(super) fn heavy(word: &str) -> String {
    if !stems(word) {
        return word.to_string();
    }
    let mut stem = singular(word);
    let cut = strip(&mut stem, DERIVED, 3) || strip(&mut stem, VERBAL, 3);
    if !cut || stem.len() > 5 {
        strip(&mut stem, &[("a", ""), ("o", ""), ("e", ""), ("i", "")], 3);
    }
    if stem.len() >= 4 {
        // *pago*, *paguei*; *fico*, *fiquei*; *comeco*, *comecei*: one sound, several letters.
        if stem.ends_with("gu") {
            stem.pop();
        } else if stem.ends_with("qu") {
            stem.truncate(stem.len() - 2);
            stem.push('c');
        }
    }
    stem
}

/// Words with digits, short words and other scripts have no endings that we know.
fn stems(word: &str) -> bool {
    word.len() >= 4 && word.bytes().all(|byte| byte.is_ascii_lowercase())
}

/// The plural of Portuguese, and of Spanish and English where it agrees.
fn singular(word: &str) -> String {
    let mut stem = word.to_string();
    if !stem.ends_with('s') || stem.ends_with("ss") || stem.ends_with("us") {
        return stem;
    }
    for (ending, instead, keep) in PLURALS {
        if stem.len() >= ending.len() + keep && stem.ends_with(ending) {
            stem.truncate(stem.len() - ending.len());
            stem.push_str(instead);
            return stem;
        }
    }
    stem.pop();
    stem
}

const PLURALS: &[(&str, &str, usize)] = &[
    ("ciones", "cao", 2),
    ("coes", "cao", 1),
    ("oes", "ao", 2),
    ("aes", "ao", 1),
    ("ais", "al", 2),
    ("eis", "el", 3),
    ("ois", "ol", 3),
    ("ies", "y", 3),
    ("ns", "m", 2),
    ("res", "r", 3),
    ("zes", "z", 2),
    ("ses", "s", 3),
    ("les", "l", 4),
];

/// Takes the first ending of the list that leaves enough; the lists are sorted longest first by a test.
fn strip(stem: &mut String, endings: &[(&str, &str)], keep: usize) -> bool {
    for (ending, instead) in endings {
        if stem.len() >= ending.len() + keep && stem.ends_with(ending) {
            stem.truncate(stem.len() - ending.len());
            stem.push_str(instead);
            return true;
        }
    }
    false
}

#[rustfmt::skip]
const DERIVED: &[(&str, &str)] = &[
    ("abilidade", ""), ("ibilidade", ""), ("icamente", ""), ("alizacao", "al"), ("idamente", ""),
    ("adamente", ""), ("ividade", ""), ("icidade", ""), ("osidade", ""), ("amento", ""), ("imento", ""),
    ("izacao", ""), ("encial", "ent"), ("ancial", "ant"), ("ativo", ""), ("ativa", ""), ("itivo", ""),
    ("itiva", ""), ("mente", ""), ("idade", ""), ("ancia", "ant"), ("encia", "ent"), ("adora", ""),
    ("edora", ""), ("idora", ""), ("logia", "log"), ("acion", ""), ("cion", ""), ("acao", ""), ("icao", ""),
    ("ucao", "u"), ("ador", ""), ("edor", ""), ("idor", ""), ("ante", "ant"), ("ente", "ent"), ("avel", ""),
    ("ivel", ""), ("ismo", ""), ("ista", ""), ("eiro", ""), ("eira", ""), ("ario", "ari"), ("aria", "ari"),
    ("ness", ""), ("ment", ""), ("tion", "t"), ("agem", ""), ("eza", ""), ("ico", ""), ("ica", ""),
    ("oso", ""), ("osa", ""), ("ivo", ""), ("iva", ""), ("dad", ""), ("ing", ""), ("cao", ""), ("sao", "s"),
    ("al", ""), ("ly", ""), ("ed", ""),
];

#[rustfmt::skip]
const VERBAL: &[(&str, &str)] = &[
    ("ariamos", ""), ("eriamos", ""), ("iriamos", ""), ("assemos", ""), ("essemos", ""), ("issemos", ""),
    ("aremos", ""), ("eremos", ""), ("iremos", ""), ("avamos", ""), ("aramos", ""), ("eramos", ""),
    ("iramos", ""), ("ariam", ""), ("eriam", ""), ("iriam", ""), ("assem", ""), ("essem", ""), ("issem", ""),
    ("ardes", ""), ("armos", ""), ("ermos", ""), ("irmos", ""), ("iamos", ""), ("ando", ""), ("endo", ""),
    ("indo", ""), ("aria", ""), ("eria", ""), ("iria", ""), ("asse", ""), ("esse", ""), ("isse", ""),
    ("avam", ""), ("aram", ""), ("eram", ""), ("iram", ""), ("arao", ""), ("erao", ""), ("irao", ""),
    ("arem", ""), ("erem", ""), ("irem", ""), ("amos", ""), ("emos", ""), ("imos", ""), ("arei", ""),
    ("erei", ""), ("irei", ""), ("amo", ""), ("emo", ""), ("imo", ""), ("ada", ""), ("ado", ""), ("ida", ""),
    ("ido", ""), ("ava", ""), ("ara", ""), ("era", ""), ("ira", ""), ("iam", ""), ("ar", ""), ("er", ""),
    ("ir", ""), ("am", ""), ("em", ""), ("ei", ""), ("ou", ""), ("eu", ""), ("iu", ""), ("ia", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn together(stem: fn(&str) -> String, words: &[&str]) {
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        assert!(
            stems.windows(2).all(|pair| pair[0] == pair[1]),
            "{words:?} {stems:?}"
        );
    }

    #[test]
    fn light_undoes_number_and_gender() {
        together(light, &["promocao", "promocoes"]);
        together(light, &["pedido", "pedidos"]);
        together(light, &["produto", "produtos"]);
        together(light, &["horario", "horarios"]);
        together(light, &["animal", "animais"]);
        together(light, &["valor", "valores"]);
        together(light, &["imagem", "imagens"]);
        together(light, &["vez", "vezes"]);
        together(light, &["aberto", "aberta", "abertos", "abertas"]);
        together(light, &["papel", "papeis"]);
        together(light, &["pao", "paes"]);
        together(light, &["delivery", "deliveries"]);
        assert_ne!(light("pedido"), light("pedir"));
    }

    #[test]
    fn heavy_brings_verbs_and_nouns_together() {
        together(
            heavy,
            &[
                "entrega",
                "entregas",
                "entregar",
                "entregam",
                "entregamos",
                "entregou",
            ],
        );
        together(
            heavy,
            &["informacao", "informacoes", "informar", "informado"],
        );
        together(heavy, &["instalar", "instalacao", "instalacoes"]);
        together(heavy, &["paga", "pagar", "pagamento", "pago", "paguei"]);
        together(heavy, &["troca", "trocar", "trocas", "troquei"]);
        together(heavy, &["funciona", "funcionamento", "funcionam"]);
        together(heavy, &["parcela", "parcelar", "parcelado", "parcelamos"]);
        together(heavy, &["devolucao", "devolucoes"]);
    }

    #[test]
    fn every_list_tries_long_endings_first() {
        for list in [DERIVED, VERBAL] {
            for pair in list.windows(2) {
                assert!(pair[0].0.len() >= pair[1].0.len(), "{pair:?}");
            }
        }
    }

    #[test]
    fn numbers_codes_and_other_scripts_stay() {
        for word in ["2024", "10h30", "abc1", "東京", "nao", "ssss", ""] {
            assert_eq!(heavy(word), word);
            assert_eq!(light(word), word);
        }
    }
}
