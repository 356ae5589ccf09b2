//! The pains of other products that a server can have: 1 to 6, 9, 11 to 15, 22 and 23, by number.
//!
//! In: what their users reported, played in a world. Out: that it doesn't happen here. The table of
//! pains is in `docs/testing.md`. Next: `world/mod.rs`.

use crate::world::judge::{Excuses, judge, must_have_struck};
use crate::world::{NUMBER, START, World};
use ponte_core::Event;
use ponte_core::event::Command;
use ponte_core::fact::Delivery;
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_core::{Owner, effect::Why};
use ponte_sim::{Content, CustomerMessage, CustomerProfile, Fault, OwnerMessage};
use ponte_store::rows::journal::Whose;
use serde_json::json;

const REST: Span = Span::hours(1);

#[tokio::test(start_paused = true)]
async fn pain_01_an_album_of_ten_is_one_conversation() {
    let mut world = World::with(1, 2, |_| {}, |_| {}).await;
    let ana = world.customer(1);
    for n in 0..10 {
        world.sends(ana, CustomerMessage::image(&format!("foto {n}")));
    }
    world.settle(REST).await;
    let filter = ponte_store::rows::conversation::ConversationFilter::default();
    let store = &world.shared.store;
    let page = store
        .conversations(world.business.workspace, &filter, None, 50)
        .await
        .unwrap();
    assert_eq!(page.items.len(), 1);
    let place = world.place(ana).await.unwrap();
    let pictures = world.messages(place.conversation).await;
    let theirs = pictures
        .iter()
        .filter(|message| message.row.provenance == Provenance::Customer);
    assert_eq!(theirs.count(), 10);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_02_a_duplicate_is_known_inside_the_transaction_that_stores_it() {
    for point in ["intake.before_commit", "intake.after_commit"] {
        let mut world = World::with(2, 2, |_| {}, |_| {}).await;
        let ana = world.customer(1);
        world
            .shared
            .cloud(|cloud, _| cloud.faults().always(Fault::ConcurrentDuplicate));
        world.die_at(0, point, 1);
        world.says(ana, "eco um");
        world.settle(REST).await;
        must_have_struck(&world, Fault::ConcurrentDuplicate);
        assert_eq!(world.heard(ana), ["um"], "{point}");
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pain_03_statuses_and_retries_never_make_a_second_answer() {
    let mut world = World::new(3).await;
    let ana = world.customer(1);
    world.shared.cloud(|cloud, _| {
        cloud.faults().always(Fault::DuplicateDelivery);
        cloud.faults().always(Fault::DuplicateStatus);
    });
    for n in 0..4 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::secs(20)).await;
    }
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["0", "1", "2", "3"]);
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_04_the_bot_is_silent_when_the_owner_answers_from_the_phone() {
    let mut world = World::new(4).await;
    let ana = world.customer(1);
    world.says(ana, "oi");
    world.run(Span::secs(5)).await;
    let before = world.heard(ana).len();
    world.owner_says(ana, "oi ana, sou eu");
    world.run(Span::secs(2)).await;
    for _ in 0..3 {
        world.says(ana, "eco fala comigo");
        world.run(Span::minutes(3)).await;
    }
    assert_eq!(world.heard(ana).len(), before);
    let state = world.state(ana).await;
    assert!(matches!(state.owner, Owner::Person { .. }));
    world.settle(Span::hours(6)).await;
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_05_an_echo_of_our_own_message_pauses_nobody() {
    let mut world = World::new(5).await;
    let ana = world.customer(1);
    world
        .shared
        .cloud(|cloud, _| cloud.faults().always(Fault::EchoOfApiMessage));
    for n in 0..3 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::secs(30)).await;
    }
    must_have_struck(&world, Fault::EchoOfApiMessage);
    assert_eq!(world.heard(ana), ["0", "1", "2"]);
    assert_eq!(world.state(ana).await.owner, Owner::Assistant);
    world.settle(REST).await;
}

#[tokio::test(start_paused = true)]
async fn pain_06_an_answer_prepared_before_an_agent_took_over_is_dropped() {
    for wait in [0, 200, 500, 790, 810] {
        let mut world = World::new(6).await;
        let ana = world.customer(1);
        world.says(ana, "eco antes");
        world.run(Span::secs(3)).await;
        world.says(ana, "qual o horario de atendimento");
        world.run(Span::millis(wait)).await;
        let by = world.business.agent;
        let command = Command::TakeOver;
        world
            .command(ana, Event::Commanded { by, command }, "k")
            .await;
        world.settle(REST).await;
        let heard = world.heard(ana);
        let late = heard.iter().any(|text| text.contains("9h"));
        assert!(!late || wait > 800, "{wait} ms: {heard:?}");
        judge(&world, Excuses::default()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pain_09_echoes_are_first_class() {
    let mut world = World::new(9).await;
    let ana = world.customer(1);
    let asked = world.says(ana, "oi");
    world.run(Span::secs(5)).await;
    let quoted = world.shared.cloud(|cloud, now| {
        cloud.owner_sends(
            now,
            NUMBER,
            ana,
            OwnerMessage::text("respondendo").quoting(&asked),
        )
    });
    let picture = world
        .shared
        .cloud(|cloud, now| cloud.owner_sends(now, NUMBER, ana, OwnerMessage::image("o cardápio")));
    world.run(Span::secs(3)).await;
    let deeds = [
        Content::Reaction {
            message_id: asked.clone(),
            emoji: Some("👍".into()),
        },
        Content::Edit {
            original_message_id: quoted.clone(),
            body: "corrigido".into(),
        },
        Content::Revoke {
            original_message_id: picture.clone(),
        },
    ];
    for content in deeds {
        world.shared.cloud(|cloud, now| {
            cloud.owner_sends(now, NUMBER, ana, OwnerMessage::from(content));
        });
        world.run(Span::secs(2)).await;
    }
    world.settle(Span::hours(6)).await;
    let place = world.place(ana).await.unwrap();
    let messages = world.messages(place.conversation).await;
    let find = |wamid: &str| {
        let found = messages
            .iter()
            .find(|message| message.row.wamid.as_deref() == Some(wamid));
        found.unwrap()
    };
    assert_eq!(find(&quoted).row.provenance, Provenance::PhoneApp);
    assert_eq!(
        find(&quoted).row.context.quotes.as_deref(),
        Some(asked.as_str())
    );
    assert!(find(&quoted).edited.is_some());
    assert!(find(&picture).revoked_at.is_some());
    assert_eq!(find(&asked).reaction_mine.as_deref(), Some("👍"));
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_11_12_13_unknown_fields_statuses_and_many_items_in_one_post_all_go_through() {
    let mut world = World::new(11).await;
    let at = (START + Span::secs(1)).secs().to_string();
    let metadata = json!({"display_phone_number": "551140000001", "phone_number_id": NUMBER});
    let message = |n: usize| {
        json!({"from": format!("551198000000{n}"), "id": format!("wamid.{n}"), "timestamp": at,
            "type": "text", "text": {"body": "ok"}, "future_field": {"deep": [1, 2, 3]}})
    };
    let status = json!({"id": "wamid.nobody", "status": "sent", "timestamp": at,
        "recipient_id": "5511980000001", "errors": "not as documented"});
    let body = json!({"object": "whatsapp_business_account", "surprise": true, "entry": [
        {"id": "200000000000001", "changes": [
            {"field": "messages", "value": {"metadata": metadata, "messages": [message(1), message(2)],
                "statuses": [status, "nonsense"]}},
            {"field": "messages", "value": {"metadata": metadata, "messages": [message(3)]}}]},
        {"id": "200000000000001", "changes": [
            {"field": "messages", "value": {"metadata": metadata, "messages": [message(4)]}}]}]});
    assert_eq!(world.post(&body).await, 200);
    world.run(Span::secs(5)).await;
    let wamids: Vec<String> = (1..=4).map(|n| format!("wamid.{n}")).collect();
    let store = &world.shared.store;
    let known = store.known(world.business.channel, &wamids).await.unwrap();
    assert_eq!(known.len(), 4, "n in = n out");
    let echo = |n: usize| {
        json!({"from": "551140000001", "to": format!("551198000000{n}"), "id": format!("wamid.e{n}"),
            "timestamp": at, "type": "text", "text": {"body": "já vou"}, "future_field": [n]})
    };
    let echoes = json!({"object": "whatsapp_business_account", "entry": [
        {"id": "200000000000001", "changes": [{"field": "smb_message_echoes", "value":
            {"metadata": metadata, "surprise": 1, "message_echoes": [echo(1), "nonsense", echo(2)]}}]}]});
    assert_eq!(world.post(&echoes).await, 200);
    world.run(Span::secs(5)).await;
    let wamids = ["wamid.e1".to_owned(), "wamid.e2".to_owned()];
    let store = &world.shared.store;
    let theirs = store.known(world.business.channel, &wamids).await.unwrap();
    let by_phone = theirs
        .values()
        .filter(|(_, known)| known.provenance == Provenance::PhoneApp);
    assert_eq!(by_phone.count(), 2, "echoes too");
    assert_eq!(store.counts().await.unwrap().deliveries_waiting, 0);
    let mine = Whose::Of(world.business.workspace);
    let whole = store.quarantined_deliveries(mine, None, 10).await.unwrap();
    assert!(
        whole.is_empty(),
        "one unreadable status keeps nothing else back"
    );
    let kept = store.quarantined_items(mine, None, 10).await.unwrap();
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|item| (item.body["why"].as_str(), item.body["raw"].as_str()))
        .map(|(why, raw)| (why.unwrap(), raw.unwrap()))
        .collect();
    let nonsense = [
        ("echo is not an object", "nonsense"),
        ("status is not an object", "nonsense"),
    ];
    assert_eq!(kept, nonsense, "and is there to be seen");
}

#[tokio::test(start_paused = true)]
async fn pain_14_a_status_never_goes_backwards() {
    let mut world = World::new(14).await;
    let ana = world.customer(1);
    world
        .shared
        .cloud(|cloud, _| cloud.faults().always(Fault::StatusRegression));
    for n in 0..3 {
        world.says(ana, &format!("eco {n}"));
        world.run(Span::secs(30)).await;
    }
    world.settle(REST).await;
    let place = world.place(ana).await.unwrap();
    for message in world.messages(place.conversation).await {
        if message.row.send.is_some() {
            assert_eq!(message.facts.status(), Some(Delivery::Read));
        }
    }
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_15_the_order_is_the_providers_and_each_message_keeps_its_times() {
    let mut world = World::new(15).await;
    let ana = world.customer(1);
    world.arm(Fault::DelayDelivery, 1);
    let late = world.says(ana, "primeira");
    world.run(Span::secs(2)).await;
    let prompt = world.says(ana, "segunda");
    world.settle(REST).await;
    must_have_struck(&world, Fault::DelayDelivery);
    let place = world.place(ana).await.unwrap();
    let messages = world.messages(place.conversation).await;
    let at = |wamid: &str| {
        messages
            .iter()
            .position(|message| message.row.wamid.as_deref() == Some(wamid))
            .unwrap()
    };
    assert!(at(&late) < at(&prompt), "by the provider's time");
    let held = &messages[at(&late)].row;
    assert!(
        held.received - held.sent >= Span::secs(30),
        "both times are kept"
    );
    judge(&world, Excuses::default()).await;
}

#[tokio::test(start_paused = true)]
async fn pain_22_with_and_without_the_ninth_digit_is_one_contact() {
    let mut world = World::new(22).await;
    let with = "5511987654321";
    let without = "551187654321";
    for (n, from) in [with, without, with].into_iter().enumerate() {
        let value = json!({"metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
            "messages": [{"from": from, "id": format!("wamid.{n}"), "type": "text",
                "timestamp": (START + Span::secs(1)).secs().to_string(), "text": {"body": "ok"}}]});
        let body = json!({"object": "whatsapp_business_account",
            "entry": [{"id": "200000000000001", "changes": [{"field": "messages", "value": value}]}]});
        assert_eq!(world.post(&body).await, 200);
        world.run(Span::secs(3)).await;
    }
    let store = &world.shared.store;
    let names = [("wa_id", with), ("wa_id", without)];
    let found = store
        .aliases(world.business.workspace, &names)
        .await
        .unwrap();
    assert_eq!(found.len(), 2, "both spellings are kept as they came");
    assert_eq!(found[0].contact, found[1].contact);
}

#[tokio::test(start_paused = true)]
async fn pain_23_a_customer_without_a_phone_number_is_a_customer() {
    let mut world = World::new(23).await;
    let profile = CustomerProfile {
        name: "Ana".into(),
        username: Some("ana.s".into()),
        hides_phone: true,
        ..CustomerProfile::default()
    };
    let ana = world.shared.cloud(|cloud, _| cloud.customer(profile));
    world.says(ana, "eco sem telefone");
    world.settle(REST).await;
    assert_eq!(world.heard(ana), ["sem telefone"]);
    world.owner_says(ana, "oi ana");
    world.run(Span::secs(5)).await;
    let place = world.place(ana).await.unwrap();
    let owners = world
        .shared
        .store
        .owners(place.conversation, 10)
        .await
        .unwrap();
    assert!(owners.iter().any(|owner| owner.why == Why::Echo));
    world.settle(Span::hours(6)).await;
    judge(&world, Excuses::default()).await;
}
