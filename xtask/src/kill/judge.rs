//! The verdict over a finished campaign, from the simulator's ledger alone.
//!
//! In: the ledger as JSON, and what the product itself shows to people. Out: a [`Verdict`]: every
//! acknowledged question must have its answer once, or be in front of a person; nothing may be
//! answered twice. Absent: the product's own opinion of what it sent; that is what is being judged.

use super::product::Shown;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) asked: usize,
    pub(crate) acked: usize,
    pub(crate) answered: usize,
    /// Not answered, and shown to a person as unknown.
    pub(crate) listed: Vec<String>,
    /// Not answered, and in front of a person: their conversation was handed over.
    pub(crate) owned: Vec<String>,
    /// Acknowledged, not answered, not shown to anybody.
    pub(crate) lost: Vec<String>,
    /// Questions with more than one answer.
    pub(crate) doubled: Vec<String>,
    /// Answers that nobody asked for, or given to somebody else.
    pub(crate) stray: Vec<String>,
    /// Free texts accepted while the window was closed.
    pub(crate) outside_window: u64,
}

/// The text of question `n`, and the answer that the demo's rule owes it.
pub(crate) fn question(n: usize) -> String {
    format!("eco k{n}")
}

fn owed(question: &str) -> Option<&str> {
    let answer = question.strip_prefix("eco ")?;
    is_ours(answer).then_some(answer)
}

fn is_ours(answer: &str) -> bool {
    let digits = answer.strip_prefix('k');
    digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
}

fn entries<'a>(ledger: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    ledger[list].as_array().into_iter().flatten()
}

pub(crate) fn judge(ledger: &Value, shown: &Shown) -> Verdict {
    let mut verdict = Verdict {
        outside_window: ledger["summary"]["accepted_outside_window"]
            .as_u64()
            .unwrap_or(0),
        ..Verdict::default()
    };
    let mut given: BTreeMap<(String, u64), u32> = BTreeMap::new();
    for entry in entries(ledger, "accepted") {
        let text = entry["text"].as_str().unwrap_or_default();
        let customer = entry["customer"].as_u64().unwrap_or(u64::MAX);
        if is_ours(text) {
            *given.entry((text.to_string(), customer)).or_default() += 1;
        }
    }
    for said in entries(ledger, "inbound") {
        let Some(answer) = said["text"].as_str().and_then(owed) else {
            continue;
        };
        let customer = said["customer"].as_u64().unwrap_or(u64::MAX);
        verdict.asked += 1;
        let acked = !said["acked_at"].is_null();
        verdict.acked += usize::from(acked);
        match given.remove(&(answer.to_string(), customer)).unwrap_or(0) {
            0 if shown.unknown.contains(answer) => verdict.listed.push(answer.into()),
            0 if shown.owned.contains(&format!("eco {answer}")) => {
                verdict.owned.push(answer.into())
            }
            0 if acked => verdict.lost.push(answer.into()),
            0 => {} // Never promised.
            1 => verdict.answered += 1,
            _ => {
                verdict.answered += 1;
                verdict.doubled.push(answer.into());
            }
        }
    }
    verdict.stray = given.into_keys().map(|(text, _)| text).collect();
    verdict
}

impl Verdict {
    /// Whether everything promised is settled, one way or the other.
    pub(crate) fn is_settled(&self) -> bool {
        self.lost.is_empty() && self.acked == self.asked
    }

    /// The promises, each with how often it was broken.
    pub(crate) fn promises(&self) -> [(&'static str, usize); 4] {
        [
            ("acknowledged and lost", self.lost.len()),
            ("answered twice", self.doubled.len()),
            ("answers nobody asked for", self.stray.len()),
            ("free text outside the window", self.outside_window as usize),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(text: &str, customer: u64, acked: bool) -> Value {
        json!({"text": text, "customer": customer, "acked_at": acked.then_some(5)})
    }

    fn sent(text: &str, customer: u64) -> Value {
        json!({"text": text, "customer": customer})
    }

    fn verdict(inbound: Vec<Value>, accepted: Vec<Value>, shown: &[&str]) -> Verdict {
        let ledger = json!({"summary": {"accepted_outside_window": 0}, "inbound": inbound, "accepted": accepted});
        let texts = || shown.iter().map(|s| s.to_string());
        let shown = Shown {
            unknown: texts().filter(|t| !t.starts_with("eco ")).collect(),
            owned: texts().filter(|t| t.starts_with("eco ")).collect(),
        };
        judge(&ledger, &shown)
    }

    #[test]
    fn once_answered_is_right_and_other_talk_is_ignored() {
        let found = verdict(
            vec![said("eco k1", 1, true), said("oi", 1, true)],
            vec![sent("k1", 1), sent("Olá!", 1)],
            &[],
        );
        assert_eq!((found.asked, found.acked, found.answered), (1, 1, 1));
        assert!(found.is_settled() && found.promises().iter().all(|(_, broken)| *broken == 0));
    }

    #[test]
    fn a_lost_a_shown_and_a_never_acknowledged_question_are_told_apart() {
        let inbound = vec![
            said("eco k1", 1, true),
            said("eco k2", 1, true),
            said("eco k3", 1, false),
            said("eco k4", 1, true),
        ];
        let found = verdict(inbound, vec![], &["k2", "eco k4"]);
        assert_eq!(found.owned, ["k4"]);
        assert_eq!(
            (found.lost, found.listed),
            (vec!["k1".into()], vec!["k2".into()])
        );
    }

    #[test]
    fn a_second_copy_and_an_answer_to_somebody_else_are_found() {
        let inbound = vec![said("eco k1", 1, true), said("eco k2", 2, true)];
        let accepted = vec![sent("k1", 1), sent("k1", 1), sent("k2", 1)];
        let found = verdict(inbound, accepted, &[]);
        assert_eq!(found.doubled, ["k1"]);
        assert_eq!(found.lost, ["k2"]);
        assert_eq!(found.stray, ["k2"]);
    }
}
