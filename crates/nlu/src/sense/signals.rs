//! Signs that somebody is about to buy, or to leave.
//!
//! In: one message. Out: two scores from 0 to 1 with the words behind them. Simple on purpose: a hint
//! for the inbox, not a forecast. Absent: what the person bought before. Read next:
//! [`super::displeasure`].

use super::lexicon::{Lexicon, typed};
use super::tokens::Line;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// One sign and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// 0 to 1; from 0.5 it is worth showing.
    pub score: f32,
    /// The words behind it.
    pub words: Vec<String>,
}

/// Both signs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Signals {
    /// About to buy.
    pub purchase: Signal,
    /// About to leave.
    pub churn: Signal,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(include_str!("signals.txt")));

/// The signs in a message.
#[must_use]
pub fn signals(text: &str) -> Signals {
    let line = Line::new(text);
    let mut signals = Signals::default();
    for hit in LEXICON.hits(&line) {
        // "não quero cancelar" is neither.
        if hit.negated && !hit.name.starts_with("none") {
            continue;
        }
        let signal = if hit.name == "purchase" {
            &mut signals.purchase
        } else {
            &mut signals.churn
        };
        signal.score = (signal.score + hit.weight / 4.0).min(1.0);
        signal.words.push(typed(&line, &hit));
    }
    signals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buying_and_leaving_are_told_apart_with_their_words() {
        let buys = signals("quanto custa? vou levar dois, qual o pix?");
        assert!(buys.purchase.score >= 0.9 && buys.churn.score == 0.0);
        assert_eq!(
            buys.purchase.words,
            ["quanto custa", "vou levar", "qual o pix"]
        );
        let leaves = signals("quero cancelar minha assinatura, achei mais barato em outra loja");
        assert!(leaves.churn.score >= 0.9 && leaves.purchase.score == 0.0);
        assert_eq!(signals("não quero cancelar").churn.score, 0.0);
        assert_eq!(signals("bom dia"), Signals::default());
    }
}
