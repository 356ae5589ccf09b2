//! Takes what tells a person from a text before it is suggested to others.
//!
//! In: a customer's or an agent's words. Out: the same with e-mail addresses, long numbers (phones,
//! documents, orders, cards) and links with what follows their host replaced by words. Absent: names,
//! which can't be told from other words by their letters: a person reads before approving.

/// What stands for a number.
pub const NUMBER: &str = "[número]";
/// What stands for an e-mail address.
pub const EMAIL: &str = "[e-mail]";
/// What stands for a link.
pub const LINK: &str = "[link]";
/// Digits from which a number may tell a person: a CEP has eight, an order maybe five; a price and a
/// time have fewer.
const DIGITS: usize = 5;

/// The text without what tells a person.
#[must_use]
pub fn mask(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let (run, digits) = run_of_numbers(&words[at..]);
        if digits >= DIGITS {
            out.push(NUMBER.to_owned());
            at += run;
            continue;
        }
        out.push(word(words[at]));
        at += 1;
    }
    out.join(" ")
}

/// How many words from here are parts of one number, and its digits.
fn run_of_numbers(words: &[&str]) -> (usize, usize) {
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).count();
    let part = |word: &str| {
        digits(word) > 0
            && word
                .chars()
                .all(|c| c.is_ascii_digit() || "+-–./()".contains(c))
    };
    let run = words.iter().take_while(|word| part(word)).count();
    (run, words[..run].iter().map(|word| digits(word)).sum())
}

fn word(word: &str) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let lower = bare.to_ascii_lowercase();
    if bare.contains('@') && bare.contains('.') {
        return word.replace(bare, EMAIL);
    }
    if lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("www.") {
        return word.replace(bare, LINK);
    }
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    if digits >= DIGITS {
        return word.replace(bare, NUMBER);
    }
    word.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tells_a_person_is_replaced_and_the_rest_stays() {
        for (text, want) in [
            ("meu cpf é 123.456.789-09, ok?", "meu cpf é [número], ok?"),
            ("liga (11) 99999-0000 por favor", "liga [número] por favor"),
            ("liga +55 11 99999 0000", "liga [número]"),
            ("email: ana.silva@loja.com.br.", "email: [e-mail]."),
            ("veja https://x.example/?t=9 aqui", "veja [link] aqui"),
            ("pedido #123456 chegou?", "pedido #[número] chegou?"),
            ("custa R$ 1.299,90 às 15h30", "custa R$ [número] às 15h30"),
            ("abre às 10:30 dia 25/12?", "abre às 10:30 dia 25/12?"),
            ("", ""),
        ] {
            assert_eq!(mask(text), want);
        }
    }
}
