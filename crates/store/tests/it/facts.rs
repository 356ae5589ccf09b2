//! Facts about a message: any order and number of reports gives one row.

use crate::on_each;
use crate::world::{T0, World, message};
use ponte_core::content::{Content, Trouble};
use ponte_core::effect::Mark;
use ponte_core::fact::{Delivery, Pricing};
use ponte_core::time::Span;
use ponte_store::Commit;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

on_each! {
    reports_in_any_order_and_number_give_one_row
    what_was_delivered_can_not_have_failed
    edits_and_reactions_stand_as_last_made
}

fn status(status: Delivery, secs: i64, code: i64) -> Mark {
    let failed = status == Delivery::Failed;
    let errors = Vec::from_iter(failed.then(|| Trouble {
        code,
        title: "failed".into(),
        details: String::new(),
    }));
    let pricing = (code % 2 == 0).then(|| Pricing {
        category: format!("c{code}"),
        ..Pricing::default()
    });
    Mark::Status {
        status,
        at: T0 + Span::secs(secs),
        errors,
        pricing,
    }
}

fn any_status() -> impl Strategy<Value = Mark> {
    let kinds = prop_oneof![
        Just(Delivery::Sent),
        Just(Delivery::Delivered),
        Just(Delivery::Read),
        Just(Delivery::Played),
        Just(Delivery::Failed),
        Just(Delivery::Other("held".into())),
    ];
    (kinds, 0_i64..4, 0_i64..4).prop_map(|(kind, secs, code)| status(kind, secs, code))
}

async fn reports_in_any_order_and_number_give_one_row(t: World) {
    // One runner with a fixed seed: the same cases on every engine.
    let mut runner = TestRunner::deterministic();
    for n in 0..40_u128 {
        let marks = prop::collection::vec(any_status(), 1..8)
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let shuffled = Just(marks.iter().chain(&marks).cloned().collect::<Vec<_>>()).prop_shuffle();
        let shuffled = shuffled.new_tree(&mut runner).unwrap().current();
        let (a, b) = (message(2 * n, T0, "a"), message(2 * n + 1, T0, "a"));
        let mut c = Commit::new();
        c.put_message(&t.place, 1, &a).put_message(&t.place, 1, &b);
        for mark in &marks {
            c.mark_message(&t.place, a.id, mark);
        }
        t.ok(c).await;
        for chunk in shuffled.chunks(3) {
            let mut c = Commit::new();
            for mark in chunk {
                c.mark_message(&t.place, b.id, mark);
            }
            if !c.is_empty() {
                t.ok(c).await;
            }
        }
        let (a, b) = (
            t.store.message(a.id).await.unwrap().unwrap(),
            t.store.message(b.id).await.unwrap().unwrap(),
        );
        assert_eq!(a.facts, b.facts, "{marks:?} against {shuffled:?}");
        let read_at = |m: &Mark| {
            if let Mark::Status {
                status: Delivery::Read,
                at,
                ..
            } = m
            {
                Some(*at)
            } else {
                None
            }
        };
        let earliest = marks.iter().filter_map(read_at);
        assert_eq!(a.facts.read_at, earliest.min());
    }
}

async fn what_was_delivered_can_not_have_failed(t: World) {
    let m = message(1, T0, "a");
    let mut c = Commit::new();
    c.put_message(&t.place, 1, &m).mark_message(
        &t.place,
        m.id,
        &status(Delivery::Failed, 1, 131_026),
    );
    t.ok(c).await;
    let shown = async || t.store.message(m.id).await.unwrap().unwrap().facts;
    assert_eq!(shown().await.status(), Some(Delivery::Failed));
    assert_eq!(shown().await.errors[0].code, 131_026);
    let mut c = Commit::new();
    c.mark_message(&t.place, m.id, &status(Delivery::Sent, 0, 1));
    c.mark_message(&t.place, m.id, &status(Delivery::Delivered, 9, 2));
    t.ok(c).await;
    assert_eq!(shown().await.status(), Some(Delivery::Delivered));
    assert_eq!(
        shown().await.pricing.unwrap().category,
        "c131026",
        "from the earliest report that had one"
    );
}

async fn edits_and_reactions_stand_as_last_made(t: World) {
    let m = message(1, T0, "original");
    let text = |body: &str| Content::Text { body: body.into() };
    let edit = |body: &str, secs| Mark::Edited {
        content: text(body),
        at: T0 + Span::secs(secs),
    };
    let react = |mine, emoji: Option<&str>, secs| Mark::Reaction {
        mine,
        emoji: emoji.map(Into::into),
        at: T0 + Span::secs(secs),
    };
    let marks = [
        edit("terceira", 3),
        edit("segunda", 2),
        react(false, Some("❤"), 2),
        react(false, Some("👍"), 1),
        react(true, Some("🙏"), 1),
        react(true, None, 2),
        Mark::Revoked {
            at: T0 + Span::secs(8),
        },
        Mark::Revoked {
            at: T0 + Span::secs(7),
        },
    ];
    let mut c = Commit::new();
    c.put_message(&t.place, 1, &m);
    for mark in &marks {
        c.mark_message(&t.place, m.id, mark);
    }
    t.ok(c).await;
    let shown = t.store.message(m.id).await.unwrap().unwrap();
    assert_eq!(shown.edited, Some((T0 + Span::secs(3), text("terceira"))));
    assert_eq!(shown.row.content, m.content, "the original stays");
    assert_eq!(
        (shown.reaction_customer.as_deref(), shown.reaction_mine),
        (Some("❤"), None)
    );
    assert_eq!(shown.revoked_at, Some(T0 + Span::secs(7)));
}
