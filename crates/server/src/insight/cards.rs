//! Hides the numbers of payment cards: nobody who reads a summary needs them.
//!
//! In: a text. Out: the same with every card as its last four digits. Absent: other personal data, which
//! people of the business may see; it is masked on its way to models ([`super::ask`]).

use jiff::civil::DateTime;
use ponte_nlu::entities::{Kind, Settings, find};

/// Digits that are left, as on a receipt.
const LEFT: usize = 4;

/// The text without cards.
#[must_use]
pub fn hide(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut from = 0;
    // The day matters to dates only.
    for entity in find(
        text,
        &Settings::default(),
        DateTime::constant(2026, 1, 1, 0, 0, 0, 0),
    ) {
        if entity.kind == Kind::Card {
            hidden.push_str(&text[from..entity.range.start]);
            hidden.push_str(&short(&entity.text));
            from = entity.range.end;
        }
    }
    hidden.push_str(&text[from..]);
    hidden
}

/// `•••• 1111`.
fn short(card: &str) -> String {
    let digits: Vec<char> = card.chars().filter(char::is_ascii_digit).collect();
    let last: String = digits[digits.len().saturating_sub(LEFT)..].iter().collect();
    format!("•••• {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_are_hidden_and_everything_else_stays() {
        let table = [
            (
                "meu cartão é 4111 1111 1111 1111, pode cobrar",
                "meu cartão é •••• 1111, pode cobrar",
            ),
            ("4111111111111111", "•••• 1111"),
            (
                "cpf 529.982.247-25 e R$ 40,00",
                "cpf 529.982.247-25 e R$ 40,00",
            ),
            ("", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(hide(text), wanted);
        }
    }
}
