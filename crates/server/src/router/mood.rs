//! What the customer seems to feel, as reasons to call a person.
//!
//! In: what was said before and is said now. Out: [`Mood`], with reasons that hold none of the customer's
//! words, since they are kept with the decision. Absent: the scores themselves (`ponte_nlu::sense`), and
//! whether anybody is called ([`super::ways`]).

use super::prompt::{By, Turn};
use super::ways::Mood;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ponte_core::time::Time;
use ponte_nlu::sense::displeasure::{self, Reason, Who};
use ponte_nlu::sense::urgency::{Level, urgency};

/// The mood of the turn that is asked now.
#[must_use]
pub fn mood(before: &[Turn], asked: &[String], zone: &str, now: Time) -> Mood {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    let turn = |who, text: &str, at| displeasure::Turn {
        who,
        text: text.to_owned(),
        at: local(at, &zone),
        asks_person: false,
    };
    let mut turns: Vec<_> = before
        .iter()
        .map(|held| {
            let who = if held.by == By::Customer {
                Who::Customer
            } else {
                Who::Business
            };
            turn(who, &held.text, held.at)
        })
        .collect();
    let text = asked.join("\n");
    turns.push(turn(Who::Customer, &text, now));
    let judged = displeasure::displeasure(&turns);
    let last = judged
        .last()
        .filter(|judged| judged.turn + 1 == turns.len());
    let threat = last.is_some_and(|judged| {
        judged
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Threat { .. }))
    });
    let high = last.filter(|judged| judged.level >= displeasure::CROSSING);
    Mood {
        dissatisfied: high.map(|judged| {
            format!(
                "displeasure at {:.0} percent: {}",
                judged.level * 100.0,
                words(&judged.reasons)
            )
        }),
        threat: threat.then(|| "names a court, an office or the public".to_owned()),
        urgent: (urgency(&text).level == Level::Urgent).then(|| "can't wait".to_owned()),
    }
}

fn local(at: Time, zone: &TimeZone) -> DateTime {
    let at = Timestamp::from_microsecond(at.0).unwrap_or(Timestamp::UNIX_EPOCH);
    zone.to_datetime(at)
}

fn words(reasons: &[Reason]) -> String {
    let word = |reason: &Reason| match reason {
        Reason::Repeated { .. } => "asked again",
        Reason::SaidBefore { .. } => "said before",
        Reason::Waiting { .. } | Reason::WaitedMinutes { .. } => "waited",
        Reason::Threat { .. } => "threat",
        Reason::Unsolved { .. } => "unsolved",
        Reason::Tone { .. } => "tone",
        Reason::Escalating => "escalating",
        Reason::Shouting => "shouting",
        Reason::AsksPerson => "asks for a person",
        Reason::Thanks => "thanks",
    };
    let mut all: Vec<_> = reasons.iter().map(word).collect();
    all.dedup();
    all.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::time::Span;

    const NOW: Time = Time(1_795_176_000_000_000);

    fn said(by: By, ago: Span, text: &str) -> Turn {
        Turn {
            by,
            text: text.into(),
            at: NOW - ago,
        }
    }

    #[test]
    fn a_calm_question_has_no_mood() {
        let mood = mood(
            &[],
            &["vocês entregam no centro?".into()],
            "America/Sao_Paulo",
            NOW,
        );
        assert_eq!(mood, Mood::default());
    }

    #[test]
    fn threats_haste_and_growing_displeasure_are_felt_without_the_customers_words() {
        let zone = "America/Sao_Paulo";
        let threat = mood(
            &[],
            &["vou no procon e chamar meu advogado".into()],
            zone,
            NOW,
        );
        assert!(threat.threat.is_some());
        let before = [
            said(By::Customer, Span::minutes(30), "cadê meu pedido?"),
            said(By::Machine, Span::minutes(29), "Vou verificar."),
            said(
                By::Customer,
                Span::minutes(20),
                "cadê meu pedido??? já falei isso",
            ),
            said(By::Machine, Span::minutes(19), "Vou verificar."),
        ];
        let asked = ["PELA TERCEIRA VEZ cadê meu pedido, que atendimento horrível".into()];
        let felt = mood(&before, &asked, zone, NOW);
        let why = felt.dissatisfied.expect("displeased");
        assert!(
            !why.contains("horrível") && !why.contains("pedido"),
            "{why}"
        );
        let haste = mood(
            &[],
            &["URGENTE!!! preciso agora, é emergência".into()],
            zone,
            NOW,
        );
        assert!(haste.urgent.is_some());
    }
}
