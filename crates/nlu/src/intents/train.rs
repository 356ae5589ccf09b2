//! Trains a model: fits on parts to see what holds, then on all, and measures both.
//!
//! In: [`Examples`], [`Settings`], somebody to tell the progress to. Out: [`Trained`]: the model and a
//! report for people. The same examples in any order, with the same seed, give the same bytes. What is
//! held out in turn sets the threshold of "out of scope" and the confidence: what a model thinks of its
//! own examples is flattery. Absent: clocks, threads, where models are kept (the server's). Next:
//! `fit.rs`, `judge.rs`, `report.rs`.

use super::background;
use super::confidence::{Confidence, Seen};
use super::dice::Dice;
use super::examples::{Examples, Unfit};
use super::fit::{Fitted, Material, Plan, far, fit};
use super::judge::{Gate, SIGNALS};
use super::limits::EXAMPLE_BYTES_MAX;
use super::model::Model;
use super::quantised::Quantised;
use super::report::{Report, report};
use crate::text::{Folded, within};
use std::ops::ControlFlow;

/// How to train. The default is what the product uses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Points of in-scope accuracy (of 100) that rejecting may cost, on held-out examples.
    pub scope_cost_points: f32,
    /// Whether the generic lines of `background.txt` count as out of scope.
    pub background: bool,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            scope_cost_points: 2.0,
            background: true,
            seed: 1,
        }
    }
}

/// How far training is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    /// Never less than `done`.
    pub of: usize,
}

/// What training gives.
#[derive(Clone, Debug)]
pub struct Trained {
    pub model: Model,
    pub report: Report,
}

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Unfit(#[from] Unfit),
    #[error("stopped")]
    Stopped,
}

/// Parts that examples are dealt into; more where there are few, since each part is missed.
const FOLDS: usize = 5;
const FEW_FOLDS: usize = 10;
const FEW_ROWS: usize = 300;
/// Held-out examples beyond which more say nothing new: a large set is held out in fewer turns.
const HELD_OUT_WANTED: usize = 4_000;
/// An intent needs this many for one of them to be held out.
const HELD_OUT_MIN: usize = 2;

/// Trains. `tell` is asked at every step and may break it off.
///
/// # Errors
/// [`Failed`] when the examples are unfit or `tell` broke it off.
pub fn train(
    examples: &Examples,
    settings: &Settings,
    tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Trained, Failed> {
    examples.check()?;
    let mut set = Set::new(examples);
    let plan = Plan::choose(set.rows.len(), set.intents.len(), settings.seed);
    let folds = if set.rows.len() < FEW_ROWS {
        FEW_FOLDS
    } else {
        FOLDS
    };
    let turns = HELD_OUT_WANTED
        .div_ceil((set.rows.len() / folds).max(1))
        .clamp(1, folds);
    let of = Plan::glance_steps() + (turns + 1) * plan.steps();
    let mut steps = Steps { done: 0, of, tell };
    if settings.background {
        set.keep_far(&plan, &mut steps).ok_or(Failed::Stopped)?;
    }
    let held = hold_out(&set, &plan, (folds, turns), &mut steps).ok_or(Failed::Stopped)?;
    let all = set.material(None);
    let fitted = steps
        .part(plan.steps(), |go_on| fit(&all, &plan, go_on))
        .ok_or(Failed::Stopped)?;
    let (gate, confidence) = measure(&held, settings);
    let names = set
        .intents
        .iter()
        .map(|at| examples.intents[*at].name.clone())
        .collect();
    let model = Model {
        names,
        weights: Quantised::new(&fitted),
        vocabulary: fitted.vocabulary,
        gate,
        confidence,
    };
    let report = report(examples, &set, &held, &gate, &confidence);
    Ok(Trained { model, report })
}

/// Examples in an order of their own, so that the order they came in doesn't matter.
pub(super) struct Set {
    /// The caller's number of each intent, by name; intents without examples are left out.
    pub(super) intents: Vec<usize>,
    /// Text, intent in our order, the caller's row.
    pub(super) rows: Vec<(Folded, u32, usize)>,
    /// Names and descriptions, each with its intent.
    pub(super) names: Vec<(Folded, u32)>,
    /// The caller's negatives with their row, then the background.
    pub(super) none: Vec<(Folded, Option<usize>)>,
}

impl Set {
    fn new(examples: &Examples) -> Set {
        let counts = examples.counts();
        let mut intents: Vec<usize> = (0..counts.len()).filter(|at| counts[*at] > 0).collect();
        intents.sort_by_key(|at| &examples.intents[*at].name);
        let mut ours = vec![0u32; counts.len()];
        for (our, caller) in intents.iter().enumerate() {
            ours[*caller] = our as u32;
        }
        let text = |text: &str| Folded::new(within(text, EXAMPLE_BYTES_MAX));
        let mut order: Vec<usize> = (0..examples.rows.len()).collect();
        order.sort_by(|a, b| {
            let key = |at: usize| {
                (
                    examples.rows[at].intent.map(|i| ours[i]),
                    &examples.rows[at].text,
                )
            };
            key(*a).cmp(&key(*b))
        });
        let mut set = Set {
            intents,
            rows: Vec::new(),
            names: Vec::new(),
            none: Vec::new(),
        };
        for at in order {
            let row = &examples.rows[at];
            match row.intent {
                Some(intent) => set.rows.push((text(&row.text), ours[intent], at)),
                None => set.none.push((text(&row.text), Some(at))),
            }
        }
        for (our, caller) in set.intents.iter().enumerate() {
            let intent = &examples.intents[*caller];
            // A name that lists several things ("limite / vencimento") is several.
            let parts = intent
                .name
                .split(['/', ';', '|', ','])
                .map(|part| part.replace(['_', '-', '.'], " "));
            let told = parts
                .chain([intent.description.clone()])
                .filter(|words| !words.trim().is_empty());
            set.names
                .extend(told.map(|words| (text(&words), our as u32)));
        }
        set
    }

    /// Adds the lines of the background that are near none of the intents.
    fn keep_far(&mut self, plan: &Plan, steps: &mut Steps<'_>) -> Option<()> {
        let lines: Vec<Folded> = background::lines()
            .iter()
            .map(|line| Folded::new(line))
            .collect();
        let material = self.material(None);
        let only = Material {
            none: Vec::new(),
            ..material
        };
        let far = steps.part(Plan::glance_steps(), |go_on| {
            far(&only, plan, &lines, go_on)
        })?;
        let kept = lines.into_iter().zip(far).filter(|(_, far)| *far);
        self.none.extend(kept.map(|(line, _)| (line, None)));
        Some(())
    }

    /// All of it, or all but what one part holds out.
    fn material(&self, without: Option<Without<'_>>) -> Material<'_> {
        let kept = |at: usize| without.is_none_or(|w| w.parts[at] != Some(w.part));
        let rows = self
            .rows
            .iter()
            .enumerate()
            .filter(|(at, _)| kept(*at))
            .map(|(_, (text, intent, _))| (text, *intent));
        let names = self.names.iter().map(|(text, intent)| (text, *intent));
        let stays = |at: usize| without.is_none_or(|w| at % w.folds != w.part);
        let none = self
            .none
            .iter()
            .enumerate()
            .filter(|(at, _)| stays(*at))
            .map(|(_, (text, _))| text);
        Material {
            intents: self.intents.len(),
            rows: rows.chain(names).collect(),
            none: none.collect(),
        }
    }

    /// The part that holds each row out; those of intents with one example are never held out.
    fn deal(&self, seed: u64, folds: usize) -> Vec<Option<usize>> {
        let mut counts = vec![0usize; self.intents.len()];
        for (_, intent, _) in &self.rows {
            counts[*intent as usize] += 1;
        }
        let mut order: Vec<usize> = (0..self.rows.len()).collect();
        Dice::new(seed).shuffle(&mut order);
        let mut parts = vec![None; self.rows.len()];
        let mut dealt = vec![0usize; self.intents.len()];
        for at in order {
            let intent = self.rows[at].1 as usize;
            if counts[intent] >= HELD_OUT_MIN {
                // Each intent starts with another part, so that parts are of one size.
                parts[at] = Some((dealt[intent] + intent) % folds);
                dealt[intent] += 1;
            }
        }
        parts
    }
}

/// What one turn holds out.
#[derive(Clone, Copy)]
struct Without<'a> {
    /// The part of each row.
    parts: &'a [Option<usize>],
    part: usize,
    folds: usize,
}

/// What a model that never saw a message says of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Held {
    /// The caller's row; `None` for the background.
    pub(super) row: Option<usize>,
    /// In our order; `None` for out of scope.
    pub(super) intent: Option<u32>,
    pub(super) best: u32,
    pub(super) lead: f32,
    pub(super) signals: [f32; SIGNALS],
}

impl Held {
    pub(super) fn is_right(&self) -> bool {
        self.intent == Some(self.best)
    }
}

fn hold_out(
    set: &Set,
    plan: &Plan,
    (folds, turns): (usize, usize),
    steps: &mut Steps<'_>,
) -> Option<Vec<Held>> {
    let parts = set.deal(plan.seed, folds);
    let mut held = Vec::new();
    for part in 0..turns {
        let material = set.material(Some(Without {
            parts: &parts,
            part,
            folds,
        }));
        let fitted = steps.part(plan.steps(), |go_on| fit(&material, plan, go_on))?;
        let rows = set
            .rows
            .iter()
            .enumerate()
            .filter(|(at, _)| parts[*at] == Some(part));
        held.extend(
            rows.map(|(_, (text, intent, row))| ask(&fitted, text, Some(*intent), Some(*row))),
        );
        let none = set
            .none
            .iter()
            .enumerate()
            .filter(|(at, _)| at % folds == part);
        held.extend(none.map(|(_, (text, row))| ask(&fitted, text, None, *row)));
    }
    Some(held)
}

fn ask(fitted: &Fitted, text: &Folded, intent: Option<u32>, row: Option<usize>) -> Held {
    let verdict = fitted.judge(text);
    Held {
        row,
        intent,
        best: verdict.best as u32,
        lead: verdict.lead,
        signals: verdict.signals,
    }
}

fn measure(held: &[Held], settings: &Settings) -> (Gate, Confidence) {
    let inside = || held.iter().filter(|h| h.intent.is_some());
    let signals: Vec<[f32; SIGNALS]> = inside().map(|h| h.signals).collect();
    let mut gate = Gate::measure(&signals);
    let levels: Vec<(f32, bool)> = inside()
        .map(|h| (gate.level(&h.signals), h.is_right()))
        .collect();
    let strange = |h: &&Held| h.intent.is_none() && h.row.is_none();
    let background: Vec<f32> = held
        .iter()
        .filter(strange)
        .map(|h| gate.level(&h.signals))
        .collect();
    gate.threshold = Gate::threshold(&levels, &background, settings.scope_cost_points / 100.0);
    let seen: Vec<Seen> = held
        .iter()
        .map(|h| Seen {
            level: gate.level(&h.signals),
            lead: h.lead,
            right: h.is_right(),
            in_scope: h.intent.is_some(),
        })
        .collect();
    (gate, Confidence::fit(&seen))
}

/// Counts steps and asks whether to go on.
struct Steps<'a> {
    done: usize,
    of: usize,
    tell: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Steps<'_> {
    /// Runs a part of so many steps; it may take fewer.
    fn part<T>(
        &mut self,
        steps: usize,
        run: impl FnOnce(&mut dyn FnMut() -> bool) -> Option<T>,
    ) -> Option<T> {
        let end = self.done + steps;
        let result = run(&mut || {
            let now = Progress {
                done: self.done.min(end),
                of: self.of,
            };
            self.done += 1;
            (self.tell)(now).is_continue()
        });
        self.done = end;
        result
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BAKERY: &str = include_str!("../../testdata/bakery-train.tsv");

    fn bakery() -> Examples {
        Examples::from_tsv(BAKERY).unwrap()
    }

    #[test]
    fn bytes_decide_as_the_weights_they_were_made_of() {
        let examples = bakery();
        let set = Set::new(&examples);
        let plan = Plan::choose(set.rows.len(), set.intents.len(), 1);
        let fitted = fit(&set.material(None), &plan, &mut || true).unwrap();
        let quantised = Quantised::new(&fitted);
        for text in [
            "cadê o bolo que pedi",
            "aceita cartão?",
            "que horas abre",
            "oi",
            "quero cancelar tudo",
            "",
        ] {
            let folded = Folded::new(text);
            let exact = fitted.judge(&folded);
            let row = fitted.vocabulary.row(&folded, &mut Vec::new());
            let scores = quantised.scores(&row);
            let near = super::super::judge::judge(&scores.support, &scores.shared, scores.none);
            assert_eq!(near.best, exact.best, "{text}");
            for (near, exact) in near.signals.iter().zip(exact.signals) {
                assert!(
                    (near - exact).abs() < 0.02 * (1.0 + exact.abs()),
                    "{text}: {near} {exact}"
                );
            }
        }
    }

    #[test]
    fn parts_hold_each_row_out_once_and_spread_every_intent() {
        let mut examples = bakery();
        examples
            .rows
            .retain(|row| row.intent != Some(3) || row.text.starts_with("fazem"));
        let set = Set::new(&examples);
        let parts = set.deal(1, 5);
        for intent in 0..set.intents.len() as u32 {
            let of: Vec<Option<usize>> = (0..set.rows.len())
                .filter(|at| set.rows[*at].1 == intent)
                .map(|at| parts[at])
                .collect();
            if of.len() < HELD_OUT_MIN {
                assert!(of.iter().all(Option::is_none));
                continue;
            }
            let sizes: Vec<usize> = (0..5)
                .map(|part| of.iter().filter(|p| **p == Some(part)).count())
                .collect();
            assert_eq!(sizes.iter().sum::<usize>(), of.len());
            assert!(
                sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1,
                "{sizes:?}"
            );
        }
        let without = Without {
            parts: &parts,
            part: 2,
            folds: 5,
        };
        let held = parts.iter().filter(|part| **part == Some(2)).count();
        assert_eq!(
            set.material(Some(without)).rows.len() + held,
            set.material(None).rows.len()
        );
    }

    #[test]
    fn a_name_of_several_parts_is_several_examples() {
        let mut examples = Examples::from_tsv("a\tlimite / melhor_dia\nb\toutro").unwrap();
        examples.intents[1].description = "uma frase".into();
        let set = Set::new(&examples);
        let told: Vec<(&str, u32)> = set
            .names
            .iter()
            .map(|(text, intent)| (text.text().trim(), *intent))
            .collect();
        assert_eq!(
            told,
            [
                ("limite", 0),
                ("melhor dia", 0),
                ("outro", 1),
                ("uma frase", 1)
            ]
        );
    }
}
