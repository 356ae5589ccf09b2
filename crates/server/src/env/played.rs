//! Time that is played: it stands still while there is work, and goes to the next thing that is waited for
//! when there is none.
//!
//! In: sleepers with their deadlines, and word from the runtime that it has nothing to do. Out: the time, in
//! microseconds. A day passes in as many moments as it has deadlines. Absent: threads; it belongs to one
//! runtime of one thread, whose `on_thread_park` calls [`Played::idle`]. Work that goes on beside that
//! thread holds time still ([`Played::hold`]). Next: [`super::clock`], and `dialogue`, which plays with it.

use ponte_core::time::Time;
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

/// A clock's hands, moved by nobody but whoever waits.
#[derive(Default)]
pub struct Played {
    now: AtomicI64,
    holds: AtomicU32,
    sleepers: Mutex<Sleepers>,
}

#[derive(Default)]
struct Sleepers {
    /// By deadline, and then in the order in which they lay down.
    waiting: BTreeMap<(i64, u64), Waker>,
    last: u64,
}

impl Played {
    /// Begins at a time.
    #[must_use]
    pub fn from(start: Time) -> Arc<Played> {
        Arc::new(Played {
            now: AtomicI64::new(start.micros()),
            ..Played::default()
        })
    }

    #[must_use]
    pub fn now(&self) -> Time {
        Time(self.now.load(Ordering::Acquire))
    }

    /// The runtime has nothing to do: time goes to the next deadline, and wakes who waits for it. Does
    /// nothing while it is held, or when nobody sleeps.
    pub fn idle(&self) {
        if self.holds.load(Ordering::Acquire) > 0 {
            return;
        }
        let next = self.sleepers().waiting.keys().next().copied();
        if let Some((due, _)) = next {
            self.jump(Time(due));
        }
    }

    /// Time goes there at once, without what would have happened in between. Never back.
    pub fn jump(&self, to: Time) {
        self.now.fetch_max(to.micros(), Ordering::AcqRel);
        let due = {
            let mut held = self.sleepers();
            let later = held.waiting.split_off(&(self.now().micros() + 1, 0));
            std::mem::replace(&mut held.waiting, later)
        };
        for waker in due.into_values() {
            waker.wake();
        }
    }

    /// Time stands still until the guard is dropped.
    #[must_use]
    pub fn hold(self: &Arc<Played>) -> Hold {
        self.holds.fetch_add(1, Ordering::AcqRel);
        Hold(Arc::clone(self))
    }

    /// Sleeps until then.
    #[must_use]
    pub fn sleep_until(self: &Arc<Played>, due: Time) -> Sleep {
        Sleep {
            time: Arc::clone(self),
            due,
            place: None,
        }
    }

    fn sleepers(&self) -> MutexGuard<'_, Sleepers> {
        self.sleepers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Holds time still while work goes on that time doesn't know of.
pub struct Hold(Arc<Played>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.holds.fetch_sub(1, Ordering::AcqRel);
    }
}

/// One who sleeps.
pub struct Sleep {
    time: Arc<Played>,
    due: Time,
    place: Option<(i64, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.time.now() >= self.due {
            return Poll::Ready(());
        }
        let time = Arc::clone(&self.time);
        let mut held = time.sleepers();
        let place = self.place.unwrap_or_else(|| {
            held.last += 1;
            (self.due.micros(), held.last)
        });
        held.waiting.insert(place, context.waker().clone());
        self.place = Some(place);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(place) = self.place {
            self.time.sleepers().waiting.remove(&place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::time::Span;

    const START: Time = Time(1_795_176_000_000_000);

    fn runtime(time: &Arc<Played>) -> tokio::runtime::Runtime {
        let idle = Arc::clone(time);
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .on_thread_park(move || idle.idle())
            .build()
            .unwrap()
    }

    #[test]
    fn sleepers_wake_in_the_order_of_their_deadlines_and_a_day_takes_no_time() {
        let time = Played::from(START);
        let woken = Arc::new(Mutex::new(Vec::new()));
        runtime(&time).block_on(async {
            for hours in [20, 3, 9] {
                let (time, woken) = (Arc::clone(&time), Arc::clone(&woken));
                tokio::spawn(async move {
                    time.sleep_until(START + Span::hours(hours)).await;
                    woken.lock().unwrap().push((hours, time.now()));
                });
            }
            time.sleep_until(START + Span::days(1)).await;
        });
        let told = woken.lock().unwrap().clone();
        let expected = [3, 9, 20].map(|hours| (hours, START + Span::hours(hours)));
        assert_eq!(told, expected);
        assert_eq!(time.now(), START + Span::days(1));
    }

    #[test]
    fn work_beside_the_thread_holds_time_still() {
        let time = Played::from(START);
        let late = runtime(&time).block_on(async {
            let sleeper = tokio::spawn(time.sleep_until(START + Span::secs(1)));
            let hold = time.hold();
            let work = tokio::task::spawn_blocking(|| {
                std::thread::sleep(std::time::Duration::from_millis(20));
            });
            work.await.unwrap();
            let meanwhile = time.now();
            drop(hold);
            sleeper.await.unwrap();
            meanwhile
        });
        assert_eq!(late, START, "nothing passed while it was held");
        assert_eq!(time.now(), START + Span::secs(1));
    }

    #[test]
    fn a_jump_wakes_everybody_who_is_due_and_never_goes_back() {
        let time = Played::from(START);
        let mut early = Box::pin(time.sleep_until(START + Span::secs(1)));
        let mut late = Box::pin(time.sleep_until(START + Span::secs(9)));
        let mut context = Context::from_waker(Waker::noop());
        assert!(early.as_mut().poll(&mut context).is_pending());
        assert!(late.as_mut().poll(&mut context).is_pending());
        time.jump(START + Span::secs(5));
        time.jump(START);
        assert_eq!(time.now(), START + Span::secs(5));
        assert!(early.as_mut().poll(&mut context).is_ready());
        assert!(late.as_mut().poll(&mut context).is_pending());
        drop(late);
        assert!(
            time.sleepers().waiting.is_empty(),
            "who left sleeps no more"
        );
    }
}
