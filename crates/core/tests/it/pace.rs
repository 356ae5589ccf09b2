//! Pace: whatever is asked in whatever order, no window of a second carries more than it may.

use ponte_core::effect::Lane;
use ponte_core::ids::ConversationId;
use ponte_core::pace::{Limits, Pace};
use ponte_core::time::{Span, Time};
use proptest::prelude::*;
use uuid::Uuid;

const START: Time = Time(1_795_186_800_000_000);

fn pair(n: u8) -> ConversationId {
    ConversationId(Uuid::from_u128(u128::from(n)))
}

/// The most of `times` in any window of one second (half open).
fn most(times: &[Time]) -> usize {
    (0..times.len())
        .map(|i| {
            let inside = times[i..]
                .iter()
                .take_while(|t| **t - times[i] < Span::secs(1));
            inside.count()
        })
        .max()
        .unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_more_than_the_limit_in_any_second(
        per_second in 1u32..40,
        steps in prop::collection::vec((0i64..400_000, any::<u8>(), any::<bool>(), any::<bool>()), 1..300),
    ) {
        let mut pace = Pace::new(Limits::new(per_second, true), START);
        let mut now = START;
        let (mut all, mut ours) = (Vec::new(), Vec::new());
        for (wait, n, inbound, campaign) in steps {
            now = now + Span(wait);
            if inbound {
                // The customers keep to what is free: they can't be paced.
                let free = all.iter().filter(|t| now - **t < Span::secs(1)).count() < per_second as usize;
                if free && n < 60 {
                    pace.received(now);
                    all.push(now);
                }
                continue;
            }
            let lane = if campaign { Lane::Campaign } else { Lane::Conversation };
            now = pace.next_allowed(pair(n), lane, now);
            pace.sent(pair(n), now);
            all.push(now);
            ours.push((now, n));
        }
        prop_assert!(most(&all) <= per_second as usize);
        for n in 0..=255u8 {
            let times: Vec<Time> = ours.iter().filter(|(_, p)| *p == n).map(|(t, _)| *t).collect();
            for i in 45..times.len() {
                // 45 at once, then one each six seconds.
                let since = times[i] - times[0];
                prop_assert!(i64::try_from(i).unwrap() - 44 <= since.as_micros() / 6_000_000 + 1);
            }
        }
    }

    #[test]
    fn waiting_until_allowed_is_enough(waits in prop::collection::vec(0i64..3_000_000, 1..100)) {
        let mut pace = Pace::new(Limits::new(5, false), START);
        let mut now = START;
        for wait in waits {
            now = now + Span(wait);
            let when = pace.next_allowed(pair(1), Lane::Conversation, now);
            prop_assert!(when >= now);
            prop_assert_eq!(pace.next_allowed(pair(1), Lane::Conversation, when), when);
            now = when;
            pace.sent(pair(1), now);
        }
    }
}

#[test]
fn a_number_just_taken_over_waits_a_second() {
    let pace = Pace::new(Limits::new(20, true), START);
    let when = pace.next_allowed(pair(1), Lane::Conversation, START);
    assert!(when >= START + Span::secs(1));
}

#[test]
fn conversations_find_room_while_a_campaign_runs() {
    let limits = Limits::new(20, false);
    let mut pace = Pace::new(limits, START);
    let now = START + Span::secs(5);
    let mut sent = 0u8;
    while pace.next_allowed(pair(sent), Lane::Campaign, now) <= now {
        pace.sent(pair(sent), now);
        sent += 1;
    }
    assert_eq!(sent, 15, "a campaign leaves a quarter");
    assert_eq!(pace.next_allowed(pair(200), Lane::Conversation, now), now);
}

#[test]
fn forty_five_may_go_at_once_and_then_one_each_six_seconds() {
    let mut pace = Pace::new(Limits::new(1_000, false), START);
    let now = START + Span::secs(5);
    for _ in 0..45 {
        assert_eq!(pace.next_allowed(pair(1), Lane::Conversation, now), now);
        pace.sent(pair(1), now);
    }
    let next = pace.next_allowed(pair(1), Lane::Conversation, now);
    assert_eq!(next, now + Span::secs(6));
    assert_eq!(
        pace.next_allowed(pair(2), Lane::Conversation, now),
        now,
        "others are free"
    );
}

#[test]
fn rate_refusals_rest_the_number_longer_each_time() {
    let mut pace = Pace::new(Limits::new(20, false), START);
    let now = START + Span::secs(5);
    let mut last = Span::ZERO;
    for _ in 0..4 {
        pace.refused(130_429, now);
        let wait = pace.next_allowed(pair(1), Lane::Conversation, now) - now;
        assert!(wait > last);
        last = wait;
    }
    pace.refused(131_026, now);
    let same = pace.next_allowed(pair(1), Lane::Conversation, now) - now;
    assert_eq!(
        same, last,
        "a refusal of one message does not concern the number"
    );
    let later = now + Span::hours(1);
    assert!(!pace.resting(later));
    pace.went_well();
    pace.refused(130_429, later);
    assert_eq!(
        pace.number_allowed(Lane::Conversation, later),
        later + Span::secs(1)
    );
}

#[test]
fn five_failures_open_the_circuit_and_a_success_closes_it() {
    let mut pace = Pace::new(Limits::new(20, false), START);
    let now = START + Span::secs(5);
    for _ in 0..4 {
        pace.failed(now);
    }
    assert!(!pace.resting(now));
    pace.failed(now);
    assert_eq!(
        pace.number_allowed(Lane::Conversation, now),
        now + Span::secs(10)
    );
    let probe = now + Span::secs(10);
    assert!(!pace.resting(probe), "one message tries");
    pace.failed(probe);
    assert_eq!(
        pace.number_allowed(Lane::Conversation, probe),
        probe + Span::secs(20)
    );
    pace.went_well();
    let later = probe + Span::secs(20);
    pace.failed(later);
    assert!(!pace.resting(later));
}

#[test]
fn maintenance_holds_for_a_minute() {
    let mut pace = Pace::new(Limits::new(20, false), START);
    let now = START + Span::secs(5);
    pace.refused(131_057, now);
    assert_eq!(
        pace.number_allowed(Lane::Campaign, now),
        now + Span::minutes(1)
    );
}

#[test]
fn a_clock_set_back_does_not_stop_the_number_for_days() {
    let mut pace = Pace::new(Limits::new(20, false), START);
    pace.sent(pair(1), START + Span::days(3));
    pace.sent(pair(1), START + Span::secs(9));
    let when = pace.next_allowed(pair(1), Lane::Conversation, START + Span::secs(20));
    assert!(when <= START + Span::secs(30));
}

#[test]
fn what_the_former_owner_sent_still_weighs_on_the_pair() {
    let taken_over = START + Span::millis(4_500);
    let mut pace = Pace::new(Limits::new(20, false), taken_over);
    // 45 in a row just before, out of order; and a customer of long ago.
    let mut attempts: Vec<_> = (0..45)
        .map(|n| (pair(1), START + Span::millis(n * 100)))
        .collect();
    attempts.reverse();
    attempts.push((pair(2), START - Span::secs(600)));
    pace.seed(attempts);
    let ready = START + Span::millis(5_600);
    let next = pace.next_allowed(pair(1), Lane::Conversation, ready);
    assert_eq!(
        next,
        START + Span::secs(6),
        "the 46th, six seconds after the first"
    );
    assert_eq!(pace.next_allowed(pair(2), Lane::Conversation, ready), ready);
}

#[test]
fn what_came_in_takes_room_from_the_number_and_not_from_a_campaigns_share() {
    let mut pace = Pace::new(Limits::new(20, true), START);
    let now = START + Span::secs(5);
    for _ in 0..6 {
        pace.received(now);
    }
    let mut sent = 0u8;
    while pace.next_allowed(pair(sent), Lane::Campaign, now) <= now {
        pace.sent(pair(sent), now);
        sent += 1;
    }
    assert_eq!(sent, 12, "18 beside the reserve, less what came in");
    // Where the app is not used beside the API, inbound takes nothing.
    let mut pace = Pace::new(Limits::new(20, false), START);
    for _ in 0..40 {
        pace.received(now);
    }
    assert_eq!(
        pace.next_allowed(pair(1), Lane::Conversation, now),
        now,
        "received messages are not counted"
    );
}

#[test]
fn after_a_success_the_circuit_rests_as_short_as_at_first() {
    let mut pace = Pace::new(Limits::new(20, false), START);
    let mut now = START + Span::secs(5);
    let rest = |pace: &mut Pace, now: Time| {
        for _ in 0..5 {
            pace.failed(now);
        }
        pace.number_allowed(Lane::Conversation, now) - now
    };
    assert_eq!(rest(&mut pace, now), Span::secs(10));
    now = now + Span::minutes(10);
    assert!(rest(&mut pace, now) > Span::secs(10), "longer each time");
    now = now + Span::minutes(10);
    pace.went_well();
    assert_eq!(rest(&mut pace, now), Span::secs(10));
}
