//! The words that stand in columns for values of our enums, in both directions.
//!
//! Stored for ever, so a word never changes its meaning. Absent: values with fields, which are JSON.
//! A test holds that each word reads back. Next: [`crate::val`].

use ponte_core::effect::{Class, Lane, SendState};
use ponte_core::event::{Event, TimerReason};

macro_rules! words {
    ($(#[$doc:meta])* $to:ident, $from:ident, $all:ident, $ty:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[must_use]
        pub fn $to(value: &$ty) -> &'static str {
            match value { $($ty::$variant => $word),* }
        }
        /// The value of a stored word.
        #[must_use]
        pub fn $from(word: &str) -> Option<$ty> {
            match word { $($word => Some($ty::$variant),)* _ => None }
        }
        /// Every value, for tests.
        #[cfg(test)]
        pub(crate) const $all: &[$ty] = &[$($ty::$variant),*];
    };
}

words! {
    /// The word of a send's state.
    send_state, to_send_state, SEND_STATES, SendState {
        Pending = "pending", Claimed = "claimed", Accepted = "accepted", Failed = "failed",
        Dropped = "dropped", Unsure = "unsure", Unknown = "unknown",
    }
}

words! {
    /// The word of a timer's reason.
    timer_reason, to_timer_reason, TIMER_REASONS, TimerReason {
        Debounce = "debounce", PauseEnds = "pause_ends", Ghost = "ghost", Watchdog = "watchdog",
        CallDeadline = "call_deadline", Prove = "prove", Retry = "retry", Resend = "resend",
        MenuEnds = "menu_ends", Progress = "progress", Approval = "approval",
    }
}

words! {
    /// The word of a send's class.
    class, to_class, CLASSES, Class { Reply = "reply", Never = "never" }
}

/// Lanes are numbers, because they are an order: conversation before campaign.
#[must_use]
pub fn lane(lane: Lane) -> i64 {
    match lane {
        Lane::Conversation => 0,
        Lane::Campaign => 1,
    }
}

/// The lane of a stored number.
#[must_use]
pub fn to_lane(n: i64) -> Option<Lane> {
    match n {
        0 => Some(Lane::Conversation),
        1 => Some(Lane::Campaign),
        _ => None,
    }
}

/// The word of an event's kind, equal to its tag in JSON.
#[must_use]
pub fn event_kind(event: &Event) -> &'static str {
    match event {
        Event::Received { .. } => "received",
        Event::Echoed { .. } => "echoed",
        Event::Imported { .. } => "imported",
        Event::StatusChanged { .. } => "status_changed",
        Event::Called { .. } => "called",
        Event::PreferenceChanged { .. } => "preference_changed",
        Event::Acted { .. } => "acted",
        Event::Relinked { .. } => "relinked",
        Event::TimerFired { .. } => "timer_fired",
        Event::CallAnswered { .. } => "call_answered",
        Event::CallProgressed { .. } => "call_progressed",
        Event::SendEnded { .. } => "send_ended",
        Event::SendRefused { .. } => "send_refused",
        Event::HistoryChecked { .. } => "history_checked",
        Event::Commanded { .. } => "commanded",
        Event::Quarantined { .. } => "quarantined",
        Event::ChannelSuspended { .. } => "channel_suspended",
        Event::Merged { .. } => "merged",
        Event::Joined { .. } => "joined",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for s in SEND_STATES {
            assert_eq!(to_send_state(send_state(s)), Some(*s));
        }
        for r in TIMER_REASONS {
            assert_eq!(to_timer_reason(timer_reason(r)).as_ref(), Some(r));
        }
        for c in CLASSES {
            assert_eq!(to_class(class(c)), Some(*c));
        }
        for l in [Lane::Conversation, Lane::Campaign] {
            assert_eq!(to_lane(lane(l)), Some(l));
        }
        assert_eq!(to_send_state("else"), None);
    }

    #[test]
    fn words_equal_the_tags_in_json() {
        for s in SEND_STATES {
            assert_eq!(serde_json::to_value(s).unwrap(), send_state(s));
        }
        for r in TIMER_REASONS {
            assert_eq!(serde_json::to_value(r).unwrap(), timer_reason(r));
        }
        let event = Event::ChannelSuspended { suspended: true };
        assert_eq!(
            serde_json::to_value(&event).unwrap()["event"],
            event_kind(&event)
        );
    }
}
