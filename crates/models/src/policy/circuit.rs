//! A circuit per provider: after too many failures it rests, then one call tries it.
//!
//! In: how calls ended, and when. Out: whether the next may go. Only failures of the provider or the way to it
//! count ([`Fault::Provider`]): a bad answer or a wrong key says nothing about its health. Absent: persistence;
//! a process that starts believes that everybody is well.

use crate::trouble::{Fault, Trouble};

/// Failures in a row after which it opens. A single bad minute has fewer; an outage has them in seconds.
pub const FAILURES_MAX: u32 = 5;
/// How long it rests the first time, in microseconds; twice as long each further time.
pub const REST_US: i64 = 15_000_000;
/// It never rests longer than this, so that a provider that is back is found soon.
pub const REST_MAX_US: i64 = 300_000_000;
/// A trial that says nothing for this long counts as lost, so that its task's end doesn't close the gate
/// for ever.
pub const TRIAL_US: i64 = 120_000_000;

/// The state of one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Circuit {
    failures: u32,
    /// How often in a row it opened.
    opened: u32,
    /// Open until then; absent: closed.
    until: Option<i64>,
    /// The one trial that is under way, since when.
    trial: Option<i64>,
}

/// What the circuit says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    Go,
    /// Go, and be the one that finds out whether it is well again.
    Try,
    /// Not before this time.
    Wait(i64),
}

impl Circuit {
    /// Whether a call may go now. `Try` is given to one caller at a time.
    pub fn ask(&mut self, now: i64) -> Gate {
        let Some(until) = self.until else {
            return Gate::Go;
        };
        if now < until {
            return Gate::Wait(until);
        }
        match self.trial {
            Some(since) if now < since.saturating_add(TRIAL_US) => {
                Gate::Wait(since.saturating_add(TRIAL_US))
            }
            _ => {
                self.trial = Some(now);
                Gate::Try
            }
        }
    }

    /// A call ended: absent trouble is success.
    pub fn ended(&mut self, now: i64, trouble: Option<&Trouble>) {
        let counts = trouble.filter(|trouble| trouble.kind.row().fault == Fault::Provider);
        let Some(trouble) = counts else {
            // It answered, however badly: it is there.
            *self = Circuit::default();
            return;
        };
        self.failures = self.failures.saturating_add(1);
        let trial = self.trial.take().is_some();
        if trial || self.failures >= FAILURES_MAX {
            let rest = REST_US.saturating_mul(1_i64 << self.opened.min(16));
            let wished = trouble.retry_after_ms.map_or(0, |ms| {
                i64::try_from(ms).unwrap_or(i64::MAX).saturating_mul(1_000)
            });
            let rest = rest.max(wished).min(REST_MAX_US);
            // Others that were under way when it opened don't make it rest longer.
            let open = self.until.is_some_and(|until| now < until);
            if trial || !open {
                self.opened = self.opened.saturating_add(1);
                self.until = Some(now.saturating_add(rest));
            }
        }
    }

    /// A call ended without having asked the provider (a limit of ours): a trial is given back.
    pub fn given_back(&mut self) {
        self.trial = None;
    }

    /// Whether it rests at this time.
    #[must_use]
    pub fn is_open(&self, now: i64) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Kind;

    fn down() -> Trouble {
        Trouble::new(Kind::ProviderDown)
    }

    fn opened() -> Circuit {
        let mut circuit = Circuit::default();
        for at in 0..i64::from(FAILURES_MAX) {
            assert_eq!(circuit.ask(at), Gate::Go);
            circuit.ended(at, Some(&down()));
        }
        circuit
    }

    /// When the last of the failures in [`opened`] was.
    const LAST: i64 = FAILURES_MAX as i64 - 1;

    #[test]
    fn it_opens_after_failures_in_a_row_and_not_before() {
        let mut circuit = Circuit::default();
        for at in 0..100 {
            circuit.ended(at, Some(&down()));
            if at % 4 == 3 {
                circuit.ended(at, None);
            }
            assert_eq!(circuit.ask(at), Gate::Go, "at {at}");
        }
        let mut circuit = opened();
        assert_eq!(circuit.ask(LAST + 1), Gate::Wait(LAST + REST_US));
        assert!(circuit.is_open(LAST + 1) && !circuit.is_open(LAST + REST_US));
    }

    #[test]
    fn one_tries_and_the_others_wait_for_what_it_finds() {
        let mut circuit = opened();
        let later = LAST + REST_US;
        assert_eq!(circuit.ask(later), Gate::Try);
        assert!(matches!(circuit.ask(later), Gate::Wait(_)));
        circuit.ended(later, None);
        assert_eq!(circuit.ask(later), Gate::Go);
        assert_eq!(circuit, Circuit::default());
    }

    #[test]
    fn a_failed_trial_doubles_the_rest_up_to_its_most() {
        let mut circuit = opened();
        let mut now = LAST;
        let mut rest = REST_US;
        for _ in 0..10 {
            now += rest;
            assert_eq!(circuit.ask(now), Gate::Try);
            circuit.ended(now, Some(&down()));
            rest = (rest * 2).min(REST_MAX_US);
            assert_eq!(circuit.ask(now), Gate::Wait(now + rest));
        }
        assert_eq!(rest, REST_MAX_US);
    }

    #[test]
    fn a_provider_that_says_how_long_is_believed_up_to_the_most() {
        for (ms, rest) in [(60_000, 60_000_000), (1, REST_US), (u64::MAX, REST_MAX_US)] {
            let mut circuit = Circuit {
                failures: FAILURES_MAX - 1,
                ..Circuit::default()
            };
            let trouble = Trouble {
                retry_after_ms: Some(ms),
                ..Trouble::new(Kind::RateLimited)
            };
            circuit.ended(0, Some(&trouble));
            assert_eq!(circuit.ask(1), Gate::Wait(rest));
        }
    }

    #[test]
    fn bad_answers_and_wrong_keys_don_t_open_it() {
        for kind in Kind::ALL {
            let mut circuit = Circuit::default();
            for at in 0..20 {
                circuit.ended(at, Some(&Trouble::new(kind)));
            }
            let open = circuit.is_open(20);
            assert_eq!(open, kind.row().fault == Fault::Provider, "{kind:?}");
        }
    }

    #[test]
    fn late_failures_don_t_lengthen_the_rest_and_a_lost_trial_frees_the_gate() {
        let mut circuit = opened();
        circuit.ended(LAST + 5, Some(&down()));
        assert_eq!(circuit.ask(LAST + 6), Gate::Wait(LAST + REST_US));
        let later = LAST + REST_US;
        assert_eq!(circuit.ask(later), Gate::Try);
        assert_eq!(circuit.ask(later + TRIAL_US), Gate::Try);
        circuit.given_back();
        assert_eq!(circuit.ask(later + TRIAL_US), Gate::Try);
    }
}
