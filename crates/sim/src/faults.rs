//! The faults of the world by name, armed and counted.
//!
//! In: a name and how often it should strike. Out: for each place that could go wrong the answer whether
//! it goes wrong now, and a counter of how often it did. A fault that could not apply (no earlier item to
//! batch with, no status to drop) is not asked and so is neither spent nor counted. Deliberately absent:
//! what a fault does; that stands at the place it strikes (`graph/mod.rs` for calls, `deliver.rs` for
//! webhooks, `status.rs` for statuses, `world/owner.rs` for echoes). Next: those.

use crate::rng::Rng;
use std::collections::BTreeMap;

macro_rules! faults {
    ($($variant:ident = $name:literal, $what:literal;)*) => {
        /// Everything that can go wrong on purpose.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $(#[doc = $what] $variant,)* }

        impl Fault {
            /// Every fault, in the order of this table.
            pub const ALL: &'static [Fault] = &[$(Fault::$variant,)*];

            /// The kebab-case name.
            pub fn name(self) -> &'static str {
                match self { $(Fault::$variant => $name,)* }
            }

            /// One line saying what happens.
            pub fn describe(self) -> &'static str {
                match self { $(Fault::$variant => $what,)* }
            }
        }
    };
}

faults! {
    DuplicateDelivery = "duplicate-delivery", "The same webhook body is posted again some seconds later.";
    ConcurrentDuplicate = "concurrent-duplicate", "The same webhook body is posted twice at the same instant.";
    RebatchWithOthers = "rebatch-with-others", "An item already delivered comes again, batched with a new one.";
    Reorder = "reorder", "An item is held back two seconds so that later ones overtake it.";
    DelayDelivery = "delay-delivery", "An item arrives 30 seconds to 10 minutes late.";
    Batch = "batch", "Items wait for the next half second and arrive in one body.";
    RedeliveryAfterDays = "redelivery-after-days", "The same body comes again 6 days and 23 hours later.";
    BadSignature = "bad-signature", "The first attempt carries a signature that does not verify.";
    OldSecret = "old-secret", "The body is signed with the previous app secret.";
    DropStatus = "drop-status", "A status webhook is never sent.";
    LateStatus = "late-status", "A status webhook comes 10 to 20 minutes late.";
    StatusRegression = "status-regression", "After a later status an earlier one comes again.";
    DuplicateStatus = "duplicate-status", "A status webhook is sent twice.";
    StatusBeforeAnswer = "status-before-answer", "The first status is posted before the answer to the send.";
    UnknownField = "unknown-field", "A change of an unknown webhook field and unknown properties appear.";
    UnknownKind = "unknown-kind", "An extra message of a kind nobody knows arrives from the same customer.";
    MalformedItemInBatch = "malformed-item-in-batch", "A broken change stands beside a good one in the same body.";
    ForeignNumber = "foreign-number", "A change for a number that is not ours stands in the same body.";
    Api5xxAccepted = "api-5xx-accepted", "The message is accepted, the answer is a 500.";
    Api5xxRefused = "api-5xx-refused", "Nothing is accepted, the answer is a 503.";
    ApiTimeoutAfterAccept = "api-timeout-after-accept", "The message is accepted, no answer ever comes.";
    ApiHang = "api-hang", "Nothing is accepted and no answer ever comes.";
    ConnectionRefused = "connection-refused", "No connection: not a byte is read.";
    CutBeforeAccept = "cut-before-accept", "The request is read, then the connection closes; nothing is accepted.";
    CutAfterAccept = "cut-after-accept", "The message is accepted, then the connection closes unanswered.";
    CutMidBody = "cut-mid-body", "The message is accepted, the answer breaks off inside its body.";
    AnswerWithoutId = "answer-without-id", "The message is accepted, the 200 carries no message id.";
    Throttle130429 = "throttle-130429", "Refused: throughput of the number.";
    AppRate4 = "app-rate-4", "Refused: call rate of the app.";
    AppRate80007 = "app-rate-80007", "Refused: call rate of the account.";
    Pair131056 = "pair-131056", "Refused: pair rate.";
    TokenExpired190 = "token-expired-190", "Refused: the token has expired.";
    WindowClosed131047 = "window-closed-131047", "Refused: the window is closed although it looked open.";
    Maintenance131057 = "maintenance-131057", "Refused: the number is being upgraded.";
    TemplatePaused132015 = "template-paused-132015", "Refused: the template is paused.";
    HeldForQuality = "held-for-quality", "Accepted but held for quality assessment for a minute.";
    AsyncFailed = "async-failed", "Accepted, later a failed status.";
    LostEcho = "lost-echo", "A message sent in the phone app is never echoed.";
    LateEcho = "late-echo", "An echo comes 1 to 5 minutes late.";
    EchoOfApiMessage = "echo-of-api-message", "A message sent through the API is echoed as if from the phone app.";
    HistoryWithheld = "history-withheld", "The message history answers with an empty list.";
    HistoryLags = "history-lags", "The message history does not yet show the last ten minutes.";
    SlowApi = "slow-api", "The answer takes 2 to 8 seconds.";
    DuplicatedByProxy = "duplicated-by-proxy", "Something between repeats the POST: two messages, one answer.";
}

impl std::str::FromStr for Fault {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Fault::ALL
            .iter()
            .copied()
            .find(|fault| fault.name() == name)
            .ok_or_else(|| format!("no fault is named {name:?}"))
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How often an armed fault strikes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Arming {
    /// Never.
    #[default]
    Off,
    /// Every time it could.
    Always,
    /// The next so many times it could.
    Next(u32),
    /// With this probability, in thousandths.
    PerMille(u16),
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    arming: Arming,
    struck: u64,
}

/// Which faults are armed, and how often each has struck.
#[derive(Debug, Clone)]
pub struct Faults {
    slots: BTreeMap<Fault, Slot>,
    rng: Rng,
}

impl Faults {
    pub(crate) fn new(rng: Rng) -> Self {
        Self {
            slots: Fault::ALL
                .iter()
                .map(|fault| (*fault, Slot::default()))
                .collect(),
            rng,
        }
    }

    /// Arms a fault; replaces how it was armed before.
    pub fn arm(&mut self, fault: Fault, arming: Arming) {
        self.slots.entry(fault).or_default().arming = arming;
    }

    /// Every time it could.
    pub fn always(&mut self, fault: Fault) {
        self.arm(fault, Arming::Always);
    }

    /// The next `times` it could.
    pub fn next(&mut self, fault: Fault, times: u32) {
        self.arm(fault, Arming::Next(times));
    }

    /// With a probability in thousandths.
    pub fn per_mille(&mut self, fault: Fault, probability: u16) {
        self.arm(fault, Arming::PerMille(probability));
    }

    /// Stops one fault; its counter stays.
    pub fn disarm(&mut self, fault: Fault) {
        self.arm(fault, Arming::Off);
    }

    /// Stops every fault; the counters stay.
    pub fn calm(&mut self) {
        for slot in self.slots.values_mut() {
            slot.arming = Arming::Off;
        }
    }

    /// How a fault is armed now.
    pub fn arming(&self, fault: Fault) -> Arming {
        self.slots
            .get(&fault)
            .map_or(Arming::Off, |slot| slot.arming)
    }

    /// How often a fault has struck.
    pub fn struck(&self, fault: Fault) -> u64 {
        self.slots.get(&fault).map_or(0, |slot| slot.struck)
    }

    /// Whether the fault strikes here and now; spends one of its times and counts.
    pub(crate) fn strike(&mut self, fault: Fault) -> bool {
        let Some(slot) = self.slots.get_mut(&fault) else {
            return false;
        };
        let strikes = match slot.arming {
            Arming::Off => false,
            Arming::Always => true,
            Arming::Next(0) => false,
            Arming::Next(left) => {
                slot.arming = if left == 1 {
                    Arming::Off
                } else {
                    Arming::Next(left - 1)
                };
                true
            }
            Arming::PerMille(probability) => self.rng.below(1000) < u64::from(probability),
        };
        slot.struck += u64::from(strikes);
        strikes
    }

    /// A span drawn from the faults' own stream.
    pub(crate) fn span(&mut self, low: i64, high: i64) -> i64 {
        self.rng.between(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calm() -> Faults {
        Faults::new(Rng::new(9))
    }

    #[test]
    fn names_are_kebab_case_unique_and_parse_back() {
        let mut seen = std::collections::BTreeSet::new();
        for fault in Fault::ALL {
            assert!(
                fault
                    .name()
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            );
            assert!(seen.insert(fault.name()), "{fault} twice");
            assert_eq!(fault.name().parse::<Fault>(), Ok(*fault));
            assert!(fault.describe().ends_with('.'));
        }
        assert!("no-such".parse::<Fault>().is_err());
        assert_eq!(Fault::ALL.len(), 44);
    }

    #[test]
    fn nothing_strikes_unarmed() {
        let mut faults = calm();
        assert!(Fault::ALL.iter().all(|fault| !faults.strike(*fault)));
        assert!(Fault::ALL.iter().all(|fault| faults.struck(*fault) == 0));
    }

    #[test]
    fn next_strikes_exactly_that_often() {
        let mut faults = calm();
        faults.next(Fault::Batch, 2);
        let hits: Vec<bool> = (0..4).map(|_| faults.strike(Fault::Batch)).collect();
        assert_eq!(hits, [true, true, false, false]);
        assert_eq!(faults.struck(Fault::Batch), 2);
        assert_eq!(faults.arming(Fault::Batch), Arming::Off);
        faults.next(Fault::Batch, 0);
        assert!(!faults.strike(Fault::Batch));
    }

    #[test]
    fn probability_is_near_its_value_and_repeatable() {
        let run = || {
            let mut faults = calm();
            faults.per_mille(Fault::SlowApi, 100);
            (0..10_000)
                .filter(|_| faults.strike(Fault::SlowApi))
                .count()
        };
        let hits = run();
        assert!((850..1150).contains(&hits), "{hits}");
        assert_eq!(hits, run());
    }

    #[test]
    fn always_lasts_until_calm_and_counters_survive() {
        let mut faults = calm();
        faults.always(Fault::Reorder);
        assert!(faults.strike(Fault::Reorder) && faults.strike(Fault::Reorder));
        faults.calm();
        assert!(!faults.strike(Fault::Reorder));
        assert_eq!(faults.struck(Fault::Reorder), 2);
    }
}
