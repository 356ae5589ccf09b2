//! What this process knows of each provider while it runs: its circuit, and how many calls are under way.
//!
//! In: a provider's id. Out: leave to call, or why not. A process that starts knows nothing and believes that all
//! are well. Absent: how a circuit decides (`ponte_models::policy::circuit`).

use ponte_core::time::Time;
use ponte_models::policy::{Circuit, Gate};
use ponte_models::trouble::{Kind, Trouble};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// Waiting for a place longer than this is worse than asking another provider.
const PLACE_WITHIN: Duration = Duration::from_millis(500);
/// Providers whose state is remembered; beyond it, those that are gone are forgotten.
const LINES_KEPT: usize = 256;

#[derive(Default)]
pub(super) struct Lines(Mutex<BTreeMap<Uuid, Line>>);

struct Line {
    circuit: Circuit,
    places: Arc<Semaphore>,
    at_once: u32,
}

/// Leave to make one call. Dropped without [`Leave::ended`], a trial is given back.
pub(super) struct Leave<'a> {
    lines: &'a Lines,
    id: Uuid,
    done: bool,
    _place: OwnedSemaphorePermit,
}

impl Lines {
    fn held(&self) -> MutexGuard<'_, BTreeMap<Uuid, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was known of a provider: it was set up anew.
    pub(super) fn forget(&self, id: Uuid) {
        self.held().remove(&id);
    }

    /// Forgets providers that are gone, once there are many.
    pub(super) fn keep(&self, known: &BTreeSet<Uuid>) {
        let mut lines = self.held();
        if lines.len() > LINES_KEPT {
            lines.retain(|id, _| known.contains(id));
        }
    }

    /// Leave to call a provider that may have so many calls at once.
    pub(super) async fn leave(
        &self,
        id: Uuid,
        at_once: u32,
        now: Time,
    ) -> Result<Leave<'_>, Trouble> {
        let places = {
            let mut lines = self.held();
            let fresh = || Line {
                circuit: Circuit::default(),
                places: Arc::new(Semaphore::new(at_once as usize)),
                at_once,
            };
            let line = lines.entry(id).or_insert_with(fresh);
            if line.at_once != at_once {
                // Those under way keep their places in the old count.
                line.places = Arc::new(Semaphore::new(at_once as usize));
                line.at_once = at_once;
            }
            if line.circuit.is_open(now.micros()) {
                return Err(Trouble::new(Kind::Resting));
            }
            Arc::clone(&line.places)
        };
        let place = tokio::time::timeout(PLACE_WITHIN, places.acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(Trouble::new(Kind::Busy));
        };
        let gate = self
            .held()
            .get_mut(&id)
            .map(|line| line.circuit.ask(now.micros()));
        match gate {
            Some(Gate::Wait(_)) => Err(Trouble::new(Kind::Resting)),
            Some(Gate::Go | Gate::Try) | None => Ok(Leave {
                lines: self,
                id,
                done: false,
                _place: place,
            }),
        }
    }
}

impl Leave<'_> {
    /// The call ended; absent trouble is success.
    pub(super) fn ended(mut self, now: Time, trouble: Option<&Trouble>) {
        self.done = true;
        let mut lines = self.lines.held();
        let Some(line) = lines.get_mut(&self.id) else {
            return;
        };
        let was = line.circuit.is_open(now.micros());
        line.circuit.ended(now.micros(), trouble);
        if !was && line.circuit.is_open(now.micros()) {
            tracing::warn!(provider = %self.id, "a model provider failed too often and rests");
            metrics::counter!("ponte_model_circuit_opened_total").increment(1);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if !self.done
            && let Some(line) = self.lines.held().get_mut(&self.id)
        {
            line.circuit.given_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::time::Span;
    use ponte_models::policy::circuit::{FAILURES_MAX, REST_US};

    const ID: Uuid = Uuid::from_u128(1);
    const NOW: Time = Time(1_000_000);

    #[tokio::test]
    async fn no_more_calls_at_once_than_it_may_have() {
        let lines = Lines::default();
        let first = lines.leave(ID, 1, NOW).await.unwrap();
        let busy = lines.leave(ID, 1, NOW).await.err().unwrap();
        assert_eq!(busy.kind, Kind::Busy);
        assert!(
            lines.leave(Uuid::from_u128(2), 1, NOW).await.is_ok(),
            "another is not busy"
        );
        drop(first);
        assert!(lines.leave(ID, 1, NOW).await.is_ok());
    }

    #[tokio::test]
    async fn one_that_fails_rests_and_a_trial_that_asked_nobody_is_given_back() {
        let lines = Lines::default();
        let down = Trouble::new(Kind::ProviderDown);
        for _ in 0..FAILURES_MAX {
            lines
                .leave(ID, 2, NOW)
                .await
                .unwrap()
                .ended(NOW, Some(&down));
        }
        let resting = lines.leave(ID, 2, NOW).await.err().unwrap();
        assert_eq!(resting.kind, Kind::Resting);
        let later = NOW + Span::micros(REST_US);
        let trial = lines.leave(ID, 2, later).await.unwrap();
        assert!(lines.leave(ID, 2, later).await.is_err(), "one tries");
        drop(trial);
        lines.leave(ID, 2, later).await.unwrap().ended(later, None);
        assert!(lines.leave(ID, 2, later).await.is_ok());
    }
}
