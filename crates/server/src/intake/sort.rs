//! What becomes of each item of a delivery: whose it is about, and which event it makes.
//!
//! In: one [`Item`] as `ponte-wire` read it. Out: a [`Sorted`]: an event for a conversation, a status
//! to be matched, a contact, a fact about the number, or something only to be kept. Pure, so that
//! n in = n out can be tested. Absent: lookups and writes. Next: [`super::people`], [`super::write`].

use ponte_core::content::{Content, Person};
use ponte_core::event::Event;
use ponte_core::fact::{AccountFact, Fact, Item, StatusReport};
use ponte_core::time::Time;
use serde_json::{Value, json};

/// Where an item goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Sorted {
    /// An event of the conversation with this person. `before`: names the person had.
    Talk {
        person: Person,
        before: Option<Person>,
        event: Event,
        /// From the imported past: waits behind everything live.
        low: bool,
    },
    /// A status: its conversation is found by tag, by wamid, or later.
    Status(StatusReport),
    /// A name of the phone's address book.
    Contact {
        person: Person,
        first_name: Option<String>,
        removed: bool,
    },
    /// Something about the number or the account.
    Account(AccountFact),
    /// Kept and shown, of no conversation.
    Keep { kind: &'static str, body: Value },
}

/// Sorts one item.
#[must_use]
pub fn sort(fact: Fact) -> Sorted {
    match fact {
        Fact::Message { message, .. } | Fact::Echo { message, .. } if message.group.is_some() => {
            keep("group_message", &message)
        }
        Fact::Message { from, message } => {
            let before = if let Content::System(change) = &message.content {
                Some(change.before.clone())
            } else {
                None
            };
            let event = Event::Received {
                from: from.clone(),
                message,
            };
            talk(from, before, event, false)
        }
        Fact::Echo { to, message } => {
            let event = Event::Echoed {
                to: to.clone(),
                message,
                ours: None,
            };
            talk(to, None, event, false)
        }
        Fact::Status(report) => Sorted::Status(report),
        Fact::History {
            with,
            from_business,
            message,
            status,
            ..
        } => {
            let event = Event::Imported {
                with: with.clone(),
                from_business,
                message,
                status,
            };
            talk(with, None, event, true)
        }
        Fact::HistoryProgress {
            phase,
            chunk,
            progress,
            errors,
        } => Sorted::Keep {
            kind: "history_progress",
            body: json!({"phase": phase, "chunk": chunk, "progress": progress, "errors": errors}),
        },
        Fact::Contact {
            person,
            first_name,
            removed,
            ..
        } => Sorted::Contact {
            person,
            first_name,
            removed,
        },
        Fact::Preference {
            person,
            category,
            stop,
            ..
        } => talk(
            person,
            None,
            Event::PreferenceChanged { category, stop },
            false,
        ),
        Fact::Call {
            person,
            call,
            event,
            raw,
            ..
        } => {
            let event = Event::Called {
                call,
                what: event,
                raw,
            };
            talk(person, None, event, false)
        }
        Fact::UserAction {
            person,
            action,
            raw,
            ..
        } => talk(person, None, Event::Acted { action, raw }, false),
        Fact::Handover {
            person, kind, raw, ..
        } => {
            let action = format!("handover:{kind}");
            talk(person, None, Event::Acted { action, raw }, false)
        }
        Fact::Standby { raw } => Sorted::Keep {
            kind: "standby",
            body: raw,
        },
        Fact::Trouble { errors, raw } => Sorted::Keep {
            kind: "trouble",
            body: json!({"errors": errors, "raw": raw}),
        },
        Fact::Account(fact) => Sorted::Account(fact),
        Fact::Unknown { field, raw } => Sorted::Keep {
            kind: "unknown",
            body: json!({"field": field, "raw": raw}),
        },
    }
}

/// A talk item without any name can belong to nobody.
fn talk(person: Person, before: Option<Person>, event: Event, low: bool) -> Sorted {
    let named = |person: &Person| !ponte_core::identity::aliases(person).is_empty();
    if named(&person) || before.as_ref().is_some_and(named) {
        return Sorted::Talk {
            person,
            before,
            event,
            low,
        };
    }
    keep("nameless", &event)
}

fn keep(kind: &'static str, body: &impl serde::Serialize) -> Sorted {
    Sorted::Keep {
        kind,
        body: serde_json::to_value(body).unwrap_or(Value::Null),
    }
}

/// The provider's time of a live item: evidence for the clock.
#[must_use]
pub fn provider_time(item: &Item) -> Option<Time> {
    match &item.fact {
        Fact::Message { message, .. } | Fact::Echo { message, .. } => Some(message.sent),
        Fact::Status(report) => Some(report.at),
        Fact::History { .. }
        | Fact::HistoryProgress { .. }
        | Fact::Contact { .. }
        | Fact::Preference { .. }
        | Fact::Call { .. }
        | Fact::UserAction { .. }
        | Fact::Handover { .. }
        | Fact::Standby { .. }
        | Fact::Trouble { .. }
        | Fact::Account(_)
        | Fact::Unknown { .. } => None,
    }
}

/// The provider message ids whose messages the step wants to know about.
#[must_use]
pub fn echoed_wamid(event: &Event) -> Option<&str> {
    match event {
        Event::Echoed { message, .. } => Some(&message.wamid),
        Event::Received { .. }
        | Event::Imported { .. }
        | Event::StatusChanged { .. }
        | Event::Called { .. }
        | Event::PreferenceChanged { .. }
        | Event::Acted { .. }
        | Event::Relinked { .. }
        | Event::TimerFired { .. }
        | Event::CallAnswered { .. }
        | Event::SendEnded { .. }
        | Event::SendRefused { .. }
        | Event::HistoryChecked { .. }
        | Event::Commanded { .. }
        | Event::Quarantined { .. }
        | Event::ChannelSuspended { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::content::Received;

    fn ana() -> Person {
        Person {
            wa_id: Some("5511999990000".into()),
            ..Person::default()
        }
    }

    fn text(group: Option<&str>) -> Box<Received> {
        Box::new(Received {
            wamid: "wamid.1".into(),
            sent: Time::from_secs(1),
            content: Content::Text { body: "oi".into() },
            context: ponte_core::content::Context::default(),
            referral: None,
            group: group.map(str::to_owned),
            extra: Value::Null,
        })
    }

    #[test]
    fn a_message_becomes_an_event_of_its_sender() {
        let sorted = sort(Fact::Message {
            from: ana(),
            message: text(None),
        });
        let Sorted::Talk {
            person, event, low, ..
        } = sorted
        else {
            panic!("not a talk");
        };
        assert_eq!(person, ana());
        assert!(!low);
        assert!(matches!(event, Event::Received { .. }));
    }

    #[test]
    fn a_group_message_never_reaches_a_persons_conversation() {
        for fact in [
            Fact::Message {
                from: ana(),
                message: text(Some("g")),
            },
            Fact::Echo {
                to: ana(),
                message: text(Some("g")),
            },
        ] {
            assert!(matches!(
                sort(fact),
                Sorted::Keep {
                    kind: "group_message",
                    ..
                }
            ));
        }
    }

    #[test]
    fn a_message_of_nobody_is_kept() {
        let sorted = sort(Fact::Message {
            from: Person::default(),
            message: text(None),
        });
        assert!(matches!(
            sorted,
            Sorted::Keep {
                kind: "nameless",
                ..
            }
        ));
    }

    #[test]
    fn imported_messages_take_the_low_lane() {
        let sorted = sort(Fact::History {
            with: ana(),
            from_business: true,
            message: text(None),
            status: None,
            phase: None,
            chunk: None,
            progress: None,
        });
        assert!(matches!(sorted, Sorted::Talk { low: true, .. }));
    }

    #[test]
    fn somebody_elses_thread_is_only_kept() {
        let sorted = sort(Fact::Standby {
            raw: json!({"a": 1}),
        });
        assert!(matches!(
            sorted,
            Sorted::Keep {
                kind: "standby",
                ..
            }
        ));
    }
}
