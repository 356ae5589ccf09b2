//! Dissatisfaction over the turns of a conversation: rising, with reasons, and the turn where it crosses.
//!
//! In: turns in order. Out: one reading per customer turn: a level from 0 to 1, what moved it, and
//! whether it has just crossed [`CROSSING`]. The level falls a little with each calm turn and much with
//! thanks. A question asked again in other words counts, tone counts when it worsens, waiting counts by
//! the clock. Absent: what to do then; the step hands over. Read next: [`super::sentiment`].

use super::lexicon::{Lexicon, typed};
use super::sentiment::{Feeling, is_shouting, sentiment};
use super::tokens::{Class, Line};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// Who wrote a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The customer.
    Customer,
    /// The assistant, a flow or a person of the business.
    Business,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who wrote it.
    pub who: Who,
    /// What.
    pub text: String,
    /// When, in the business's time.
    pub at: DateTime,
    /// Whether it asks for a person, as the step understands that.
    #[serde(default)]
    pub asks_person: bool,
}

/// What moved the level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// Much the same was asked in an earlier turn, and answered in between.
    Repeated {
        /// The place of that turn, from 0.
        turn: usize,
    },
    /// Says that it was said before.
    SaidBefore {
        /// The words.
        words: String,
    },
    /// Complains of waiting.
    Waiting {
        /// The words.
        words: String,
    },
    /// Waited for an answer, by the clock.
    WaitedMinutes {
        /// How long.
        minutes: i64,
    },
    /// Names a court, an office or the public.
    Threat {
        /// The words.
        words: String,
    },
    /// Says that nothing was solved.
    Unsolved {
        /// The words.
        words: String,
    },
    /// The tone is bad.
    Tone {
        /// The words.
        words: Vec<String>,
    },
    /// The tone is worse than in the turn before.
    Escalating,
    /// Capitals or rows of marks.
    Shouting,
    /// Asks for a person.
    AsksPerson,
    /// Thanks, or says it is solved: the level falls.
    Thanks,
}

/// A customer turn, judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Displeasure {
    /// The place of the turn, from 0.
    pub turn: usize,
    /// 0 to 1 after this turn.
    pub level: f32,
    /// Whether it crossed the line with this turn.
    pub crossed: bool,
    /// What moved it.
    pub reasons: Vec<Reason>,
}

/// From here somebody should look.
pub const CROSSING: f32 = 0.5;
/// Below this it has calmed down, and may cross again.
const CALMED: f32 = 0.25;
/// Turns that are compared with each other: an older one was another matter.
const REMEMBERED: usize = 12;
/// Turns of one conversation that are read, the newest: more were other visits.
pub const TURNS_MAX: usize = 500;
/// Minutes without an answer from which waiting counts.
const WAIT_MIN_MINUTES: i64 = 15;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(include_str!("displeasure.txt")));

/// Judges the customer's turns of a conversation.
#[must_use]
pub fn displeasure(turns: &[Turn]) -> Vec<Displeasure> {
    let first = turns.len().saturating_sub(TURNS_MAX);
    let mut course = Course::default();
    let mut judged = Vec::new();
    for (place, turn) in turns.iter().enumerate().skip(first) {
        match turn.who {
            Who::Business => course.answered = true,
            Who::Customer => judged.push(course.judge(place, turn)),
        }
        if turn.who == Who::Business {
            course.waiting_since = None;
        }
    }
    judged
}

/// What is remembered from turn to turn.
#[derive(Default)]
struct Course {
    level: f32,
    over: bool,
    tone: f32,
    answered: bool,
    waiting_since: Option<DateTime>,
    said: Vec<(usize, BTreeSet<String>)>,
}

impl Course {
    fn judge(&mut self, place: usize, turn: &Turn) -> Displeasure {
        let line = Line::new(&turn.text);
        let mut reasons = Vec::new();
        let mut add = 0.0;
        let mut thanks = false;
        for hit in LEXICON.hits(&line) {
            let words = typed(&line, &hit);
            let (points, reason) = match hit.name {
                "said_before" => (0.3, Reason::SaidBefore { words }),
                "waiting" => (0.25, Reason::Waiting { words }),
                "threat" => (0.55, Reason::Threat { words }),
                "unsolved" => (0.25, Reason::Unsolved { words }),
                "end_quarrel" => (0.3, Reason::Tone { words: vec![words] }),
                _ => {
                    thanks |= !hit.negated;
                    continue;
                }
            };
            add += points;
            reasons.push(reason);
        }
        add += self.repeats(place, &line, &mut reasons);
        add += self.waits(turn, &mut reasons);
        add += self.tone(turn, &mut reasons);
        if turn.asks_person {
            add += 0.15;
            reasons.push(Reason::AsksPerson);
        }
        if thanks && add < 0.2 {
            reasons = vec![Reason::Thanks];
        }
        self.settle(place, add, thanks, reasons)
    }

    fn settle(
        &mut self,
        place: usize,
        add: f32,
        thanks: bool,
        reasons: Vec<Reason>,
    ) -> Displeasure {
        let kept = if thanks && add < 0.2 { 0.35 } else { 0.85 };
        self.level = (self.level * kept + add).clamp(0.0, 1.0);
        let crossed = !self.over && self.level >= CROSSING;
        self.over = crossed || self.over && self.level >= CALMED;
        self.answered = false;
        Displeasure {
            turn: place,
            level: self.level,
            crossed,
            reasons,
        }
    }

    /// Much the same content as an earlier turn, although the business wrote in between.
    fn repeats(&mut self, place: usize, line: &Line<'_>, reasons: &mut Vec<Reason>) -> f32 {
        let words = content(line);
        let alike = self.said.iter().rev().find(|(_, said)| {
            let both = said.intersection(&words).count();
            let fewer = said.len().min(words.len());
            both >= 2 && both * 3 >= fewer * 2
        });
        let again = alike
            .filter(|_| self.answered || place > 0)
            .map(|(turn, _)| *turn);
        if words.len() >= 2 {
            self.said.push((place, words));
            if self.said.len() > REMEMBERED {
                self.said.remove(0);
            }
        }
        match again {
            Some(turn) => {
                reasons.push(Reason::Repeated { turn });
                0.3
            }
            None => 0.0,
        }
    }

    fn waits(&mut self, turn: &Turn, reasons: &mut Vec<Reason>) -> f32 {
        let since = *self.waiting_since.get_or_insert(turn.at);
        let minutes = since.duration_until(turn.at).as_secs() / 60;
        if minutes < WAIT_MIN_MINUTES {
            return 0.0;
        }
        reasons.push(Reason::WaitedMinutes { minutes });
        if minutes >= 120 { 0.25 } else { 0.15 }
    }

    fn tone(&mut self, turn: &Turn, reasons: &mut Vec<Reason>) -> f32 {
        let told = sentiment(&turn.text);
        let mut add = 0.0;
        if told.feeling == Feeling::Negative {
            add += 0.28 * -told.score;
            if told.score < -0.75 {
                add += 0.15;
            }
            let worse = told.score < self.tone - 0.15 && self.tone < -0.2;
            reasons.push(Reason::Tone { words: told.words });
            if worse {
                add += 0.1;
                reasons.push(Reason::Escalating);
            }
        }
        if is_shouting(&turn.text)
            || turn.text.contains("???")
            || turn.text.contains("!!!") && told.score < 0.0
        {
            add += 0.15;
            reasons.push(Reason::Shouting);
        }
        self.tone = told.score;
        add
    }
}

/// Stems of the words that carry what is asked: the first five letters of words of four and more.
fn content(line: &Line<'_>) -> BTreeSet<String> {
    const EMPTY: &[&str] = &[
        "voce",
        "voces",
        "para",
        "quero",
        "queria",
        "gostaria",
        "saber",
        "favor",
        "como",
        "qual",
        "quando",
        "onde",
        "esta",
        "estou",
        "isso",
        "esse",
        "essa",
        "aqui",
        "mais",
        "muito",
        "meu",
        "minha",
        "tenho",
        "obrigado",
        "obrigada",
        "bom",
        "tarde",
        "noite",
        "falei",
        "disse",
        "perguntei",
        "want",
        "what",
        "when",
        "where",
        "please",
        "quiero",
        "sobre",
        "ainda",
        "pode",
        "porque",
        "hoje",
        "agora",
        "pedido",
        "fazer",
    ];
    let words = line
        .tokens
        .iter()
        .filter(|t| t.class == Class::Digits || t.folded.len() >= 4);
    let told = words.filter(|t| t.class != Class::Mark && !EMPTY.contains(&t.folded.as_str()));
    told.map(|t| t.folded.chars().take(5).collect())
        .take(40)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;
    use jiff::civil::date;

    fn turns(told: &[(Who, &str)]) -> Vec<Turn> {
        let start = date(2026, 11, 21).at(10, 0, 0, 0);
        let turn = |(i, (who, text)): (usize, &(Who, &str))| Turn {
            who: *who,
            text: (*text).into(),
            at: start + i64::try_from(i).unwrap().minutes(),
            asks_person: false,
        };
        told.iter().enumerate().map(turn).collect()
    }

    #[test]
    fn it_rises_with_repeats_and_threats_and_crosses_once() {
        let judged = displeasure(&turns(&[
            (Who::Customer, "cadê a entrega do sofá cinza?"),
            (Who::Business, "Olá! Como posso ajudar?"),
            (Who::Customer, "a entrega do sofá cinza, onde está?"),
            (Who::Business, "Não entendi."),
            (Who::Customer, "já falei três vezes, vou no Procon"),
            (Who::Customer, "péssimo"),
        ]));
        assert!(judged.windows(2).all(|w| w[0].level <= w[1].level));
        assert_eq!(judged.iter().filter(|j| j.crossed).count(), 1);
        assert!(judged[1].reasons.contains(&Reason::Repeated { turn: 0 }));
        assert!(
            judged[2]
                .reasons
                .iter()
                .any(|r| matches!(r, Reason::Threat { words } if words == "Procon"))
        );
    }

    #[test]
    fn thanks_calm_it_and_waiting_counts_by_the_clock() {
        let mut told = turns(&[
            (
                Who::Customer,
                "isso é um absurdo, péssimo atendimento, já reclamei",
            ),
            (Who::Business, "Resolvemos: o reembolso foi feito."),
            (Who::Customer, "obrigado, resolvido"),
        ]);
        let judged = displeasure(&told);
        assert!(judged[0].level > 0.5 && judged[1].level < 0.4);
        assert_eq!(judged[1].reasons, [Reason::Thanks]);
        told = turns(&[(Who::Customer, "oi, meu boleto"), (Who::Customer, "oi?")]);
        told[1].at = told[0].at + 3.hours();
        assert_eq!(
            displeasure(&told)[1].reasons,
            [Reason::WaitedMinutes { minutes: 180 }]
        );
        assert!(displeasure(&[]).is_empty());
    }
}
