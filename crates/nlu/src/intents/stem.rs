//! Cuts the ending off a word, so that "cancelar", "cancelei" and "cancelamento" meet.
//!
//! In: one folded word. Out: its beginning. One light list for Portuguese, Spanish and English endings,
//! longest first, each with the least that must be left: a stem is a feature beside the word itself, so
//! cutting too much costs little. Absent: stems for search (`crate::search` has its own analysis).

/// The stem: the word without its longest known ending.
pub(super) fn stem(word: &str) -> &str {
    if word.len() <= LEFT_MIN || !word.is_ascii() {
        return word;
    }
    let ending = ENDINGS
        .iter()
        .find(|ending| word.len() >= ending.len() + LEFT_MIN && word.ends_with(**ending));
    match ending {
        Some(ending) => &word[..word.len() - ending.len()],
        None => word,
    }
}

/// Letters that must be left.
const LEFT_MIN: usize = 3;

/// Longest first; a test holds that.
const ENDINGS: &[&str] = &[
    "amientos", "imientos", "aciones", "amentos", "amiento", "ariamos", "assemos", "eriamos",
    "essemos", "imentos", "imiento", "iriamos", "adoras", "adores", "amento", "avamos", "idades",
    "imento", "acion", "acoes", "adora", "ancia", "ariam", "assem", "ation", "encia", "eriam",
    "essem", "idade", "iendo", "iriam", "issem", "mente", "ments", "able", "acao", "adas", "ador",
    "ados", "amos", "ando", "aram", "arei", "aria", "asse", "avam", "avel", "coes", "edor", "emos",
    "endo", "eram", "erei", "eria", "esse", "icao", "idad", "idas", "idor", "idos", "imos", "indo",
    "ings", "inha", "inho", "iram", "irei", "iria", "isse", "ivel", "ment", "ness", "osas", "osos",
    "ucao", "aba", "ada", "ado", "ais", "ara", "ava", "cao", "eis", "era", "iam", "ida", "ido",
    "ied", "ies", "ing", "ira", "oes", "osa", "oso", "am", "ar", "as", "ed", "ei", "em", "er",
    "es", "eu", "ia", "ir", "is", "iu", "ly", "os", "ou", "a", "e", "i", "o", "s", "y",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_are_sorted_longest_first_without_repeats() {
        let sizes: Vec<usize> = ENDINGS.iter().map(|ending| ending.len()).collect();
        assert!(sizes.windows(2).all(|pair| pair[0] >= pair[1]));
        let all: std::collections::BTreeSet<&str> = ENDINGS.iter().copied().collect();
        assert_eq!(all.len(), ENDINGS.len());
    }

    #[test]
    fn forms_of_a_word_meet() {
        for family in [
            &[
                "cancelar",
                "cancelei",
                "cancelamento",
                "cancelado",
                "cancelando",
            ][..],
            &["pedido", "pedidos"],
            &["entregar", "entrega", "entregas", "entregou"],
            &["payment", "payments"],
            &["reservas", "reserva", "reservar"],
        ] {
            let stems: std::collections::BTreeSet<&str> =
                family.iter().map(|word| stem(word)).collect();
            assert_eq!(stems.len(), 1, "{stems:?}");
        }
    }

    #[test]
    fn short_and_foreign_words_stay() {
        for word in ["pao", "as", "", "при", "мире", "é"] {
            assert_eq!(stem(word), word);
        }
        assert_eq!(stem("paes"), "pae");
    }
}
