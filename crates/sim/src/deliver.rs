//! Carries webhook changes to their URL: routing, batching, and what goes wrong there.
//!
//! In: changes from `world/` and `status.rs`. Out: bodies in the order they fall due. Deliberately absent:
//! what stands inside a change, and what happens to a body once it is launched. Next: `flight.rs`.

use crate::cloud::Cloud;
use crate::faults::Fault;
use crate::flight::{Flight, Signing, WebhookPost};
use crate::sign::webhook_bytes;
use crate::status::StatusTask;
use crate::time::{DAY, HOUR, MINUTE, SECOND, seconds};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One update, before it has a body.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) field: String,
    pub(crate) value: Value,
    /// Index of the number it belongs to; absent for account fields.
    pub(crate) number: Option<usize>,
    /// Names for the ledger.
    pub(crate) items: Vec<String>,
    /// Whether the entry carries a time.
    pub(crate) timed: bool,
}

#[derive(Debug, Clone, Default)]
struct Marks {
    together: bool,
    bad_signature: bool,
    old_secret: bool,
    twice: bool,
    again_soon: bool,
    again_late: bool,
}

/// A change with its URL and what will go wrong with it.
#[derive(Debug, Clone)]
pub(crate) struct Queued {
    change: Change,
    /// Extra changes that faults put beside it in the same body.
    beside: Vec<Value>,
    url: String,
    marks: Marks,
}

/// Something that will happen.
#[derive(Debug, Clone)]
pub(crate) enum Task {
    Change(Box<Queued>),
    Post(Box<Flight>),
    Status(Box<StatusTask>),
}

/// What will happen, in order of time and then of being planned.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedule {
    tasks: BTreeMap<(i64, u64), Task>,
    planned: u64,
}

impl Schedule {
    pub(crate) fn at(&mut self, due: i64, task: Task) {
        self.planned += 1;
        self.tasks.insert((due, self.planned), task);
    }

    pub(crate) fn next(&self) -> Option<i64> {
        self.tasks.first_key_value().map(|((due, _), _)| *due)
    }

    fn pop(&mut self, now: i64) -> Option<(i64, Task)> {
        if self.next()? > now {
            return None;
        }
        self.tasks.pop_first().map(|((due, _), task)| (due, task))
    }

    pub(crate) fn len(&self) -> usize {
        self.tasks.len()
    }
}

/// Updates in one body at most.
pub(crate) const BATCH_LIMIT: usize = 1_000;
/// Fields that a number's or account's own callback may take.
const OVERRIDABLE: &[&str] = &[
    "messages",
    "message_echoes",
    "calls",
    "consumer_profile",
    "messaging_handovers",
    "group_lifecycle_update",
    "group_participants_update",
    "group_settings_update",
    "group_status_update",
    "smb_message_echoes",
    "smb_app_state_sync",
    "history",
    "account_settings_update",
];

impl Cloud {
    /// Where a field of a number goes: number over account over app, for the fields that may be moved.
    pub(crate) fn callback(&self, field: &str, number: Option<usize>) -> Option<String> {
        if !OVERRIDABLE.contains(&field) {
            return self.app_url.clone();
        }
        number
            .and_then(|number| self.numbers.get(number))
            .and_then(|number| number.callback.clone())
            .or_else(|| self.account_callback.clone())
            .or_else(|| self.app_url.clone())
    }

    /// Plans a change for delivery at `due` and lets the delivery faults at it.
    pub(crate) fn emit(&mut self, due: i64, change: Change) {
        let Some(url) = self
            .callback(&change.field, change.number)
            .filter(|_| self.subscribed)
        else {
            return;
        };
        let mut due = due;
        if self.faults.strike(Fault::DelayDelivery) {
            due += self.faults.span(30 * SECOND, 10 * MINUTE);
        }
        if self.faults.strike(Fault::Reorder) {
            due += 2 * SECOND;
        }
        let marks = Marks {
            together: self.faults.strike(Fault::Batch),
            bad_signature: self.faults.strike(Fault::BadSignature),
            old_secret: self.faults.strike(Fault::OldSecret),
            twice: self.faults.strike(Fault::ConcurrentDuplicate),
            again_soon: self.faults.strike(Fault::DuplicateDelivery),
            again_late: self.faults.strike(Fault::RedeliveryAfterDays),
        };
        if marks.together {
            due = (due.div_euclid(SECOND / 2) + 1) * (SECOND / 2);
        }
        let beside = self.company(&change);
        self.schedule.at(
            due,
            Task::Change(Box::new(Queued {
                change,
                beside,
                url,
                marks,
            })),
        );
    }

    /// Changes that faults put into the same body.
    fn company(&mut self, change: &Change) -> Vec<Value> {
        let mut beside = Vec::new();
        if self.faults.strike(Fault::UnknownField) {
            beside.push(
                json!({"field": "brand_new_field", "value": {"messaging_product": "whatsapp",
                "brand_new": [{"depth": {"of": "things"}}]}}),
            );
        }
        if self.faults.strike(Fault::MalformedItemInBatch) {
            beside.push(json!({"field": "messages", "value": {"messaging_product": "whatsapp",
                "metadata": change.value["metadata"], "messages": [{"id": 7, "timestamp": {}, "type": null}]}}));
        }
        if self.faults.strike(Fault::ForeignNumber) {
            let id = self.ids.wamid("5500000000000", false);
            beside.push(json!({"field": "messages", "value": {"messaging_product": "whatsapp",
                "metadata": {"display_phone_number": "550000000000", "phone_number_id": "999999999999999"},
                "contacts": [{"profile": {"name": "Foreign"}, "wa_id": "5500000000000", "user_id": "BR.0"}],
                "messages": [{"from": "5500000000000", "from_user_id": "BR.0", "id": id, "timestamp": "0",
                              "type": "text", "text": {"body": "foreign"}}]}}));
        }
        beside
    }

    /// Everything due until `now`, as posts.
    pub(crate) fn collect_due(&mut self, now: i64) -> Vec<WebhookPost> {
        let mut posts = Vec::new();
        let mut group: Vec<(i64, Queued)> = Vec::new();
        while let Some((due, task)) = self.schedule.pop(now) {
            match task {
                Task::Status(task) => self.run_status(due, *task),
                Task::Post(flight) => self.launch(now, *flight, &mut posts),
                Task::Change(queued) => {
                    if !group
                        .first()
                        .is_some_and(|(_, first)| self.fits(first, &queued, group.len()))
                    {
                        self.close(now, std::mem::take(&mut group), &mut posts);
                    }
                    group.push((due, *queued));
                }
            }
        }
        self.close(now, group, &mut posts);
        posts
    }

    fn fits(&self, first: &Queued, next: &Queued, already: usize) -> bool {
        let most = if first.marks.together && next.marks.together {
            BATCH_LIMIT
        } else {
            self.config.batch_max
        };
        first.url == next.url && already < most.min(BATCH_LIMIT)
    }

    /// Turns changes for one URL into one body and launches it, with its copies.
    fn close(&mut self, now: i64, group: Vec<(i64, Queued)>, posts: &mut Vec<WebhookPost>) {
        let Some((due, first)) = group.first() else {
            return;
        };
        let (url, first_at) = (first.url.clone(), *due);
        let any = |mark: fn(&Marks) -> bool| group.iter().any(|(_, queued)| mark(&queued.marks));
        let signing = match (
            any(|marks| marks.bad_signature),
            any(|marks| marks.old_secret),
        ) {
            (true, _) => Signing::BadOnce,
            (false, true) => Signing::Old,
            (false, false) => Signing::Good,
        };
        let (twice, again_soon) = (any(|marks| marks.twice), any(|marks| marks.again_soon));
        let again_late = any(|marks| marks.again_late);
        let (body, items) = self.compose(&url, group);
        let flight = Flight {
            url,
            body,
            items,
            first_at,
            attempt: 1,
            signing,
            copy: false,
        };
        for (wanted, after) in [(again_soon, 5 * SECOND), (again_late, 7 * DAY - HOUR)] {
            if wanted {
                let copy = Flight {
                    copy: true,
                    signing: Signing::Good,
                    ..flight.clone()
                };
                self.schedule.at(now + after, Task::Post(Box::new(copy)));
            }
        }
        if twice {
            self.launch(
                now,
                Flight {
                    copy: true,
                    ..flight.clone()
                },
                posts,
            );
        }
        self.launch(now, flight, posts);
    }

    /// The bytes of a body and the names of what is inside.
    fn compose(&mut self, url: &str, group: Vec<(i64, Queued)>) -> (Vec<u8>, Vec<String>) {
        let mut changes = Vec::new();
        let mut items = Vec::new();
        let mut time = None;
        if let Some((earlier, earlier_items)) = self.earlier.get(url).cloned()
            && self.faults.strike(Fault::RebatchWithOthers)
        {
            changes.push(earlier);
            items.extend(earlier_items);
        }
        for (due, queued) in group {
            let change = json!({"field": queued.change.field, "value": queued.change.value});
            let kept = (change.clone(), queued.change.items.clone());
            self.earlier.insert(url.to_owned(), kept);
            changes.extend(queued.beside);
            let merges = queued.marks.together && self.rng.below(2) == 0;
            if !(merges && changes.last_mut().is_some_and(|last| absorb(last, &change))) {
                changes.push(change);
            }
            items.extend(queued.change.items);
            if queued.change.timed {
                time = Some(seconds(due));
            }
        }
        let mut entry = json!({"id": self.config.waba_id, "changes": changes});
        if let Some(time) = time {
            entry["time"] = json!(time);
        }
        let body = json!({"object": "whatsapp_business_account", "entry": [entry]});
        (webhook_bytes(&body), items)
    }
}

/// Puts a change's lists behind those of an earlier one of the same field and number, as Meta may; tells
/// whether that was possible.
fn absorb(into: &mut Value, change: &Value) -> bool {
    let same = into["field"] == change["field"]
        && change["value"]["metadata"].is_object()
        && into["value"]["metadata"] == change["value"]["metadata"];
    let (Some(target), Some(more)) = (into["value"].as_object_mut(), change["value"].as_object())
    else {
        return false;
    };
    // A change with a single value outside its lists cannot share them with another.
    let lists = |value: &Value| value.is_array();
    let shareable = more.iter().all(|(name, value)| {
        matches!(name.as_str(), "metadata" | "messaging_product") || lists(value)
    });
    if !same || !shareable || target.keys().ne(more.keys()) {
        return false;
    }
    for (name, value) in more {
        if let (Some(list), Some(items)) = (
            target.get_mut(name).and_then(Value::as_array_mut),
            value.as_array(),
        ) {
            list.extend(items.iter().cloned());
        }
    }
    true
}

#[cfg(test)]
#[path = "deliver_tests.rs"]
mod tests;
