//! Read marks and "typing…": asked for, perhaps done, never in the way of a message.
//!
//! In: the id of a customer's message. Out: one call, without retry, whose answer nobody reads.
//! Repeating or losing one changes nothing that matters. Absent: durability. Next: [`super`].

use crate::app::App;
use crate::graph::Request;
use crate::settings::Number;
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use ponte_core::time::{Span, Time};
use ponte_wire::{encode, graph};

/// Marks under way; further ones are left out.
const AT_ONCE: usize = 4;
/// Marks in a second, of one number: more than the messages that a busy shop gets. Beyond it they would
/// take connections, and a share of what the provider lets an app ask, from the answers themselves.
const PER_SECOND: u32 = 50;
/// After this long nobody cares any more.
const WITHIN: Span = Span::secs(5);

/// The marks of one number.
pub struct Marks {
    app: App,
    under_way: FuturesUnordered<BoxFuture<'static, ()>>,
    budget: Budget,
}

/// How many marks this second has seen.
#[derive(Debug, Default)]
struct Budget {
    second: i64,
    used: u32,
}

impl Budget {
    /// Whether another fits into the second of this time; it is counted then.
    fn take(&mut self, now: Time) -> bool {
        let second = now.micros().div_euclid(1_000_000);
        if second != self.second {
            *self = Budget { second, used: 0 };
        }
        let fits = self.used < PER_SECOND;
        self.used += u32::from(fits);
        fits
    }
}

impl Marks {
    #[must_use]
    pub fn new(app: App) -> Marks {
        Marks {
            app,
            under_way: FuturesUnordered::new(),
            budget: Budget::default(),
        }
    }

    /// Marks a message as read, if there is room.
    pub fn ask(&mut self, number: &Number, wamid: String, typing: bool) {
        let now = self.app.env.clock.now();
        if self.under_way.len() >= AT_ONCE || !self.budget.take(now) {
            return;
        }
        let Some(token) = self.app.secrets.token(number.channel.id) else {
            return;
        };
        let body = encode::read(&wamid, typing).to_string();
        let path = self.app.path(&graph::messages_path(&number.channel.number));
        let deadline = now + WITHIN;
        let request = Request::post(path, token, body, deadline);
        let env = self.app.env.clone();
        self.under_way.push(Box::pin(async move {
            let _answer = env.call(request).await;
        }));
    }

    /// Lets the marks go on; never ends while none is under way.
    pub async fn drive(&mut self) {
        if self.under_way.next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_room_for_so_many_marks_and_the_next_for_as_many_again() {
        let mut budget = Budget::default();
        let at = Time(1_795_176_000_999_999);
        let taken = (0..200).filter(|_| budget.take(at)).count();
        assert_eq!(taken, PER_SECOND as usize);
        assert!(budget.take(at + Span(1)), "another second has begun");
    }
}
