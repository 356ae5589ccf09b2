//! A tool that fails again and again is left alone for a while, so that customers don't wait for it.
//!
//! In: how calls ended. Out: whether the next may begin. After [`TRIPS`] troubles in a row nothing is called
//! for [`PAUSE`]; then one call tries, and decides. Absent: what other nodes see; each finds out itself.

use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_tools::result::Failure;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Troubles in a row.
const TRIPS: u32 = 5;
/// How long a tool is left alone.
const PAUSE: Span = Span::secs(30);
/// Tools remembered; beyond it the memory starts over, and each finds out again.
const KEPT: usize = 4_096;

/// The circuits of all tools.
#[derive(Clone, Debug, Default)]
pub struct Circuits(Arc<Mutex<BTreeMap<(WorkspaceId, String), One>>>);

#[derive(Clone, Copy, Debug, Default)]
struct One {
    troubles: u32,
    /// Until when nothing is called.
    until: Option<Time>,
}

impl Circuits {
    /// Whether a call may begin. The first after a pause may, and the next only when that went well.
    #[must_use]
    pub fn lets(&self, workspace: WorkspaceId, tool: &str, now: Time) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = held.get_mut(&(workspace, tool.to_owned())) else {
            return true;
        };
        match one.until {
            None => true,
            Some(until) if until > now => false,
            Some(_) => {
                one.until = Some(now + PAUSE);
                true
            }
        }
    }

    /// How a call ended.
    pub fn note(&self, workspace: WorkspaceId, tool: &str, trouble: bool, now: Time) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (workspace, tool.to_owned());
        if !trouble {
            held.remove(&key);
            return;
        }
        if held.len() >= KEPT {
            held.clear();
        }
        let one = held.entry(key).or_default();
        one.troubles = one.troubles.saturating_add(1);
        if one.troubles >= TRIPS {
            one.until = Some(now + PAUSE);
        }
    }
}

/// Whether a failure speaks against the other side, not against the values.
#[must_use]
pub fn counts(failure: &Failure) -> bool {
    match failure {
        Failure::Busy | Failure::Failed { .. } | Failure::Unsure { .. } => true,
        Failure::NotFound
        | Failure::Rejected { .. }
        | Failure::Credential
        | Failure::Unfit(_)
        | Failure::TooLarge
        | Failure::Schema(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_tool_that_fails_in_a_row_is_left_alone_and_tried_once_later() {
        let circuits = Circuits::default();
        let workspace = WorkspaceId(Uuid::from_u128(1));
        let mut now = Time::from_secs(1_000);
        for _ in 0..TRIPS {
            assert!(circuits.lets(workspace, "t", now));
            circuits.note(workspace, "t", true, now);
        }
        assert!(!circuits.lets(workspace, "t", now));
        assert!(circuits.lets(workspace, "other", now));
        assert!(circuits.lets(WorkspaceId(Uuid::from_u128(2)), "t", now));
        now = now + PAUSE;
        assert!(circuits.lets(workspace, "t", now), "one tries");
        assert!(!circuits.lets(workspace, "t", now), "only one");
        circuits.note(workspace, "t", true, now);
        assert!(!circuits.lets(workspace, "t", now + Span::secs(1)));
        now = now + PAUSE;
        assert!(circuits.lets(workspace, "t", now));
        circuits.note(workspace, "t", false, now);
        assert!(circuits.lets(workspace, "t", now) && circuits.lets(workspace, "t", now));
    }

    #[test]
    fn refused_values_do_not_count() {
        assert!(counts(&Failure::Busy) && counts(&Failure::Unsure { status: None }));
        assert!(!counts(&Failure::NotFound));
        let rejected = Failure::Rejected {
            status: 422,
            said: String::new(),
        };
        assert!(!counts(&rejected));
    }
}
