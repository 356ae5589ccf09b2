//! Bodies on their way: signed anew at each attempt, posted again until a 200 or seven days have passed.
//!
//! In: bodies from `deliver.rs`, answers from the host. Out: posts, and the plan of the next attempt. Deliberately
//! absent: sockets, and what stands in a body. Next: `ledger.rs`, which is told.

use crate::cloud::Cloud;
use crate::deliver::Task;
use crate::facts::Delivery;
use crate::sign::signature;
use crate::time::{DAY, HOUR, MINUTE, SECOND};
use crate::world::chat::Posted;

/// A webhook to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookPost {
    /// Hand it back with the answer.
    pub id: u64,
    /// Where to.
    pub url: String,
    /// The exact bytes.
    pub body: Vec<u8>,
    /// Content type, signature, user agent.
    pub headers: Vec<(String, String)>,
    /// One for the first attempt.
    pub attempt: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signing {
    Good,
    BadOnce,
    Old,
}

/// A body on its way.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub(crate) url: String,
    pub(crate) body: Vec<u8>,
    pub(crate) items: Vec<String>,
    pub(crate) first_at: i64,
    pub(crate) attempt: u32,
    pub(crate) signing: Signing,
    /// A copy made by a fault: nobody retries it.
    pub(crate) copy: bool,
}

/// How long after the n-th failed attempt the next follows; the last entry repeats until day seven.
pub(crate) const RETRIES: &[i64] = &[
    0,
    30 * SECOND,
    2 * MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    8 * HOUR,
    12 * HOUR,
];
/// When a body is given up, counted from its first attempt.
pub(crate) const RETRY_SPAN: i64 = 7 * DAY;
impl Cloud {
    pub(crate) fn launch(&mut self, now: i64, flight: Flight, posts: &mut Vec<WebhookPost>) {
        self.last_post += 1;
        let id = self.last_post;
        let signed = match (flight.signing, flight.attempt) {
            (Signing::BadOnce, 1) => signature("somebody else", &flight.body),
            (Signing::Old, _) => signature(&self.config.old_app_secret, &flight.body),
            (Signing::Good | Signing::BadOnce, _) => {
                signature(&self.config.app_secret, &flight.body)
            }
        };
        posts.push(WebhookPost {
            id,
            url: flight.url.clone(),
            body: flight.body.clone(),
            headers: vec![
                ("Content-Type".into(), "application/json".into()),
                ("User-Agent".into(), "facebookexternalua".into()),
                ("X-Hub-Signature-256".into(), signed),
            ],
            attempt: flight.attempt,
        });
        self.ledger.post(Delivery {
            post: id,
            url: flight.url.clone(),
            attempt: flight.attempt,
            items: flight.items.clone(),
            at: now,
            answered_at: None,
            status: None,
        });
        self.flying.insert(id, flight);
    }

    /// Takes the answer to a post; anything but 200 is posted again.
    pub(crate) fn settle(&mut self, now: i64, id: u64, status: Option<u16>) {
        let Some(mut flight) = self.flying.remove(&id) else {
            return;
        };
        self.ledger.answer(now, id, status);
        let mut state = Posted::Delivered;
        if status != Some(200) && !flight.copy {
            let wait = RETRIES[(flight.attempt as usize - 1).min(RETRIES.len() - 1)];
            state = if now + wait <= flight.first_at + RETRY_SPAN {
                Posted::Retrying
            } else {
                Posted::Failed
            };
            self.mark_statuses(&flight.items, state);
            if state == Posted::Retrying {
                flight.attempt += 1;
                self.schedule.at(now + wait, Task::Post(Box::new(flight)));
            } else {
                self.ledger.give_up();
            }
            return;
        }
        if status == Some(200) {
            self.mark_statuses(&flight.items, state);
        }
    }

    fn mark_statuses(&mut self, items: &[String], state: Posted) {
        for item in items {
            let Some((wamid, stage)) = item
                .strip_prefix("status:")
                .and_then(|rest| rest.rsplit_once(':'))
            else {
                continue;
            };
            if let Some(message) = self.chats.message_mut(wamid) {
                for passed in message
                    .passed
                    .iter_mut()
                    .filter(|passed| passed.stage.name() == stage)
                {
                    passed.webhook = state;
                }
            }
        }
    }
}
