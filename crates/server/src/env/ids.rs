//! New ids: UUIDv7 made from the server's clock, ordered within one process.
//!
//! In: the time and a source of random bits. Out: ids that sort by creation even when the clock
//! stands still or two are made in one millisecond. Absent: derived ids, which decisions make from
//! their event. Next: `ponte_core::ids`.

use ponte_core::time::Time;
use std::sync::Mutex;
use uuid::Uuid;

type Source = Box<dyn FnMut() -> u128 + Send>;

/// Makes ids.
pub struct Ids(Mutex<Inner>);

struct Inner {
    source: Source,
    millis: u64,
    counter: u16,
}

/// The counter lives in the 12 bits of `rand_a`; beyond it the millisecond is borrowed from the future.
const COUNTER_MAX: u16 = 0x0fff;

impl Ids {
    /// Random bits from the operating system.
    #[must_use]
    pub fn random() -> Ids {
        Ids::from_source(machine_bits)
    }

    /// Random bits from the caller: a seeded world repeats itself.
    #[must_use]
    pub fn from_source(source: impl FnMut() -> u128 + Send + 'static) -> Ids {
        Ids(Mutex::new(Inner {
            source: Box::new(source),
            millis: 0,
            counter: 0,
        }))
    }

    /// The next id; later calls give greater ids.
    #[must_use]
    pub fn next(&self, now: Time) -> Uuid {
        let mut inner = match self.0.lock() {
            Ok(inner) => inner,
            Err(poisoned) => poisoned.into_inner(),
        };
        let millis = u64::try_from(now.micros().max(0) / 1_000).unwrap_or(0);
        if millis > inner.millis {
            inner.millis = millis;
            inner.counter = 0;
        } else if inner.counter == COUNTER_MAX {
            inner.millis += 1;
            inner.counter = 0;
        } else {
            inner.counter += 1;
        }
        let bits = (inner.source)();
        let mut bytes = bits.to_be_bytes();
        bytes[..6].copy_from_slice(&inner.millis.to_be_bytes()[2..]);
        bytes[6..8].copy_from_slice(&(0x7000 | inner.counter).to_be_bytes());
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Uuid::from_bytes(bytes)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that takes randomness from the machine"
)]
fn machine_bits() -> u128 {
    // The time part of a v7 id is replaced by the caller's; its 62 random bits are what is wanted.
    Uuid::now_v7().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_creation_even_when_time_stands_still_or_goes_back() {
        let ids = Ids::random();
        let now = Time::from_secs(1_800_000_000);
        let mut last = ids.next(now);
        for n in 0..10_000_i64 {
            let next = ids.next(Time(now.micros() - n * 1_000));
            assert!(next > last);
            assert_eq!(next.get_version_num(), 7);
            last = next;
        }
    }

    #[test]
    fn the_same_source_gives_the_same_ids() {
        let now = Time::from_secs(1_800_000_000);
        let one = Ids::from_source(|| 42);
        let other = Ids::from_source(|| 42);
        assert_eq!(one.next(now), other.next(now));
    }
}
