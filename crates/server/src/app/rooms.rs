//! Keeps a room alive: one that panics is begun again, counted, and shown.
//!
//! In: how to begin a room. Out: its life, restarted after a growing wait; and for `/readyz`, which
//! rooms are in trouble. What a dead room had in memory is still in its table. Absent: what rooms
//! do, and blame for single rows, which is the rooms' own. Next: [`super::run`].

use super::App;
use futures_util::FutureExt;
use ponte_core::Time;
use ponte_core::time::Span;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

/// The first wait before a room is begun again; it doubles with each panic…
const FIRST: Span = Span::secs(1);
/// …up to this: a room that can't live must not eat the machine, nor stay away for long.
const MOST: Span = Span::secs(30);
/// A room that has lived this long since is well again. Longer than [`MOST`].
const STEADY: Span = Span::minutes(1);

/// When each room panicked last.
#[derive(Clone, Debug, Default)]
pub struct Rooms(Arc<Mutex<BTreeMap<&'static str, Time>>>);

impl Rooms {
    /// A room ended by a panic: counted, shown and logged.
    pub fn fell(&self, room: &'static str, now: Time) {
        metrics::counter!("ponte_panics_total").increment(1);
        metrics::counter!("ponte_room_restarts_total", "room" => room).increment(1);
        tracing::error!(room, "a room panicked; it is begun again");
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(room, now);
    }

    /// Whether some room fell a short while ago.
    #[must_use]
    pub fn is_troubled(&self, now: Time) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.values().any(|fell| now - *fell < STEADY)
    }
}

/// Runs a room until it ends by itself; after a panic it is begun again.
pub async fn keep<F>(app: App, room: &'static str, mut begin: impl FnMut() -> F)
where
    F: Future<Output = ()>,
{
    let clock = &app.env.clock;
    let mut wait = FIRST;
    loop {
        let begun = clock.now();
        // Whatever the room shares is behind locks of its own, or in the store.
        let ended = AssertUnwindSafe(async { begin().await })
            .catch_unwind()
            .await;
        if ended.is_ok() {
            return;
        }
        let now = clock.now();
        app.rooms.fell(room, now);
        if now - begun >= STEADY {
            wait = FIRST;
        }
        clock.sleep(wait).await;
        wait = (wait * 2).min(MOST);
    }
}
