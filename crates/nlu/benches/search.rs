//! Measures search on made-up text: how long a question takes, how long an index takes to build, and what it
//! holds, by the number of passages.
//!
//! `cargo bench -p ponte-nlu --bench search -- 1000 100000 1000000`. Words are drawn by Zipf's law from a
//! vocabulary that grows with the text as Heaps' law says; passages have 60 words, questions 2 to 8, one in
//! five with a letter left out; times are of the processor, not
//! of the clock, since other programs run as well; a question's is the least of five. Everything comes from one seed. Quality is measured elsewhere: `ponte
//! knowledge eval`.

#![expect(clippy::print_stdout, reason = "a bench prints what it measured")]

use ponte_nlu::search::chunk::ChunkId;
use ponte_nlu::search::index::{Filter, Index, Passage, Query};
use std::fmt::Write;
use std::time::Duration;

const WORDS_PER_PASSAGE: usize = 60;
const QUESTIONS: usize = 300;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if sizes.is_empty() {
        vec![1_000, 100_000]
    } else {
        sizes
    };
    println!(
        "| passages | build s | put µs | heap MB | bytes a passage | p50 ms | p99 ms | max ms |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for size in sizes {
        println!("{}", measure(size));
    }
}

fn measure(size: usize) -> String {
    let mut dice = Dice(0x5eed);
    let words = Words::for_passages(size);
    let mut index = Index::new();
    let mut spent = Duration::ZERO;
    let mut text = String::new();
    for id in 0..size {
        text.clear();
        for _ in 0..WORDS_PER_PASSAGE {
            words.draw(&mut dice, &mut text);
        }
        let put = processor_time();
        index.put(&Passage {
            id: ChunkId(id as u128),
            source: (id / 20) as u128,
            title: "",
            text: &text,
            audience: "",
            tags: &[],
        });
        spent += processor_time() - put;
    }
    let mut times: Vec<f64> = (0..QUESTIONS)
        .map(|_| {
            let question = words.question(&mut dice);
            let filter = Filter::default();
            let once = || {
                let asked = processor_time();
                let hits = index.search(&Query {
                    text: &question,
                    filter: &filter,
                    limit: 10,
                    dense: None,
                });
                assert!(hits.len() <= 10);
                (processor_time() - asked).as_secs_f64() * 1e3
            };
            (0..5).map(|_| once()).fold(f64::INFINITY, f64::min)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    let heap = index.heap_bytes();
    format!(
        "| {size} | {:.1} | {:.1} | {:.1} | {} | {:.2} | {:.2} | {:.2} |",
        spent.as_secs_f64(),
        spent.as_secs_f64() * 1e6 / size as f64,
        heap as f64 / 1e6,
        heap / size.max(1),
        at(0.5),
        at(0.99),
        at(1.0),
    )
}

/// What this thread has used of the processor.
fn processor_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let nanoseconds = u32::try_from(time.tv_nsec).unwrap_or(0);
    Duration::new(seconds, nanoseconds)
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// A language of made-up words, the most frequent first.
struct Words {
    count: f64,
}

impl Words {
    /// Heaps' law with numbers that fit Portuguese texts: 12 times the root of the number of words.
    fn for_passages(passages: usize) -> Words {
        let all = (passages * WORDS_PER_PASSAGE) as f64;
        Words {
            count: (12.0 * all.powf(0.55)).max(500.0),
        }
    }

    /// The rank of a word by Zipf's law: the logarithm of the rank is even.
    fn rank(&self, dice: &mut Dice) -> u64 {
        self.count.powf(dice.share()) as u64
    }

    fn draw(&self, dice: &mut Dice, into: &mut String) {
        let rank = self.rank(dice);
        into.push_str(&word(rank));
        into.push(' ');
    }

    fn question(&self, dice: &mut Dice) -> String {
        let mut question = String::new();
        for _ in 0..2 + dice.next() % 7 {
            let mut word = word(self.rank(dice));
            if dice.next().is_multiple_of(5) && word.len() > 4 {
                word.remove(2);
            }
            let _ = write!(question, "{word} ");
        }
        question
    }
}

/// Syllables of the rank's digits, so that words share letters as real ones do.
fn word(rank: u64) -> String {
    const HEADS: [&str; 16] = [
        "b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "tr", "pr", "ch",
    ];
    const TAILS: [&str; 8] = ["a", "e", "i", "o", "u", "an", "or", "es"];
    let mut mixed = rank.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let mut word = String::new();
    let mut left = rank + 40;
    while left > 0 {
        word.push_str(HEADS[usize::try_from(mixed % 16).unwrap_or(0)]);
        word.push_str(TAILS[usize::try_from((mixed >> 4) % 8).unwrap_or(0)]);
        mixed = (mixed >> 7) ^ left;
        left /= 40;
    }
    word.push_str(["", "s", "r", "ndo", "cao", "mente"][usize::try_from(rank % 6).unwrap_or(0)]);
    word
}
