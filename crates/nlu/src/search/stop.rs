//! Tells the words that say nothing about what a text is about.
//!
//! In: a folded word. Out: whether search skips it. Portuguese, English and Spanish in one list, because
//! a shop's texts mix them; words of one language that mean something in another are left out. Negation
//! stays a word: "não aceitamos" and "aceitamos" are two answers. Absent on purpose: frequencies (rare
//! words weigh more anyway, by `rank.rs`).

/// Whether search skips the word.
pub(super) fn is_stop(folded: &str) -> bool {
    STOP.binary_search(&folded).is_ok()
}

/// Sorted, so that it can be searched; a test holds it.
#[rustfmt::skip]
const STOP: &[&str] = &[
    "a", "about", "ai", "al", "algum", "alguma", "algumas", "alguns", "an", "and", "ao", "aos", "aquela",
    "aquelas", "aquele", "aqueles", "aquilo", "are", "as", "at", "ate", "be", "been", "by", "can", "com",
    "como", "could", "cual", "cuales", "cuando", "cuanto", "da", "das", "de", "del", "dela", "delas", "dele",
    "deles", "des", "desde", "dessa", "dessas", "desse", "desses", "desta", "destas", "deste", "destes",
    "did", "disso", "disto", "do", "does", "donde", "dos", "e", "ela", "elas", "ele", "eles", "ellos", "em",
    "en", "entao", "entre", "er", "era", "eram", "es", "essa", "essas", "esse", "esses", "esta", "estao",
    "estas", "estava", "estavam", "este", "esteja", "estes", "esto", "estos", "estou", "eu", "foi", "for",
    "foram", "fosse", "from", "fue", "had", "has", "have", "he", "her", "hers", "his", "how", "i", "if",
    "in", "is", "isso", "isto", "it", "its", "ja", "la", "las", "le", "lhe", "lhes", "lo", "los", "mas",
    "me", "mesma", "mesmo", "meu", "meus", "mi", "mim", "minha", "minhas", "mis", "my", "na", "nas", "nela",
    "nele", "nessa", "nesse", "nesta", "neste", "no", "nos", "nossa", "nossas", "nosso", "nossos", "num",
    "numa", "o", "of", "oi", "ola", "on", "onde", "or", "os", "ou", "our", "para", "pela", "pelas", "pelo",
    "pelos", "per", "pero", "por", "porque", "pq", "pra", "pras", "pro", "pros", "q", "qnto", "qto", "qtos", "quais",
    "qual", "quando", "quanta", "quantas", "quanto", "quantos", "que", "quem", "quien", "sao", "se", "seja",
    "sejam", "ser", "sera", "serao", "seu", "seus", "she", "should", "si", "sido", "so", "sobre", "some",
    "somos", "son", "sou", "su", "sua", "suas", "sus", "tal", "tambem", "tb", "te", "tem", "tenha", "tenho",
    "ter", "teu", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "tinha",
    "to", "tu", "tua", "um", "uma", "umas", "un", "una", "unas", "uns", "us", "vai", "vc", "vcs", "voce",
    "voces", "vos", "was", "we", "were", "what", "when", "where", "which", "who", "will", "with", "would",
    "y", "you", "your",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_says_each_word_once() {
        for pair in STOP.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
    }

    #[test]
    fn negation_is_a_word() {
        for word in [
            "nao", "nunca", "sem", "not", "never", "without", "sin", "nem",
        ] {
            assert!(!is_stop(word), "{word}");
        }
        assert!(is_stop("voces"));
        assert!(!is_stop("horario"));
    }
}
