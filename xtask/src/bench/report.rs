//! The bench's figures as people and programs read them, and whether they are right at all.
//!
//! In: runs. Out: a table of ratios (medians over pairs), or JSON with every run. "Right" means
//! nothing lost, doubled, reordered or sent to somebody else in any run of ours; speed is judged by
//! people, against docs/performance.md.

use super::stage::Measured;
use serde::Serialize;

/// Ours between two runs of the same limit.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Pair {
    pub(crate) before: Measured,
    pub(crate) ours: Measured,
    pub(crate) after: Measured,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Rung {
    pub(crate) per_second: f64,
    pub(crate) limit: Measured,
    pub(crate) ours: Measured,
}

#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) limits: Vec<(String, Measured)>,
    pub(crate) pairs: Vec<(String, Vec<Pair>)>,
    pub(crate) ladder: Vec<Rung>,
    pub(crate) faults: Vec<(String, Measured)>,
    pub(crate) examples: Vec<String>,
}

/// One figure of a run.
type Of = fn(&Measured) -> f64;

/// A figure of ours over the mean of the same figure of the limit before and after.
fn ratio(pair: &Pair, of: Of) -> f64 {
    let limit = (of(&pair.before) + of(&pair.after)) / 2.0;
    if limit > 0.0 {
        of(&pair.ours) / limit
    } else {
        0.0
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

impl Report {
    fn runs_of_ours(&self) -> impl Iterator<Item = (&str, &Measured)> {
        let pairs = self
            .pairs
            .iter()
            .flat_map(|(name, pairs)| pairs.iter().map(move |p| (name.as_str(), &p.ours)));
        let rungs = self.ladder.iter().map(|r| ("ladder", &r.ours));
        let faults = self.faults.iter().map(|(name, m)| (name.as_str(), m));
        pairs.chain(rungs).chain(faults)
    }

    /// Whether every run of ours kept the promises.
    pub(crate) fn is_right(&self) -> bool {
        self.runs_of_ours().all(|(_, m)| is_right(m))
    }

    pub(crate) fn print(&self, json: bool) -> Result<(), String> {
        if json {
            let text = serde_json::to_string_pretty(self).map_err(|e| e.to_string())?;
            println!("{text}");
            return Ok(());
        }
        for (name, m) in &self.limits {
            let (acks, answers) = (m.acks_per_second, m.answers_per_second);
            println!("limit {name}: {acks:.0} acks/s, {answers:.0} answers/s");
            println!("  limit {}", latencies(m));
        }
        for (name, pairs) in &self.pairs {
            print_pairs(name, pairs);
        }
        for rung in &self.ladder {
            println!("ladder {:.0}/s", rung.per_second);
            println!("  limit {}", latencies(&rung.limit));
            println!("  ours  {}", latencies(&rung.ours));
        }
        for (name, measured) in &self.faults {
            println!("{name}\n  ours  {}", latencies(measured));
        }
        for line in &self.examples {
            println!("{line}");
        }
        for (name, measured) in self.runs_of_ours().filter(|(_, m)| !is_right(m)) {
            println!("WRONG {name}: {}", latencies(measured));
        }
        Ok(())
    }
}

fn is_right(measured: &Measured) -> bool {
    let tally = &measured.tally;
    tally.lost + tally.extra + tally.reordered + tally.misaddressed == 0
}

fn print_pairs(name: &str, pairs: &[Pair]) {
    let all = |of: Of| median(pairs.iter().map(|p| ratio(p, of)).collect());
    let ours = |of: Of| median(pairs.iter().map(|p| of(&p.ours)).collect());
    let limit = |of: Of| median(pairs.iter().map(|p| of(&p.before)).collect());
    println!(
        "{name}: median of {} pairs, ours over the limit",
        pairs.len()
    );
    let rows: [(&str, Of); 6] = [
        ("acks per second", |m| m.acks_per_second),
        ("answers per second", |m| m.answers_per_second),
        ("ack p99, ms", |m| m.tally.ack_p99_us as f64 / 1e3),
        ("end to end p50, ms", |m| m.tally.end_p50_us as f64 / 1e3),
        ("CPU per message, us", |m| m.cpu_us_per_message),
        ("peak memory, MB", |m| m.peak_mb),
    ];
    for (what, of) in rows {
        if ours(of) > 0.0 && limit(of) > 0.0 {
            println!(
                "  {:<20} {:>6.2}x   ours {:>10.1}   limit {:>10.1}",
                what,
                all(of),
                ours(of),
                limit(of)
            );
        }
    }
    for pair in pairs {
        println!("  ours  {}", latencies(&pair.ours));
    }
}

fn latencies(m: &Measured) -> String {
    let t = &m.tally;
    let ms = |us: u64| us as f64 / 1e3;
    format!(
        "acked {} answered {} lost {} extra {} reordered {} for a person {} | 503 {} broken {} | ack {:.1}/{:.1} end {:.1}/{:.1} ms p50/p99 | {:.0} us CPU | {:.0}/{:.0} MB | drained in {:.1} s",
        t.acked,
        t.answered,
        t.lost,
        t.extra,
        t.reordered + t.misaddressed,
        t.for_a_person,
        t.refused,
        t.broken,
        ms(t.ack_p50_us),
        ms(t.ack_p99_us),
        ms(t.end_p50_us),
        ms(t.end_p99_us),
        m.cpu_us_per_message,
        m.idle_mb,
        m.peak_mb,
        m.drain_seconds,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(per_second: f64) -> Measured {
        Measured {
            acks_per_second: per_second,
            ..Measured::default()
        }
    }

    #[test]
    fn a_ratio_is_against_the_mean_of_both_neighbours() {
        let pair = Pair {
            before: rate(100.0),
            ours: rate(75.0),
            after: rate(200.0),
        };
        assert!((ratio(&pair, |m| m.acks_per_second) - 0.5).abs() < 1e-9);
        assert!((ratio(&Pair::default(), |m| m.acks_per_second)).abs() < 1e-9);
        assert!((median(vec![3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn one_lost_message_in_any_run_of_ours_is_wrong_and_a_limit_may_do_as_it_likes() {
        let mut report = Report::default();
        let mut pair = Pair::default();
        pair.before.tally.lost = 5;
        report.pairs.push(("acks".into(), vec![pair.clone()]));
        assert!(report.is_right());
        pair.ours.tally.lost = 1;
        report.pairs.push(("acks".into(), vec![pair]));
        assert!(!report.is_right());
    }
}
