//! Keeps a room alive: one that panics is begun again, counted, and shown.
//!
//! In: how to begin a room. Out: its life, restarted after a growing wait; and for `/readyz`, which
//! rooms are in trouble. What a dead room had in memory is still in its table. Absent: what rooms
//! do, and blame for single rows, which is the rooms' own. Next: [`super::run`].

use crate::env::Clock;
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
pub async fn keep<F>(
    clock: Arc<Clock>,
    rooms: Rooms,
    room: &'static str,
    mut begin: impl FnMut() -> F,
) where
    F: Future<Output = ()>,
{
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
        rooms.fell(room, now);
        if now - begun >= STEADY {
            wait = FIRST;
        }
        clock.sleep(wait).await;
        wait = (wait * 2).min(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(start_paused = true)]
    async fn a_room_that_panics_is_begun_again_and_shown_until_it_is_steady() {
        let clock = Arc::new(Clock::with_wall(|| Time(1)));
        let rooms = Rooms::default();
        let lives = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&lives);
        let begun = clock.now();
        keep(Arc::clone(&clock), rooms.clone(), "test", move || {
            let life = counted.fetch_add(1, Ordering::Relaxed);
            async move { assert!(life >= 3, "played") }
        })
        .await;
        assert_eq!(lives.load(Ordering::Relaxed), 4);
        assert_eq!(
            clock.now() - begun,
            Span::secs(1 + 2 + 4),
            "it waits longer each time"
        );
        assert!(rooms.is_troubled(clock.now()));
        assert!(!rooms.is_troubled(clock.now() + STEADY));
    }
}
