//! What time it is: the wall clock as it stood at the start plus the monotonic time since.
//!
//! In: one reading of the wall at the start, the runtime's monotonic clock, and evidence from
//! outside (the provider's timestamps and `Date` headers). Out: a time that never goes back and
//! never jumps by itself, so that moving the machine's clock fires no timer twice and none early.
//! When the wall and the count differ by more than [`DRIFT`], time is suspect: time-based actions
//! hold until evidence says which of the two is right, and no longer than [`HOLD`]: the count fires
//! nothing early, and nobody is left without an answer because a machine's clock is wrong. Absent:
//! time zones, and asking for evidence (`app/doubt.rs`). Conversation tests bring [`Played`] time instead of
//! the count. Next: [`super::Env`].

use super::played::{Hold, Played};
use ponte_core::time::{Span, Time};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Differences below this are ordinary slewing and travel time.
pub const DRIFT: Span = Span::minutes(5);
/// Without any evidence the count is believed after this long: holding on would be silence.
pub const HOLD: Span = Span::minutes(3);
/// Evidence this close to a clock confirms it: provider times are whole seconds and travel.
const AGREES: Span = Span::minutes(2);

type Wall = Box<dyn Fn() -> Time + Send + Sync>;

/// The server's clock.
pub struct Clock {
    wall: Wall,
    base: Time,
    count: Count,
    /// Microseconds that evidence has added to the count; only grows, so time never goes back.
    shift: AtomicI64,
    /// Wakes sleepers when evidence has moved the count: what they wait for may be due.
    moved: Notify,
    doubt: Mutex<Doubt>,
}

/// How time passes between two looks at the wall.
enum Count {
    /// As the runtime counts it from here.
    Since(Instant),
    Played(Arc<Played>),
}

/// What is known of the distance between wall and count.
#[derive(Debug, Default)]
struct Doubt {
    /// The distance that evidence, or patience, has settled: nothing holds for the same one again.
    pardoned: Option<Span>,
    /// Since when nothing has settled it, by the count.
    since: Option<Time>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn real() -> Clock {
        Clock::with_wall(machine_time)
    }

    /// A clock over any wall; the monotonic part is the runtime's and stands still when it is paused.
    #[must_use]
    pub fn with_wall(wall: impl Fn() -> Time + Send + Sync + 'static) -> Clock {
        Clock {
            base: wall(),
            wall: Box::new(wall),
            count: Count::Since(Instant::now()),
            shift: AtomicI64::new(0),
            moved: Notify::new(),
            doubt: Mutex::default(),
        }
    }

    /// A clock whose time is played; nothing ever contradicts it.
    #[must_use]
    pub fn played(time: &Arc<Played>) -> Clock {
        let wall = Arc::clone(time);
        Clock {
            count: Count::Played(Arc::clone(time)),
            ..Clock::with_wall(move || wall.now())
        }
    }

    /// Now; never earlier than an answer given before.
    #[must_use]
    pub fn now(&self) -> Time {
        self.shifted(self.shift.load(Ordering::Acquire))
    }

    fn shifted(&self, shift: i64) -> Time {
        let counted = match &self.count {
            Count::Since(started) => {
                i64::try_from(started.elapsed().as_micros()).unwrap_or(i64::MAX)
            }
            Count::Played(time) => (time.now() - self.base).as_micros(),
        };
        self.base + Span(counted) + Span(shift)
    }

    /// Sleeps until a point in time. Returns at once when it has passed, also by a move of the count.
    pub async fn sleep_until(&self, at: Time) {
        loop {
            // Before the time is read: a move in between is not missed.
            let moved = self.moved.notified();
            tokio::select! {
                () = self.sleep(at - self.now()) => return,
                () = moved => {}
            }
        }
    }

    /// Sleeps for a span; a negative one not at all.
    pub async fn sleep(&self, span: Span) {
        match &self.count {
            Count::Since(_) => {
                let micros = u64::try_from(span.as_micros()).unwrap_or(0);
                tokio::time::sleep(std::time::Duration::from_micros(micros)).await;
            }
            Count::Played(time) => time.sleep_until(time.now() + span).await,
        }
    }

    /// Waits for what goes on beside the runtime (a thread, a disk): played time stands still meanwhile.
    pub async fn beside<T>(&self, work: impl Future<Output = T>) -> T {
        let _hold: Option<Hold> = match &self.count {
            Count::Since(_) => None,
            Count::Played(time) => Some(time.hold()),
        };
        work.await
    }

    /// Whether the machine's wall clock contradicts the count: hold what depends on the time.
    #[must_use]
    pub fn is_suspect(&self) -> bool {
        let now = self.now();
        let apart = (self.wall)() - now;
        let mut doubt = self.doubt();
        let settled = doubt
            .pardoned
            .is_some_and(|known| close(known, apart, DRIFT));
        if close(apart, Span::ZERO, DRIFT) || settled {
            doubt.since = None;
            return false;
        }
        if now - *doubt.since.get_or_insert(now) < HOLD {
            return true;
        }
        *doubt = Doubt {
            pardoned: Some(apart),
            since: None,
        };
        false
    }

    /// Whether the wall still tells another time than the count, settled or not: worth an alarm.
    #[must_use]
    pub fn is_apart(&self) -> bool {
        !close((self.wall)() - self.now(), Span::ZERO, DRIFT)
    }

    /// An exact outside time, such as the `Date` of an answer: settles whether wall or count is right.
    pub fn saw_date(&self, seen: Time) {
        let shift = self.shift.load(Ordering::Acquire);
        let now = self.shifted(shift);
        let apart = (self.wall)() - now;
        if seen > now + AGREES {
            if close(seen - now, apart, AGREES) {
                // The count stood still (a paused machine) and the wall did not: take the wall.
                self.move_by(shift, apart);
            }
        } else if !close(apart, Span::ZERO, DRIFT) {
            // The count is right, or ahead of the world: it can't go back, and fires nothing early.
            self.doubt().pardoned = Some(apart);
        }
    }

    /// A provider's time inside a message: only ever proves that it is at least that late.
    pub fn saw_message(&self, sent: Time) {
        let shift = self.shift.load(Ordering::Acquire);
        let now = self.shifted(shift);
        if sent > now + DRIFT && close(sent - now, (self.wall)() - now, DRIFT) {
            self.move_by(shift, sent - now);
        }
    }

    fn doubt(&self) -> MutexGuard<'_, Doubt> {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the count, unless other evidence has moved it since `shift` was read: two witnesses of one
    /// gap must not close it twice.
    fn move_by(&self, shift: i64, span: Span) {
        let moved = shift.saturating_add(span.as_micros());
        let swap = self
            .shift
            .compare_exchange(shift, moved, Ordering::AcqRel, Ordering::Acquire);
        if swap.is_ok() {
            self.moved.notify_waiters();
        }
    }
}

fn close(one: Span, other: Span, within: Span) -> bool {
    one.as_micros()
        .saturating_sub(other.as_micros())
        .saturating_abs()
        <= within.as_micros()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's wall clock"
)]
fn machine_time() -> Time {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap_or_default();
    Time(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn clock_with(wall: &Arc<AtomicI64>) -> Clock {
        let wall = Arc::clone(wall);
        Clock::with_wall(move || Time(wall.load(Ordering::Relaxed)))
    }

    fn day() -> i64 {
        Span::days(1).as_micros()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_that_jumps_does_not_move_time_but_makes_it_suspect() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = clock_with(&wall);
        let before = clock.now();
        wall.fetch_add(3 * day(), Ordering::Relaxed);
        assert_eq!(clock.now(), before);
        assert!(clock.is_suspect());
        clock.saw_date(before);
        assert!(!clock.is_suspect(), "evidence agreed with the count");
        assert_eq!(clock.now(), before);
    }

    #[tokio::test(start_paused = true)]
    async fn a_count_that_stood_still_catches_up_on_evidence() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = clock_with(&wall);
        wall.fetch_add(Span::minutes(10).as_micros(), Ordering::Relaxed);
        assert!(clock.is_suspect());
        clock.saw_date(Time(day()) + Span::minutes(10));
        assert!(!clock.is_suspect());
        assert_eq!(clock.now(), Time(day()) + Span::minutes(10));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleeper_wakes_when_evidence_moves_the_count_past_its_time() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = Arc::new(clock_with(&wall));
        let begun = Instant::now();
        let sleeper = tokio::spawn({
            let clock = Arc::clone(&clock);
            async move { clock.sleep_until(Time(day()) + Span::hours(2)).await }
        });
        tokio::task::yield_now().await;
        wall.fetch_add(Span::hours(3).as_micros(), Ordering::Relaxed);
        clock.saw_date(Time(day()) + Span::hours(3));
        sleeper.await.unwrap();
        assert!(begun.elapsed().as_secs() < 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wall_that_goes_back_never_takes_time_back() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = clock_with(&wall);
        clock.sleep(Span::secs(5)).await;
        wall.fetch_sub(Span::hours(1).as_micros(), Ordering::Relaxed);
        assert_eq!(clock.now(), Time(day()) + Span::secs(5));
        assert!(clock.is_suspect());
        clock.saw_date(clock.now() - Span::hours(1));
        assert_eq!(clock.now(), Time(day()) + Span::secs(5));
        assert!(
            !clock.is_suspect(),
            "a count ahead of the world fires nothing early: go on"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn doubt_that_nothing_settles_ends_and_a_new_jump_begins_it_again() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = clock_with(&wall);
        wall.fetch_add(3 * day(), Ordering::Relaxed);
        assert!(clock.is_suspect());
        clock.sleep(Span::minutes(2)).await;
        assert!(clock.is_suspect(), "not yet");
        clock.sleep(Span::minutes(1)).await;
        assert!(!clock.is_suspect(), "nobody is held for ever");
        assert!(clock.is_apart(), "and the alarm stays");
        wall.fetch_add(day(), Ordering::Relaxed);
        assert!(clock.is_suspect(), "another jump is another doubt");
    }

    #[tokio::test(start_paused = true)]
    async fn an_old_message_proves_nothing_and_a_hostile_one_neither() {
        let wall = Arc::new(AtomicI64::new(day()));
        let clock = clock_with(&wall);
        clock.saw_message(Time::ZERO);
        clock.saw_message(Time(i64::MAX));
        assert_eq!(clock.now(), Time(day()));
    }
}
