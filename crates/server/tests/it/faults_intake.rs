//! Faults of the way in: A1 to A19, each by its name in the catalogue (`docs/testing.md`).
//!
//! In: a world and one fault. Out: the behaviour that is right then, and the judge's word. Absent:
//! bodies and signatures at the door itself, which are in `door.rs` (A10, A11, A13, A17). Next:
//! `world/judge.rs`.

use crate::world::judge::{Excuses, judge, must_have_struck};
use crate::world::{NUMBER, START, World};
use ponte_core::effect::SendState;
use ponte_core::fact::Delivery;
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_sim::{ChunkPlace, Content, CustomerMessage, CustomerProfile, Fault, Past};
use ponte_store::rows::journal::Whose;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const REST: Span = Span::hours(1);

/// A body with these changes of the field `messages`.
fn delivery(values: Vec<Value>) -> Value {
    let changes: Vec<Value> = values
        .into_iter()
        .map(|value| json!({"field": "messages", "value": value}))
        .collect();
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "200000000000001", "changes": changes}]})
}

/// The value of one customer's text.
fn text(number: &str, from: &str, wamid: &str, body: &str) -> Value {
    text_at(5, number, from, wamid, body)
}

/// The same, so many seconds after the world began.
fn text_at(secs: i64, number: &str, from: &str, wamid: &str, body: &str) -> Value {
    let secs = (START + Span::secs(secs)).secs().to_string();
    json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551140000001", "phone_number_id": number},
        "contacts": [{"wa_id": from, "profile": {"name": "Ana"}}],
        "messages": [{"from": from, "id": wamid, "timestamp": secs, "type": "text",
            "text": {"body": body}}]})
}

/// A status of a message that went to this customer.
fn status(wamid: &str, to: &str, status: &str) -> Value {
    delivery(vec![json!({"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
        "statuses": [{"id": wamid, "status": status, "recipient_id": to,
            "timestamp": (START + Span::secs(9)).secs().to_string()}]})])
}

/// What the owner typed in the phone app.
fn echo(wamid: &str, to: &str, body: &str) -> Value {
    json!({"object": "whatsapp_business_account", "entry": [{"id": "200000000000001",
        "changes": [{"field": "smb_message_echoes", "value": {"messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
        "message_echoes": [{"from": "551140000001", "to": to, "id": wamid,
            "timestamp": (START + Span::secs(9)).secs().to_string(), "type": "text",
            "text": {"body": body}}]}}]}]})
}

#[tokio::test(start_paused = true)]
async fn a_message_is_answered_and_everything_settles() {
    let mut world = World::new(1).await;
    let ana = world.customer(1);
    world.says(ana, "eco bom dia");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["bom dia"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a01_same_delivery_twice_concurrently() {
    let mut world = World::with(1, 2, |_| {}, |_| {}).await;
    let ana = world.customer(1);
    world.arm(Fault::ConcurrentDuplicate, 3);
    for n in 0..3 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::secs(2)).await;
    }
    world.settle(REST).await;
    must_have_struck(&world, Fault::ConcurrentDuplicate);
    assert_eq!(world.heard(ana), ["0", "1", "2"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a02_same_item_again_batched_with_others() {
    let mut world = World::new(2).await;
    let ana = world.customer(1);
    world.says(ana, "eco um");
    world.run(Span::secs(2)).await;
    world.arm(Fault::RebatchWithOthers, 1);
    world.says(ana, "eco dois");
    world.settle(REST).await;
    must_have_struck(&world, Fault::RebatchWithOthers);
    assert_eq!(world.heard(ana), ["um", "dois"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a03_retry_after_six_days_is_still_a_duplicate() {
    let mut world = World::new(3).await;
    let ana = world.customer(1);
    world.arm(Fault::RedeliveryAfterDays, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    world.outage(Span::days(6) + Span::hours(22)).await;
    world.run(Span::hours(1)).await;
    world.settle(REST).await;
    must_have_struck(&world, Fault::RedeliveryAfterDays);
    assert_eq!(world.heard(ana), ["um"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a04_retry_after_the_raw_delivery_was_thrown_away_recreates_nothing() {
    let mut world = World::new(4).await;
    let to = "5511980000009";
    let said = delivery(vec![text(NUMBER, to, "wamid.A4", "eco um")]);
    let typed = echo("wamid.A4e", to, "deixa comigo");
    let bodies = [said, typed, status("wamid.A4e", to, "delivered")];
    world.run(Span::secs(9)).await;
    for body in &bodies {
        assert_eq!(world.post(body).await, 200);
        world.settle(REST).await;
    }
    // Meta has given up repeating, and what is raw has had its time; the keys are kept for longer.
    world.outage(Span::days(8)).await;
    world.settle(REST).await;
    let store = world.shared.store.clone();
    let keep = ponte_store::Retention::default();
    store.purge(world.shared.now(), &keep).await.unwrap();
    let gone = store.purge(world.shared.now(), &keep).await.unwrap();
    assert_eq!(gone.deliveries, 0, "all were thrown away");
    let names = [("wa_id", to)];
    let place = world.place_of(&names).await.unwrap();
    let journal = store.counts().await.unwrap().journal_last;
    let messages = world.messages(place.conversation).await;
    for body in &bodies {
        assert_eq!(world.post(body).await, 200);
        world.settle(REST).await;
    }
    assert_eq!(
        store.counts().await.unwrap().journal_last,
        journal,
        "known by the digests of their keys"
    );
    assert_eq!(world.place_of(&names).await, Some(place));
    assert_eq!(world.messages(place.conversation).await, messages);
    // The platform never saw this customer write, so it calls the window closed.
    let excuses = Excuses {
        refusals: true,
        ..Excuses::default()
    };
    judge(&world, excuses).await;
}

#[tokio::test(start_paused = true)]
async fn a05_messages_out_of_order_are_shown_in_the_providers_order() {
    let mut world = World::new(5).await;
    let ana = world.customer(1);
    let mut said = Vec::new();
    for n in 0..6 {
        world.arm(Fault::Reorder, u32::from(n % 2 == 0));
        said.push(world.says(ana, &format!("linha {n}")));
        world.run(Span::millis(1_100)).await;
    }
    world.settle(REST).await;
    must_have_struck(&world, Fault::Reorder);
    let place = world.place(ana).await.unwrap();
    let shown: Vec<String> = world
        .messages(place.conversation)
        .await
        .into_iter()
        .filter(|message| message.row.provenance == Provenance::Customer)
        .filter_map(|message| message.row.wamid)
        .collect();
    assert_eq!(shown, said);
    judge(&world, Excuses::default()).await;
}

/// Four deliveries in every order: what is shown, unread, open and answered at the end.
async fn in_every_order(sent: [i64; 4]) -> Vec<([usize; 4], Vec<String>, String)> {
    let mut ends = Vec::new();
    for n in 0..24_usize {
        let mut rest = vec![0, 1, 2, 3];
        let order = [n / 6, n / 2 % 3, n % 2, 0].map(|nth| rest.remove(nth));
        let mut world = World::new(5).await;
        world.run(Span::secs(9)).await;
        for nth in order {
            let wamid = format!("wamid.{}", ["Q", "B", "Z", "A"][nth]);
            let body = format!("linha {nth}");
            let value = text_at(sent[nth], NUMBER, "5511980000001", &wamid, &body);
            assert_eq!(world.post(&delivery(vec![value])).await, 200);
        }
        world.settle(REST).await;
        let place = world.place_of(&[("wa_id", "5511980000001")]).await.unwrap();
        let store = &world.shared.store;
        let held = store.load(&place, &[]).await.unwrap().unwrap();
        let messages = world.messages(place.conversation).await;
        let theirs = messages
            .iter()
            .filter(|message| message.row.provenance == Provenance::Customer);
        let shown = theirs.filter_map(|message| message.row.wamid.clone());
        let state = &held.row.state;
        let end = format!(
            "{:?} {:?} {:?} {} unread, {} shown",
            state.window.service_until,
            state.last_customer_at,
            state.owner.is_automatic(),
            held.row.unread,
            messages.len()
        );
        ends.push((order, shown.collect(), end));
    }
    ends
}

#[tokio::test(start_paused = true)]
async fn a05_every_order_of_deliveries_ends_the_same() {
    let ends = in_every_order([1, 3, 5, 7]).await;
    for (order, shown, end) in &ends {
        assert_eq!(
            shown,
            &["wamid.Q", "wamid.B", "wamid.Z", "wamid.A"],
            "{order:?}"
        );
        assert_eq!(end, &ends[0].2, "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a06_messages_of_the_same_second_keep_the_order_of_arrival() {
    let ends = in_every_order([4; 4]).await;
    for (order, shown, end) in &ends {
        let arrived = order.map(|nth| ["wamid.Q", "wamid.B", "wamid.Z", "wamid.A"][nth]);
        assert_eq!(shown, &arrived, "whatever they are called");
        assert_eq!(end, &ends[0].2, "{order:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a07_statuses_in_any_order_and_number_never_go_back() {
    let mut world = World::new(7).await;
    let ana = world.customer(1);
    world.arm(Fault::StatusRegression, 2);
    world.arm(Fault::DuplicateStatus, 2);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::StatusRegression);
    must_have_struck(&world, Fault::DuplicateStatus);
    let place = world.place(ana).await.unwrap();
    let ours = world.messages(place.conversation).await.pop().unwrap();
    assert_eq!(ours.facts.status(), Some(Delivery::Read));
    assert!(ours.facts.sent_at.is_some() && ours.facts.delivered_at.is_some());
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a08_a_status_before_our_own_commit_finds_its_message_by_tag() {
    let mut world = World::new(8).await;
    let ana = world.customer(1);
    world.arm(Fault::StatusBeforeAnswer, 1);
    world.die_at(0, "sender.after_post", 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::StatusBeforeAnswer);
    assert_eq!(world.crashes, 1);
    assert_eq!(world.heard(ana), ["um"]);
    let place = world.place(ana).await.unwrap();
    let ours = world.messages(place.conversation).await.pop().unwrap();
    assert_eq!(ours.row.send, Some(SendState::Accepted));
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a08_a_status_without_a_tag_waits_until_its_message_is_known() {
    let mut world = World::new(8).await;
    let ana = world.customer(1);
    world.says(ana, "oi");
    world.settle(REST).await;
    let early = status("wamid.later", "5511980000001", "delivered");
    assert_eq!(world.post(&early).await, 200);
    world.run(Span::secs(8)).await;
    assert!(world.shared.store.has_orphans().await.unwrap(), "parked");
    let typed = echo("wamid.later", "5511980000001", "já vou");
    assert_eq!(world.post(&typed).await, 200);
    world.settle(REST).await;
    assert!(!world.shared.store.has_orphans().await.unwrap(), "matched");
    let place = world.place_of(&[("wa_id", "5511980000001")]).await.unwrap();
    let messages = world.messages(place.conversation).await;
    let echoed = messages
        .iter()
        .find(|message| message.row.wamid.as_deref() == Some("wamid.later"))
        .unwrap();
    assert_eq!(echoed.facts.status(), Some(Delivery::Delivered));
}

#[tokio::test(start_paused = true)]
async fn a09_a_thousand_changes_with_a_malformed_one_lose_only_that_one() {
    let mut world = World::with(9, 1, |config| config.pair_limit = false, |_| {}).await;
    let mut values: Vec<Value> = (0..1_000)
        .map(|n| {
            let from = format!("55119800{:05}", n % 200);
            let number = if n % 10 == 0 { "999" } else { NUMBER };
            text(number, &from, &format!("wamid.{n}"), "uma coisa")
        })
        .collect();
    values.insert(500, json!("not an object"));
    assert_eq!(world.post(&delivery(values)).await, 200);
    world.run(Span::secs(2)).await;
    let store = &world.shared.store;
    let wamids: Vec<String> = (0..1_000).map(|n| format!("wamid.{n}")).collect();
    let known = store.known(world.business.channel, &wamids).await.unwrap();
    assert_eq!(
        known.len(),
        900,
        "everything of our number, nothing of the other"
    );
    let counts = store.counts().await.unwrap();
    assert_eq!(counts.deliveries_waiting, 0);
    // The other number is not set up, but it is of the same account: its items are this workspace's.
    let mine = Whose::Of(world.business.workspace);
    assert_eq!(counts.items_quarantined, 101, "n in = n out");
    assert_eq!(store.set_aside(mine).await.unwrap().items, 101);
    let mut kept = store.quarantined_items(mine, None, 100).await.unwrap();
    let last = kept.last().unwrap().id;
    kept.extend(
        store
            .quarantined_items(mine, Some(last), 100)
            .await
            .unwrap(),
    );
    assert_eq!(kept.len(), 101, "every one can be listed");
    let foreign: BTreeSet<String> = kept
        .iter()
        .filter(|item| item.kind == "foreign_number" && item.body["number"] == "999")
        .map(|item| item.body["fact"]["message"]["wamid"].to_string())
        .collect();
    assert_eq!(foreign.len(), 100, "each with what was said");
    let unread: Vec<&Value> = kept
        .iter()
        .filter(|item| item.kind == "unreadable")
        .map(|item| &item.body["raw"])
        .collect();
    let came = json!({"field": "messages", "value": "not an object"});
    assert_eq!(unread, [&came]);
}

#[tokio::test(start_paused = true)]
async fn a09_items_of_a_number_that_is_set_up_later_are_taken_in_when_tried_again() {
    let mut world = World::new(29).await;
    let said = text("999", "5511980000001", "wamid.later", "uma coisa");
    let ours = text(NUMBER, "5511980000002", "wamid.now", "uma coisa");
    assert_eq!(world.post(&delivery(vec![said, ours])).await, 200);
    world.run(Span::secs(2)).await;
    let store = world.shared.store.clone();
    let item = store
        .quarantined_items(Whose::All, None, 10)
        .await
        .unwrap()
        .remove(0);
    let retry = |id: i64| {
        let mut commit = ponte_store::Commit::new();
        commit.reopen_delivery(id);
        commit
    };
    let delivery = item.delivery.unwrap();
    assert!(store.commit(retry(delivery)).await.unwrap().stored());
    world.run(Span::secs(5)).await;
    let again = store.quarantined_items(Whose::All, None, 10).await.unwrap();
    assert_eq!(again.len(), 1, "still nobody's number: it is there again");
    let mut row = store.channels(None).await.unwrap().remove(0);
    row.id = ponte_core::ids::ChannelId(uuid::Uuid::from_u128(999));
    row.number = "999".into();
    row.name = "Outro".into();
    row.display = "+55 11 4000-0999".into();
    let channel = row.id;
    let mut commit = ponte_store::Commit::new();
    commit.put_channel(&row, 0);
    assert!(store.commit(commit).await.unwrap().stored());
    world.run(Span::secs(15)).await;
    assert!(store.commit(retry(delivery)).await.unwrap().stored());
    world.run(Span::secs(5)).await;
    assert_eq!(store.counts().await.unwrap().items_quarantined, 0);
    let wamids = ["wamid.later".to_owned(), "wamid.now".to_owned()];
    let (later, before) = (
        store.known(channel, &wamids).await.unwrap(),
        store.known(world.business.channel, &wamids).await.unwrap(),
    );
    assert!(later.contains_key("wamid.later") && later.len() == 1);
    assert!(before.contains_key("wamid.now") && before.len() == 1);
}

#[tokio::test(start_paused = true)]
async fn a12_a_stolen_delivery_replayed_changes_nothing() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let told = recorder.handle();
    let _here = metrics::set_default_local_recorder(&recorder);
    let mut world = World::new(12).await;
    let ana = world.customer(1);
    world.says(ana, "eco antes");
    world.run(Span::secs(6)).await;
    let body = delivery(vec![text(NUMBER, "5511980000001", "wamid.1", "eco um")]);
    for _ in 0..20 {
        assert_eq!(world.post(&body).await, 200);
        world.run(Span::secs(3)).await;
    }
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["antes", "um"], "answered once");
    let place = world.place(ana).await.unwrap();
    let messages = world.messages(place.conversation).await;
    let theirs = messages
        .iter()
        .filter(|message| message.row.wamid.as_deref() == Some("wamid.1"));
    assert_eq!(theirs.count(), 1);
    let counted = told.render();
    assert!(
        counted.contains("ponte_duplicates_total 19\n"),
        "whoever watches sees them: {counted}"
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a14_unknown_kinds_are_kept_shown_and_answered_politely_once() {
    let mut world = World::new(14).await;
    let ana = world.customer(1);
    for _ in 0..3 {
        world.sends(
            ana,
            CustomerMessage::from(Content::Unsupported {
                code: 131_051,
                kind: "poll".into(),
            }),
        );
        world.run(Span::secs(3)).await;
    }
    world.settle(REST).await;
    let polite = &world.business.settings.unsupported_text;
    let told = world
        .heard(ana)
        .iter()
        .filter(|text| *text == polite)
        .count();
    assert_eq!(told, 1);
    world.arm(Fault::UnknownField, 1);
    world.arm(Fault::UnknownKind, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::UnknownField);
    must_have_struck(&world, Fault::UnknownKind);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a15_a_number_that_is_not_ours_is_quarantined_without_a_guess() {
    let mut world = World::new(15).await;
    let ana = world.customer(1);
    world.arm(Fault::ForeignNumber, 1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    must_have_struck(&world, Fault::ForeignNumber);
    assert_eq!(
        world.heard(ana),
        ["um"],
        "what is ours in the same body goes on"
    );
    let alone = delivery(vec![text("999", "5511980000077", "wamid.F", "oi")]);
    assert_eq!(world.post(&alone).await, 200);
    world.settle(REST).await;
    let store = &world.shared.store;
    let bad = store
        .quarantined_deliveries(Whose::Of(world.business.workspace), None, 10)
        .await
        .unwrap();
    assert_eq!(bad.len(), 1, "nothing in it is ours: kept whole, and shown");
    let names = [("wa_id", "5511980000077")];
    let guessed = store
        .aliases(world.business.workspace, &names)
        .await
        .unwrap();
    assert!(guessed.is_empty(), "no contact is made of it");
    judge(
        &world,
        Excuses {
            quarantine: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a16_a_changed_number_and_a_person_without_one_stay_the_same_contact() {
    let mut world = World::new(16).await;
    let ana = world.customer(1);
    world.says(ana, "eco um");
    world.settle(REST).await;
    let before = world.place(ana).await.unwrap();
    world.sends(
        ana,
        CustomerMessage::from(Content::UserChangedNumber {
            phone: "+55 21 97777-0000".into(),
        }),
    );
    world.settle(REST).await;
    world.says(ana, "eco dois");
    world.settle(REST).await;
    assert_eq!(
        world.place(ana).await.unwrap(),
        before,
        "the same conversation"
    );
    assert_eq!(world.heard(ana), ["um", "dois"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn a16_two_halves_of_one_person_become_one_and_nobody_else_is_touched() {
    let mut world = World::new(161).await;
    let bia = world.customer(2);
    world.says(bia, "eco sou outra");
    let (phone, user) = ("5511980000001", "BR.77");
    let names = |value: &mut Value, wa_id: bool| {
        value["contacts"][0]["user_id"] = json!(user);
        value["messages"][0]["from_user_id"] = json!(user);
        if !wa_id {
            value["contacts"][0]
                .as_object_mut()
                .unwrap()
                .remove("wa_id");
            value["messages"][0].as_object_mut().unwrap().remove("from");
        }
    };
    let by_phone = text_at(1, NUMBER, phone, "wamid.p", "uma coisa");
    let mut by_user = text_at(2, NUMBER, phone, "wamid.u", "outra coisa");
    names(&mut by_user, false);
    let mut by_both = text_at(3, NUMBER, phone, "wamid.b", "mais uma");
    names(&mut by_both, true);
    for value in [by_phone, by_user] {
        assert_eq!(world.post(&delivery(vec![value])).await, 200);
        world.settle(REST).await;
    }
    let one = world.place_of(&[("wa_id", phone)]).await.unwrap();
    let other = world.place_of(&[("bsuid", user)]).await.unwrap();
    assert_ne!(one.conversation, other.conversation, "nobody knows yet");
    let beside = world.place(bia).await.unwrap();
    let untouched = world.messages(beside.conversation).await;
    // Named together, and again: joining twice is joining once.
    for _ in 0..2 {
        let body = delivery(vec![by_both.clone()]);
        assert_eq!(world.post(&body).await, 200);
        world.settle(REST).await;
    }
    let now = world.place_of(&[("wa_id", phone)]).await.unwrap();
    assert_eq!(world.place_of(&[("bsuid", user)]).await, Some(now));
    let (mut lives, mut ended) = (0, 0);
    for place in [one, other] {
        let held = world.shared.store.load(&place, &[]).await.unwrap().unwrap();
        let into = held.row.state.merged_into;
        assert!(into.is_none_or(|into| into == now.conversation));
        lives += u32::from(into.is_none());
        ended += u32::from(into.is_some());
    }
    assert_eq!((lives, ended), (1, 1));
    let shown = world.wamids(now.conversation).await;
    assert_eq!(shown.iter().filter(|wamid| *wamid == "wamid.b").count(), 1);
    assert_eq!(world.heard(bia), ["sou outra"]);
    assert_eq!(world.place(bia).await, Some(beside));
    assert_eq!(world.messages(beside.conversation).await, untouched);
    let excuses = Excuses {
        refusals: true,
        ..Excuses::default()
    };
    judge(&world, excuses).await;
}

#[tokio::test(start_paused = true)]
async fn a18_after_an_outage_one_grouped_answer_with_an_apology() {
    let mut world = World::new(18).await;
    let ana = world.customer(1);
    let bia = world.customer(2);
    world.shared.cloud(|cloud, now| {
        // The customers write while nobody listens.
        for nth in 0..5 {
            let at = now + Span::secs(nth * 2 + 60).0;
            for who in [ana, bia] {
                cloud.customer_sends(at, who, NUMBER, CustomerMessage::text("oi"));
            }
        }
    });
    world.outage(Span::hours(7)).await;
    world.run(Span::hours(5)).await;
    world.settle(Span::hours(14)).await;
    for who in [ana, bia] {
        let heard = world.heard(who);
        let apologies = heard.iter().filter(|text| text.contains("demora")).count();
        let answers = heard
            .iter()
            .filter(|text| text.contains("Como posso ajudar"))
            .count();
        assert_eq!(apologies, 1, "{heard:?}");
        assert!(answers <= 1, "no answer for each old message: {heard:?}");
    }
    judge(
        &world,
        Excuses {
            flood: true,
            ..Excuses::default()
        },
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn a19_imported_history_never_answers_and_holds_up_nobody() {
    let mut world = World::new(19).await;
    let ana = world.customer(1);
    let old: Vec<_> = (10..30).map(|n| world.customer(n)).collect();
    world.shared.cloud(|cloud, now| {
        for (order, customer) in old.iter().enumerate() {
            let past: Vec<Past> = (0..200)
                .map(|n| Past {
                    at: now - Span::days(30).0 + n * 60_000_000,
                    from_business: n % 2 == 0,
                    text: Some("oi, eco antigo".into()),
                })
                .collect();
            let place = ChunkPlace {
                phase: 1,
                order: u32::try_from(old.len() - order).unwrap(),
                progress: 50,
            };
            cloud.history_chunk(now, NUMBER, *customer, place, &past);
        }
    });
    world.says(ana, "eco ao vivo");
    world.run(Span::secs(5)).await;
    assert_eq!(world.heard(ana), ["ao vivo"]);
    world.settle(REST).await;
    for customer in &old {
        assert!(
            world.heard(*customer).is_empty(),
            "history never wakes the bot"
        );
        let place = world.place(*customer).await.unwrap();
        let messages = world.messages(place.conversation).await;
        assert_eq!(messages.len(), 200);
        let state = world.state(*customer).await;
        assert!(state.timers.is_empty() && state.window.service_until.is_none());
    }
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn the_address_book_names_contacts_and_opens_no_conversation() {
    let mut world = World::new(20).await;
    let profile = CustomerProfile::new("Dona Ana", "+55 11 98888-0001");
    let ana = world.shared.cloud(|cloud, _| cloud.customer(profile));
    world
        .shared
        .cloud(|cloud, now| cloud.contact_synced(now, NUMBER, ana, true));
    world.settle(REST).await;
    let store = &world.shared.store;
    let names = [("wa_id", "5511988880001")];
    let found = store
        .aliases(world.business.workspace, &names)
        .await
        .unwrap();
    let contact = store.contact(found[0].contact).await.unwrap().unwrap();
    assert_eq!(contact.name, "Dona Ana");
    assert!(world.place(ana).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_delivery_of_several_waits_for_the_message_before_it_and_for_nobody_long() {
    // Before its 200 a delivery has no place yet: the first commit is left alone.
    for nth in 2..=8 {
        let mut world = World::new(300 + nth).await;
        let ana = world.customer(1);
        let bia = world.customer(2);
        world.says(ana, "eco antes");
        world.run(Span::secs(3)).await;
        // One of the commits on the way of the first message is slow.
        let slow = ponte_store::Fault::Delay(std::time::Duration::from_millis(900));
        world.shared.store.inject(nth, slow);
        world.says(ana, "eco um");
        world
            .shared
            .cloud(|cloud, _| cloud.faults().next(Fault::Batch, 3));
        world.says(ana, "eco dois");
        world.says(ana, "eco três");
        world.says(bia, "eco outra");
        world.run(Span::secs(6)).await;
        let heard = world.heard(ana);
        assert_eq!(heard, ["antes", "um", "dois", "três"], "commit {nth} slow");
        assert_eq!(world.heard(bia), ["outra"], "commit {nth} slow");
        world.settle(REST).await;
        judge(&world, Excuses::default()).await;
    }
}
