//! Writes out what people abbreviate on a phone, so that "vc" and "você" are one word.
//!
//! In: one folded word. Out: the word or words that it stands for, or the word itself with letters that
//! were held down ("oiiii") let go. Portuguese first, then English and Spanish; only what has one
//! reading. Absent: spelling correction; pieces of words take care of most typing errors.

use std::borrow::Cow;

/// The plain form of a folded word; several words are parted by one space.
pub(super) fn plain(word: &str) -> Cow<'_, str> {
    let released = release(word);
    match WORDS.binary_search_by(|(short, _)| (*short).cmp(released.as_ref())) {
        Ok(at) => Cow::Borrowed(WORDS[at].1),
        Err(_) => released,
    }
}

/// Three or more of one letter are one.
fn release(word: &str) -> Cow<'_, str> {
    let bytes = word.as_bytes();
    let held = bytes
        .windows(3)
        .any(|w| w[0] == w[1] && w[1] == w[2] && w[0].is_ascii_alphabetic());
    if !held {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let mut times = 1;
        while chars.peek() == Some(&c) {
            chars.next();
            times += 1;
        }
        let kept = if c.is_ascii_alphabetic() && times >= 3 {
            1
        } else {
            times
        };
        out.extend(std::iter::repeat_n(c, kept));
    }
    Cow::Owned(out)
}

/// Sorted by the short form; a test holds that.
const WORDS: &[(&str, &str)] = &[
    ("abs", "abraco"),
    ("agr", "agora"),
    ("amg", "amigo"),
    ("aq", "aqui"),
    ("att", "atenciosamente"),
    ("bjs", "beijo"),
    ("bls", "beleza"),
    ("blz", "beleza"),
    ("cade", "onde esta"),
    ("cmg", "comigo"),
    ("cmo", "como"),
    ("ctz", "certeza"),
    ("dnv", "de novo"),
    ("dps", "depois"),
    ("dsd", "desde"),
    ("eh", "e"),
    ("enderco", "endereco"),
    ("fds", "fim de semana"),
    ("flw", "falou"),
    ("gnt", "gente"),
    ("hj", "hoje"),
    ("hr", "hora"),
    ("hrs", "horas"),
    ("kd", "onde esta"),
    ("ker", "quer"),
    ("kero", "quero"),
    ("krtao", "cartao"),
    ("mds", "meu deus"),
    ("mlr", "melhor"),
    ("msg", "mensagem"),
    ("msgs", "mensagens"),
    ("msm", "mesmo"),
    ("mt", "muito"),
    ("mta", "muita"),
    ("mto", "muito"),
    ("mtos", "muitos"),
    ("n", "nao"),
    ("naum", "nao"),
    ("nd", "nada"),
    ("neh", "ne"),
    ("ngm", "ninguem"),
    ("nn", "nao"),
    ("obg", "obrigado"),
    ("obgd", "obrigado"),
    ("obgda", "obrigada"),
    ("oq", "o que"),
    ("p", "para"),
    ("pfv", "por favor"),
    ("pfvr", "por favor"),
    ("pgto", "pagamento"),
    ("pls", "please"),
    ("plz", "please"),
    ("pq", "porque"),
    ("pra", "para"),
    ("pras", "para as"),
    ("q", "que"),
    ("qd", "quando"),
    ("qdo", "quando"),
    ("qm", "quem"),
    ("qnd", "quando"),
    ("qndo", "quando"),
    ("qnto", "quanto"),
    ("qq", "qualquer"),
    ("qria", "queria"),
    ("qro", "quero"),
    ("qto", "quanto"),
    ("qts", "quantos"),
    ("rsrs", "haha"),
    ("sdds", "saudades"),
    ("sla", "sei la"),
    ("sqn", "so que nao"),
    ("ss", "sim"),
    ("ta", "esta"),
    ("tao", "estao"),
    ("tava", "estava"),
    ("tb", "tambem"),
    ("tbm", "tambem"),
    ("td", "tudo"),
    ("tds", "todos"),
    ("tel", "telefone"),
    ("tlgd", "entende"),
    ("tmb", "tambem"),
    ("tou", "estou"),
    ("vc", "voce"),
    ("vcs", "voces"),
    ("vdd", "verdade"),
    ("vlr", "valor"),
    ("vlw", "valeu"),
    ("xau", "tchau"),
    ("zap", "whatsapp"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_says_something_new_of_each() {
        assert!(WORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(WORDS.iter().all(|(short, long)| short != long));
        // Nothing is written out into something that is itself short for something.
        for (_, long) in WORDS {
            for word in long.split(' ') {
                assert_eq!(plain(word), word, "{long}");
            }
        }
    }

    #[test]
    fn short_words_are_written_out_and_held_letters_let_go() {
        assert_eq!(plain("vc"), "voce");
        assert_eq!(plain("kd"), "onde esta");
        assert_eq!(plain("oiiiii"), "oi");
        assert_eq!(plain("vcccc"), "voce");
        assert_eq!(plain("passo"), "passo");
        assert_eq!(plain("100000"), "100000");
        assert_eq!(plain("привет"), "привет");
    }
}
