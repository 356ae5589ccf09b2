//! The host's clock: the machine's time plus an offset that only grows.
//!
//! In: seconds to advance. Out: Unix microseconds that never go back. Measured from one reading of the wall
//! clock at the start and monotonic time since, so that a step of the machine's clock does not disturb a run.
//! Deliberately absent: frozen time; tests that need it use `Cloud` without a host.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

#[derive(Debug)]
pub(super) struct Clock {
    started_at: i64,
    started: Instant,
    offset: AtomicI64,
}

impl Clock {
    pub(super) fn start(offset_us: i64) -> Self {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| micros(since.as_micros()));
        Self {
            started_at: wall,
            started: Instant::now(),
            offset: AtomicI64::new(offset_us),
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.started_at + micros(self.started.elapsed().as_micros()) + self.offset()
    }

    pub(super) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Moves forward; a negative span is ignored.
    pub(super) fn advance(&self, span_us: i64) {
        self.offset.fetch_add(span_us.max(0), Ordering::Relaxed);
    }
}

fn micros(value: u128) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_moves_forward_only() {
        let clock = Clock::start(0);
        let before = clock.now();
        clock.advance(-5_000_000);
        assert!(clock.now() >= before);
        clock.advance(3_600_000_000);
        assert!(clock.now() >= before + 3_600_000_000);
        assert_eq!(clock.offset(), 3_600_000_000);
    }
}
