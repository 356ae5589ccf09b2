//! When the next message may leave a number: a pure account of what has passed through it.
//!
//! In: what was sent and received and how it went, with times. Out: [`Pace::next_allowed`]. Exact
//! for the number (a sliding log, so never more than the limit in *any* window of one second,
//! inbound counted where the number is shared with the phone app) and for the pair of number and
//! customer (one message in 6 seconds, 45 ahead). Absent: queues, sleeping and the clock — the
//! sender of the server keeps one `Pace` per number it owns and asks before each claim.

use crate::effect::Lane;
use crate::ids::ConversationId;
use crate::time::{Span, Time};
use std::collections::{BTreeMap, VecDeque};

pub use crate::book::PAIR_BURST;

/// The pair rule of the channel: one message in this long…
const PAIR_EVERY: Span = Span::secs(6);
/// How far back an attempt still weighs on its pair: whoever takes a number over reads the attempts
/// of this long and gives them to [`Pace::seed`].
pub const PAIR_MEMORY: Span = Span::secs(6 * 45);
/// Failures in a row before the number is left alone for a while.
const CIRCUIT_AFTER: u32 = 5;
/// A clock that steps back further than this was set anew: old times mean nothing any more.
const CLOCK_STEP: Span = Span::secs(10);

/// What a number may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages in any window of one second.
    pub per_second: u32,
    /// Received messages count too (coexistence).
    pub inbound: bool,
    /// Kept free of our own messages, for what customers send meanwhile.
    pub reserve: u32,
    /// Added to the second: messages may bunch up on their way to the provider.
    pub slack: Span,
    /// Messages to one customer that may be borrowed from later; 0: no pair rule at all.
    pub pair_burst: u32,
}

impl Limits {
    /// The usual limits: a tenth kept for inbound in coexistence, 50 ms of slack.
    #[must_use]
    pub fn new(per_second: u32, coexistence: bool) -> Limits {
        let per_second = per_second.max(1);
        Limits {
            per_second,
            inbound: coexistence,
            reserve: if coexistence { per_second / 10 } else { 0 },
            slack: Span::millis(50),
            pair_burst: PAIR_BURST,
        }
    }

    /// The same with another pair rule; 0 switches it off.
    #[must_use]
    pub fn with_pair_burst(mut self, burst: u32) -> Limits {
        self.pair_burst = burst;
        self
    }

    fn window(&self) -> Span {
        Span::secs(1) + self.slack
    }
}

/// The account of one number.
#[derive(Clone, Debug)]
pub struct Pace {
    limits: Limits,
    /// What counted in the last window, oldest first.
    all: VecDeque<Time>,
    /// Our own among them.
    own: VecDeque<Time>,
    /// Per pair: until when the messages sent so far use up the steady rate.
    pairs: BTreeMap<ConversationId, Time>,
    /// Nothing may leave before this.
    hold: Time,
    /// Rate refusals in a row.
    refusals: u32,
    /// Failures of the connection or the provider in a row.
    failures: u32,
    /// How often the circuit has opened in a row.
    opened: u32,
    newest: Time,
}

impl Pace {
    /// A number just taken over. What its former owner sent in the last second is not known, so
    /// the whole of it counts as used.
    #[must_use]
    pub fn new(limits: Limits, at: Time) -> Pace {
        Pace {
            limits,
            all: VecDeque::new(),
            own: VecDeque::new(),
            pairs: BTreeMap::new(),
            hold: at + Span::secs(1) + limits.slack,
            refusals: 0,
            failures: 0,
            opened: 0,
            newest: at,
        }
    }

    /// What left under the former owner (claims of the last [`PAIR_MEMORY`], in any order), so that a
    /// customer's borrowed messages stay borrowed through a restart or a move. The number's own second
    /// needs none of it: [`Pace::new`] takes the whole of it as used.
    pub fn seed(&mut self, attempts: impl IntoIterator<Item = (ConversationId, Time)>) {
        if self.limits.pair_burst == 0 {
            return;
        }
        let mut attempts: Vec<_> = attempts.into_iter().collect();
        attempts.sort_by_key(|(_, at)| *at);
        for (pair, at) in attempts {
            // Another node's clock may be a little ahead: not later than now.
            let at = at.min(self.newest);
            let used = self.pairs.entry(pair).or_insert(at);
            *used = (*used).max(at) + PAIR_EVERY;
        }
        self.forget_pairs(self.newest);
    }

    /// The limits changed (throughput upgrade, settings).
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The earliest time at which a message of this conversation may leave; `at` or before: now.
    #[must_use]
    pub fn next_allowed(&self, pair: ConversationId, lane: Lane, at: Time) -> Time {
        let pair_free = match self.pairs.get(&pair) {
            Some(used_until) if self.limits.pair_burst > 0 => {
                *used_until - PAIR_EVERY * (i64::from(self.limits.pair_burst) - 1)
            }
            Some(_) | None => at,
        };
        self.number_allowed(lane, at).max(pair_free).max(at)
    }

    /// As [`Pace::next_allowed`], for the number alone: how long its whole queue must wait.
    #[must_use]
    pub fn number_allowed(&self, lane: Lane, at: Time) -> Time {
        let window = self.limits.window();
        // The n-th newest entry must have left the window before another may enter.
        let nth = |log: &VecDeque<Time>, n: usize| match log.len().checked_sub(n.max(1)) {
            Some(i) => log.get(i).map_or(at, |time| *time + window),
            None => at,
        };
        // What customers are sending at this moment is not known here yet: the reserve is theirs.
        let known = self.limits.per_second.saturating_sub(self.limits.reserve);
        let total = (known as usize).max(1);
        nth(&self.own, self.own_share(lane))
            .max(nth(&self.all, total))
            .max(self.hold)
            .max(at)
    }

    /// How many of a second's messages may be ours in this lane. Campaigns leave a quarter free, so
    /// that an answer never waits behind them.
    fn own_share(&self, lane: Lane) -> usize {
        let own = self.limits.per_second.saturating_sub(self.limits.reserve);
        let share = match lane {
            Lane::Conversation => own,
            Lane::Campaign => own - own.div_ceil(4).min(own.saturating_sub(1)),
        };
        (share as usize).max(1)
    }

    /// A message of ours leaves now (call it when the claim is made, before the request).
    pub fn sent(&mut self, pair: ConversationId, at: Time) {
        let at = self.forward(at);
        self.count(at, true);
        if self.limits.pair_burst == 0 {
            return;
        }
        let used = self.pairs.entry(pair).or_insert(at);
        *used = (*used).max(at) + PAIR_EVERY;
        if self.pairs.len() > 1_024 && self.pairs.len().is_power_of_two() {
            self.forget_pairs(at);
        }
    }

    /// A message came in.
    pub fn received(&mut self, at: Time) {
        let at = self.forward(at);
        if self.limits.inbound {
            self.count(at, false);
        }
    }

    /// A send came through: what went wrong before is over.
    pub fn went_well(&mut self) {
        self.refusals = 0;
        self.failures = 0;
        self.opened = 0;
    }

    /// The provider refused for a reason that concerns the whole number. Other codes change nothing.
    pub fn refused(&mut self, code: i64, at: Time) {
        let at = self.forward(at);
        let wait = match code {
            130_429 => Span::secs(1 << self.refusals.min(8)),
            4 | 80_007 => Span::secs(60 << self.refusals.min(6)),
            131_057 | 2_494_100 => Span::secs(60),
            _ => return,
        };
        self.refusals = self.refusals.saturating_add(1);
        self.hold = self.hold.max(at + wait);
    }

    /// A send failed without the provider's word (no connection, time-out, 5xx). After a few in a
    /// row the number rests, longer each time, and then one message tries.
    pub fn failed(&mut self, at: Time) {
        let at = self.forward(at);
        self.failures = self.failures.saturating_add(1);
        if self.failures >= CIRCUIT_AFTER {
            let rest = Span::secs((10_i64 << self.opened.min(5)).min(300));
            self.hold = self.hold.max(at + rest);
            self.opened = self.opened.saturating_add(1);
            // One more failure opens it again.
            self.failures = CIRCUIT_AFTER - 1;
        }
    }

    /// How many messages the last window of a second holds, received ones too where they count.
    #[must_use]
    pub fn used(&self, at: Time) -> u32 {
        let from = at - self.limits.window();
        let held = self.all.iter().filter(|time| **time > from).count();
        u32::try_from(held).unwrap_or(u32::MAX)
    }

    /// Until when nothing may leave, after refusals or failures.
    #[must_use]
    pub fn rests_until(&self, at: Time) -> Option<Time> {
        self.resting(at).then_some(self.hold)
    }

    /// Whether the number rests because of repeated failures or refusals.
    #[must_use]
    pub fn resting(&self, at: Time) -> bool {
        self.hold > at
    }

    fn count(&mut self, at: Time, ours: bool) {
        let window = self.limits.window();
        // Twice the limit: inbound may exceed it, and must not push our own out of sight.
        let most = (self.limits.per_second as usize).saturating_mul(2);
        for log in [&mut self.all, &mut self.own] {
            while log.len() >= most || log.front().is_some_and(|time| *time + window <= at) {
                log.pop_front();
            }
        }
        self.all.push_back(at);
        if ours {
            self.own.push_back(at);
        }
    }

    fn forget_pairs(&mut self, at: Time) {
        self.pairs.retain(|_, used| *used > at);
    }

    /// Times never run backwards here: a small step back counts as no step; a large one means that
    /// the clock was set, and everything known is moved to now, which is the careful reading.
    fn forward(&mut self, at: Time) -> Time {
        if self.newest - at > CLOCK_STEP {
            let back = self.newest - at;
            let logs = self.all.iter_mut().chain(&mut self.own);
            logs.for_each(|time| *time = at);
            self.pairs
                .values_mut()
                .for_each(|used| *used = *used - back);
            self.hold = self.hold - back;
            self.newest = at;
        }
        self.newest = self.newest.max(at);
        self.newest
    }
}
