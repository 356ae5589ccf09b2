//! Measures intents on sets made up on the spot: training time by examples, size, microseconds a message,
//! messages a second, memory. Prints a line each; the bench reads them.
//!
//! The sets are sentences of made-up words over 20 to 150 intents: their accuracy means nothing, their
//! cost is that of real ones. Absent: how good it is (`ponte nlu eval`, docs/quality.md).
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints what a clock says"
)]

use ponte_nlu::intents::{Example, Examples, Intent, Settings, train};
use std::ops::ControlFlow;
use std::time::Instant;

/// Examples and intents of each set.
const SETS: [(usize, usize); 4] = [(100, 10), (500, 25), (2_000, 77), (15_000, 150)];
const MESSAGES: usize = 5_000;

fn main() {
    let wanted = std::env::args().nth(1).and_then(|most| most.parse().ok());
    let most: usize = wanted.unwrap_or(usize::MAX);
    for (rows, intents) in SETS.into_iter().filter(|(rows, _)| *rows <= most) {
        measure(rows, intents);
    }
    if let Some(peak) = peak_megabytes() {
        println!("peak memory {peak:.0} MB");
    }
}

fn measure(rows: usize, intents: usize) {
    let mut dice = Dice(rows as u64);
    let examples = set(rows, intents, &mut dice);
    let begun = Instant::now();
    let trained = match train(&examples, &Settings::default(), &mut |_| {
        ControlFlow::Continue(())
    }) {
        Ok(trained) => trained,
        Err(why) => return println!("{rows} examples: {why}"),
    };
    let seconds = begun.elapsed().as_secs_f64();
    let megabytes = trained.model.to_bytes().len() as f64 / 1e6;
    let messages = set(MESSAGES, intents, &mut dice).rows;
    let mut times = Vec::with_capacity(messages.len());
    let mut inside = 0;
    let all = Instant::now();
    for message in &messages {
        let begun = Instant::now();
        inside += usize::from(trained.model.understand(&message.text).in_scope);
        times.push(begun.elapsed().as_nanos() as f64 / 1e3);
    }
    let per_second = messages.len() as f64 / all.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    let (p50, p99) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!(
        "{rows} examples of {intents} intents: trained in {seconds:.2} s, {megabytes:.1} MB, {p50:.0}/{p99:.0} us p50/p99 a message, {per_second:.0} messages/s, {inside} in scope"
    );
}

/// Each intent has words of its own beside those that all share.
fn set(rows: usize, intents: usize, dice: &mut Dice) -> Examples {
    let mut examples = Examples::default();
    for intent in 0..intents {
        examples.intents.push(Intent {
            name: format!("intent {}", word(intent)),
            ..Intent::default()
        });
    }
    for row in 0..rows {
        let intent = row % intents;
        let mut words = Vec::new();
        for _ in 0..3 + dice.below(8) {
            let own = dice.below(3) == 0;
            words.push(if own {
                word(1_000 + intent * 10 + dice.below(10))
            } else {
                word(dice.below(600))
            });
        }
        examples.rows.push(Example {
            text: words.join(" "),
            intent: Some(intent),
        });
    }
    examples
}

/// A word of two to four syllables.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "ca", "do", "pe", "ri", "lu", "ma", "to", "ne", "si", "bra", "cho", "que", "vi", "ga",
        "fo", "ze",
    ];
    let mut left = number * 7 + 16;
    let mut word = String::new();
    while left > 0 {
        word.push_str(SYLLABLES[left % 16]);
        left /= 16;
    }
    word
}

fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes / 1e3)
}

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}
