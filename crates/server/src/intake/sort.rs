//! What becomes of each item of a delivery: whose it is about, and which event it makes.
//!
//! In: one [`Item`] as `ponte-wire` read it. Out: a [`Sorted`]: an event for a conversation, a status
//! to be matched, a contact, a fact about the number, or something only to be kept. Pure, so that
//! n in = n out can be tested. Absent: lookups and writes. Next: [`super::people`], [`super::write`].

use ponte_core::content::{Change, Content, Person, Received, SystemChange};
use ponte_core::event::Event;
use ponte_core::fact::{AccountFact, Fact, Item, StatusReport};
use ponte_core::time::Time;
use serde_json::Value;

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
        Fact::Message { from, message } => received(from, message),
        Fact::Echo { to, message } => echoed(to, message),
        Fact::Status(report) => Sorted::Status(report),
        Fact::History {
            with,
            from_business,
            message,
            status,
            ..
        } => imported(with, from_business, message, status),
        Fact::HistoryProgress { .. } => keep("history_progress", &fact),
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
        } => live(person, Event::PreferenceChanged { category, stop }),
        Fact::Call {
            person,
            call,
            event: what,
            at,
            ours,
            raw,
        } => {
            let sent = Some(at);
            live(
                person,
                Event::Called {
                    call,
                    what,
                    raw,
                    sent,
                    ours,
                },
            )
        }
        Fact::UserAction {
            person,
            action,
            raw,
            ..
        } => live(person, Event::Acted { action, raw }),
        Fact::Handover {
            person, kind, raw, ..
        } => {
            let action = format!("handover:{kind}");
            live(person, Event::Acted { action, raw })
        }
        Fact::Standby { .. } => keep("standby", &fact),
        Fact::Trouble { .. } => keep("trouble", &fact),
        Fact::Account(fact) => Sorted::Account(fact),
        Fact::Unknown { .. } => keep("unknown", &fact),
    }
}

fn received(from: Person, message: Box<Received>) -> Sorted {
    let (person, before) = if let Content::System(change) = &message.content {
        changed(&from, change)
    } else {
        (from.clone(), None)
    };
    talk(person, before, Event::Received { from, message }, false)
}

/// The names from now on, and those that were left behind.
fn changed(from: &Person, system: &SystemChange) -> (Person, Option<Person>) {
    let mut person = from.clone();
    let old = &system.before;
    match system.change {
        Change::Number | Change::UserId => {
            ponte_core::identity::relink(&mut person, &system.now);
            let mut before = from.clone();
            ponte_core::identity::relink(&mut before, old);
            (person, Some(before))
        }
        Change::Identity | Change::Other(_) => {
            // Nothing is left behind: the names given are just names of the sender.
            person.wa_id = person.wa_id.or_else(|| old.wa_id.clone());
            person.bsuid = person.bsuid.or_else(|| old.bsuid.clone());
            (person, None)
        }
    }
}

fn echoed(to: Person, message: Box<Received>) -> Sorted {
    let event = Event::Echoed {
        to: to.clone(),
        message,
        ours: None,
    };
    live(to, event)
}

fn imported(
    with: Person,
    from_business: bool,
    message: Box<Received>,
    status: Option<String>,
) -> Sorted {
    let event = Event::Imported {
        with: with.clone(),
        from_business,
        message,
        status,
    };
    talk(with, None, event, true)
}

fn live(person: Person, event: Event) -> Sorted {
    talk(person, None, event, false)
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
    fn a_changed_number_names_what_is_left_behind_and_a_changed_key_nothing() {
        let change = |change| {
            let mut message = text(None);
            message.content = Content::System(SystemChange {
                change,
                body: String::new(),
                now: Person {
                    wa_id: Some("5511900000000".into()),
                    ..Person::default()
                },
                before: Person::default(),
            });
            let from = ana();
            let Sorted::Talk { person, before, .. } = sort(Fact::Message { from, message }) else {
                panic!("not an event of its sender");
            };
            (person.wa_id, before.map(|it| it.wa_id))
        };
        let (old, new) = (ana().wa_id, Some("5511900000000".to_owned()));
        assert_eq!(change(Change::Number), (new, Some(old.clone())));
        assert_eq!(change(Change::Identity), (old, None));
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
