//! Whom to ask next, in a chain of providers.
//!
//! In: how the attempts so far ended, how many links the chain has, the time that is left. Out: [`Next`]. The
//! same provider is asked again only where no byte left, or once to repair its answer; another one wherever the
//! table of troubles says that it may help. A model call has no outside effect, so one that timed out may go on
//! to the next provider, but both have to be paid. Absent: circuits and slots, whose refusals come in as attempts.

use crate::trouble::{Again, Trouble};

/// What bounds a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Links of the chain.
    pub links: usize,
    /// A further attempt that has less time than this is not begun: it would only cost.
    pub least_us: i64,
    /// Attempts in all.
    pub attempts_max: usize,
}

/// How long an answer takes at least: below it a further attempt is hopeless.
pub const LEAST_US: i64 = 1_500_000;
/// Each link twice: with one repair, or once more after no byte left.
pub const PER_LINK_MAX: usize = 2;

impl Limits {
    /// For a chain of so many links.
    #[must_use]
    pub fn of(links: usize) -> Limits {
        Limits {
            links,
            least_us: LEAST_US,
            attempts_max: links.saturating_mul(PER_LINK_MAX),
        }
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which link of the chain.
    pub link: usize,
    pub trouble: Trouble,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Ask this link what was asked.
    Ask(usize),
    /// Ask this link again, with what was wrong.
    Repair(usize),
    /// Nobody: the last trouble stands, or the turn's time is over.
    Stop(Stop),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// No link is left, or none would help.
    Exhausted,
    /// No time is left.
    Late,
}

/// The next step. `left_us`: time until the turn must have its answer.
#[must_use]
pub fn next(failed: &[Attempt], left_us: i64, limits: Limits) -> Next {
    let Some(last) = failed.last() else {
        return match (limits.links, left_us) {
            (0, _) => Next::Stop(Stop::Exhausted),
            (_, left) if left <= 0 => Next::Stop(Stop::Late),
            _ => Next::Ask(0),
        };
    };
    let on_link = failed.iter().filter(|past| past.link == last.link).count();
    let once_more = on_link < PER_LINK_MAX;
    let other = last.link + 1;
    let wish = match last.trouble.kind.row().again {
        Again::Nobody => None,
        Again::Same if once_more => Some(Next::Ask(last.link)),
        Again::Repair if once_more => Some(Next::Repair(last.link)),
        Again::Same | Again::Repair | Again::Other => {
            (other < limits.links).then_some(Next::Ask(other))
        }
    };
    match wish {
        None => Next::Stop(Stop::Exhausted),
        Some(_) if failed.len() >= limits.attempts_max => Next::Stop(Stop::Exhausted),
        Some(_) if left_us < limits.least_us => Next::Stop(Stop::Late),
        Some(next) => next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Kind;

    const LONG: i64 = 60_000_000;

    fn failed(past: &[(usize, Kind)]) -> Vec<Attempt> {
        past.iter()
            .map(|(link, kind)| Attempt {
                link: *link,
                trouble: Trouble::new(*kind),
            })
            .collect()
    }

    #[test]
    fn the_table() {
        use Kind::{
            Budget, Busy, Filtered, KeyRefused, NotSent, RateLimited, TimedOut, WrongShape,
        };
        let exhausted = Next::Stop(Stop::Exhausted);
        let cases: &[(&[(usize, Kind)], Next)] = &[
            (&[], Next::Ask(0)),
            (&[(0, NotSent)], Next::Ask(0)),
            (&[(0, NotSent), (0, NotSent)], Next::Ask(1)),
            (&[(0, TimedOut)], Next::Ask(1)),
            (&[(0, RateLimited)], Next::Ask(1)),
            (&[(0, KeyRefused)], Next::Ask(1)),
            (&[(0, Busy)], Next::Ask(1)),
            (&[(0, WrongShape)], Next::Repair(0)),
            (&[(0, WrongShape), (0, WrongShape)], Next::Ask(1)),
            (&[(0, WrongShape), (0, TimedOut)], Next::Ask(1)),
            (&[(0, NotSent), (0, WrongShape)], Next::Ask(1)),
            (&[(0, TimedOut), (1, WrongShape)], Next::Repair(1)),
            (&[(0, TimedOut), (1, TimedOut)], exhausted),
            (&[(0, Budget)], exhausted),
            (&[(0, Filtered)], exhausted),
        ];
        for (past, wanted) in cases {
            let got = next(&failed(past), LONG, Limits::of(2));
            assert_eq!(got, *wanted, "{past:?}");
        }
    }

    #[test]
    fn nothing_is_begun_without_the_time_for_it() {
        let past = failed(&[(0, Kind::TimedOut)]);
        let late = Next::Stop(Stop::Late);
        assert_eq!(next(&past, LEAST_US - 1, Limits::of(2)), late);
        assert_eq!(next(&past, LEAST_US, Limits::of(2)), Next::Ask(1));
        assert_eq!(next(&[], 0, Limits::of(2)), late);
        assert_eq!(
            next(&[], 1, Limits::of(2)),
            Next::Ask(0),
            "the first has what there is"
        );
        assert_eq!(next(&[], LONG, Limits::of(0)), Next::Stop(Stop::Exhausted));
    }

    #[test]
    fn however_things_fail_it_ends_and_never_asks_a_link_a_third_time() {
        // Every sequence of troubles of a chain of three.
        let kinds = [
            Kind::NotSent,
            Kind::TimedOut,
            Kind::WrongShape,
            Kind::Budget,
        ];
        let mut open: Vec<Vec<Attempt>> = vec![Vec::new()];
        let mut seen = 0;
        while let Some(past) = open.pop() {
            assert!(past.len() <= 6, "{past:?}");
            let (Next::Ask(link) | Next::Repair(link)) = next(&past, LONG, Limits::of(3)) else {
                seen += 1;
                continue;
            };
            assert!(past.iter().filter(|one| one.link == link).count() < PER_LINK_MAX);
            assert!(past.iter().all(|one| one.link <= link), "never back");
            for kind in kinds {
                let mut more = past.clone();
                more.push(Attempt {
                    link,
                    trouble: Trouble::new(kind),
                });
                open.push(more);
            }
        }
        assert!(seen > 100, "{seen}");
    }
}
