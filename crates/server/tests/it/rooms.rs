//! Rooms by themselves: what one bad thing does to the others, and what the end of a lease leaves alone.
//!
//! In: an app whose rooms are begun by hand, over a store in memory. Out: what is stored and what still
//! runs. Absent: whole messages (`faults_*`). Next: `world/mod.rs`.

use crate::world::business::Business;
use crate::world::{NUMBER, START, World};
use ponte::app::owner::Owner;
use ponte::app::{App, Config, Secrets};
use ponte::calls::media;
use ponte::env::{Clock, CrashPoints, Env, Ids};
use ponte::graph::{Secret, http::Client};
use ponte::intake::Intake;
use ponte_core::content::{Content, Person};
use ponte_core::effect::{MessageBody, MessageRow};
use ponte_core::ids::{ContactId, ConversationId, MessageId, WorkspaceId};
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_store::rows::Place;
use ponte_store::rows::contact::ContactRow;
use ponte_store::rows::conversation::ConversationNew;
use ponte_store::rows::journal::{DeliveryNew, Whose};
use ponte_store::rows::outbox::{LeaseRef, channel_lease};
use ponte_store::{Commit, Options, Store};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use uuid::Uuid;

async fn app(business: &Business, crash: CrashPoints) -> App {
    let store = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    business.put(&store).await;
    let clock = Arc::new(Clock::with_wall(|| START));
    let graph = Client::new("http://127.0.0.1:9", Arc::clone(&clock)).unwrap();
    let env = Env {
        egress: ponte::egress::Egress::new(Arc::clone(&clock), ponte::egress::Allow::default()),
        clock,
        ids: Arc::new(Ids::random()),
        graph: Arc::new(graph),
        crash,
    };
    let config = Config::new(Uuid::from_u128(1), std::env::temp_dir(), Secret::new("k"));
    let app = App::new(store, env, config, Secrets::default());
    app.settings.reload(&app.store).await.unwrap();
    app
}

fn body(changes: &[Value]) -> Value {
    json!({"object": "whatsapp_business_account",
        "entry": [{"id": "200000000000001", "changes": changes}]})
}

fn metadata() -> Value {
    json!({"display_phone_number": "551140000001", "phone_number_id": NUMBER})
}

fn said(n: u32) -> Vec<u8> {
    let message = json!({"from": format!("55119800000{n:02}"), "id": format!("wamid.{n}"),
        "timestamp": START.secs().to_string(), "type": "text", "text": {"body": "oi"}});
    let value = json!({"metadata": metadata(), "messages": [message]});
    body(&[json!({"field": "messages", "value": value})])
        .to_string()
        .into_bytes()
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_panics_three_times_is_set_aside_and_the_others_are_done() {
    // Five deliveries together: the third panics, so they go one by one; there it panics three times
    // more, while the others pass.
    let passed = AtomicU32::new(0);
    let crash = CrashPoints::new(move |point| {
        let nth = passed.fetch_add(u32::from(point == "intake.delivery"), Ordering::Relaxed) + 1;
        let bad = point == "intake.delivery" && [3, 6, 7, 8].contains(&nth);
        assert!(!bad, "played");
        false
    });
    let business = Business::demo();
    let app = app(&business, crash).await;
    let mut commit = Commit::new();
    for n in 1..=5 {
        commit.add_delivery(DeliveryNew {
            received: START,
            body: said(n).into(),
            lease: None,
        });
    }
    let ids = app.store.commit(commit).await.unwrap().deliveries;
    let (_port, mut taker) = ponte::relay::port(8);
    let room = Intake::new(app.clone()).run(&mut taker);
    let long = std::time::Duration::from_secs(60);
    assert!(tokio::time::timeout(long, room).await.is_err(), "it lives");
    let mine = Whose::Of(business.workspace);
    let bad = app.store.quarantined_deliveries(mine, None, 10).await;
    let bad = bad.unwrap();
    assert_eq!(bad.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[2]]);
    assert_eq!(bad[0].error.as_deref(), Some("it panicked three times"));
    let counts = app.store.counts().await.unwrap();
    assert_eq!((counts.deliveries_waiting, counts.journal_pending), (0, 4));
}

#[tokio::test(start_paused = true)]
async fn a_long_history_keeps_every_message_and_every_element_that_can_not_be_read() {
    let mut world = World::new(31).await;
    let at = (START - Span::days(30)).secs().to_string();
    let mut messages: Vec<Value> = (0..350)
        .map(|n| {
            json!({"from": "5511980000001", "id": format!("wamid.h{n}"), "timestamp": at,
                "type": "text", "text": {"body": "antes"}})
        })
        .collect();
    for (n, place) in [0, 1, 99, 100, 101, 200, 340].into_iter().enumerate() {
        messages.insert(place, json!(format!("nonsense {n}")));
    }
    let value = json!({"metadata": metadata(), "history": [
        {"metadata": {"phase": 0, "chunk_order": 1, "progress": 100},
         "threads": [{"id": "5511980000001", "messages": messages}, "no thread"]},
        "no chunk"]});
    let body = body(&[json!({"field": "history", "value": value})]);
    assert_eq!(world.post(&body).await, 200);
    world.run(Span::secs(10)).await;
    let store = &world.shared.store;
    assert_eq!(store.counts().await.unwrap().deliveries_waiting, 0);
    let wamids: Vec<String> = (0..350).map(|n| format!("wamid.h{n}")).collect();
    let known = store.known(world.business.channel, &wamids).await.unwrap();
    assert_eq!(known.len(), 350);
    let mine = Whose::Of(world.business.workspace);
    let kept = store.quarantined_items(mine, None, 100).await.unwrap();
    let mut raw: Vec<&str> = kept
        .iter()
        .map(|item| item.body["raw"].as_str().unwrap())
        .collect();
    raw.sort_unstable();
    let mut want: Vec<String> = (0..7).map(|n| format!("nonsense {n}")).collect();
    want.splice(0..0, ["no chunk".to_owned(), "no thread".to_owned()]);
    assert_eq!(raw, want);
}

#[tokio::test]
async fn a_lease_lost_and_taken_again_keeps_its_rooms_when_the_old_ones_end() {
    let business = Business::demo();
    let app = app(&business, CrashPoints::none()).await;
    let channel = business.channel;
    let name = channel_lease(channel);
    let token = || async {
        let leases = app.store.leases().await.unwrap();
        let ours = leases
            .into_iter()
            .find(|lease| lease.name == channel_lease(channel));
        ours.filter(|lease| lease.owner == app.config.node)
            .map(|lease| lease.token)
    };
    let release = |token: i64| {
        let name = name.clone();
        let store = app.store.clone();
        async move {
            store
                .release_lease(&LeaseRef { name, token })
                .await
                .unwrap()
        }
    };
    let mut owner = Owner::new(app.clone());
    owner.round().await;
    let first = token().await.unwrap();
    assert!(app.relay.channel(channel).is_some());
    release(first).await;
    let now = app.env.clock.now();
    let another = Uuid::from_u128(2);
    let theirs = app
        .store
        .take_lease(&name, another, now, Span::minutes(1))
        .await
        .unwrap()
        .unwrap();
    owner.round().await;
    assert!(app.relay.channel(channel).is_none(), "lost");
    let old = owner.ended().await.unwrap();
    assert_eq!(old, (channel, first));
    owner.settle(old).await;
    release(theirs.token).await;
    owner.round().await;
    let second = token().await.unwrap();
    assert!(second > first);
    // The end of the first lease's rooms is heard of late, or twice.
    owner.settle(old).await;
    assert!(app.relay.channel(channel).is_some(), "the new rooms' ways");
    assert_eq!(token().await, Some(second), "the new lease");
    owner.round().await;
    assert_eq!(token().await, Some(second), "and it is kept");
}

#[tokio::test]
async fn old_files_whose_message_is_gone_go_and_all_others_stay() {
    let business = Business::demo();
    let mut app = app(&business, CrashPoints::none()).await;
    let data = std::env::temp_dir().join(format!("ponte-sweep-{}", std::process::id()));
    let mut config = (*app.config).clone();
    config.data = data.clone();
    app.config = Arc::new(config);
    let place = Place {
        workspace: business.workspace,
        channel: business.channel,
        conversation: ConversationId(Uuid::from_u128(3)),
    };
    let message = |n: u128| MessageId(Uuid::from_u128(n));
    let contact = ContactId(Uuid::from_u128(4));
    let mut commit = Commit::new();
    commit.add_contact(&ContactRow {
        id: contact,
        workspace: business.workspace,
        name: "Ana".into(),
        search: "ana".into(),
        person: Person::default(),
        created: START,
        updated: START,
        merged_into: None,
    });
    let at = START;
    commit.add_conversation(&ConversationNew { place, contact, at });
    let row = MessageRow {
        id: message(10),
        provenance: Provenance::Customer,
        wamid: None,
        content: MessageBody::In(Content::Text { body: "oi".into() }),
        context: Default::default(),
        referral: None,
        sent: START,
        received: START,
        send: None,
        unread: true,
    };
    commit.put_message(&place, 1, &row);
    assert!(app.store.commit(commit).await.unwrap().stored());
    let stranger = Place {
        workspace: WorkspaceId(Uuid::from_u128(77)),
        ..place
    };
    let path = |place: &Place, n| media::path_of(&data, place, message(n));
    let old = [
        (path(&place, 10), true),
        (path(&place, 11), false),
        (path(&place, 12).with_extension("part"), false),
        (path(&place, 13).with_extension("txt"), true),
        (path(&place, 14).with_file_name("notes"), true),
        (path(&stranger, 15), true),
    ];
    let young = path(&place, 16);
    let time = |at: ponte_core::Time| {
        let since = std::time::Duration::from_micros(u64::try_from(at.micros()).unwrap());
        std::time::UNIX_EPOCH + since
    };
    for (file, _) in &old {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let written = std::fs::File::create(file).unwrap();
        written.set_modified(time(START - Span::days(31))).unwrap();
    }
    let written = std::fs::File::create(&young).unwrap();
    written.set_modified(time(START - Span::days(29))).unwrap();
    assert_eq!(media::sweep(&app).await.unwrap(), 2);
    for (file, stays) in old {
        assert_eq!(file.exists(), stays, "{}", file.display());
    }
    assert!(young.exists(), "its message may be on its way back");
    std::fs::remove_dir_all(&data).unwrap();
}
