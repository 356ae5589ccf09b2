//! Contacts and old chats in their documented shapes. Next: `sync.rs`.

use super::*;
use crate::CustomerProfile;
use crate::testing::{ANA, NUMBER, START, answer_all, ask_text, get, world};
use crate::time::DAY;

const PLACE: ChunkPlace = ChunkPlace {
    phase: 1,
    order: 3,
    progress: 55,
};

fn past(text: Option<&str>, from_business: bool) -> Past {
    Past {
        at: START - DAY,
        from_business,
        text: text.map(str::to_owned),
    }
}

#[test]
fn a_chunk_has_metas_shape() {
    let (mut cloud, ana) = world();
    let bsuid = cloud.customers()[0].bsuid.clone();
    let ids = cloud.history_chunk(
        START,
        NUMBER,
        ana,
        PLACE,
        &[
            past(Some("oi"), false),
            past(Some("olá"), true),
            past(None, false),
        ],
    );
    let changes = answer_all(&mut cloud, START);
    assert_eq!(changes[0]["field"], "history");
    let chunk = &changes[0]["value"]["history"][0];
    assert_eq!(
        chunk["metadata"],
        json!({"phase": 1, "chunk_order": 3, "progress": 55})
    );
    let thread = &chunk["threads"][0];
    assert_eq!(
        (&thread["id"], &thread["context"]),
        (
            &json!("5511987654321"),
            &json!({"wa_id": "5511987654321", "user_id": bsuid})
        )
    );
    let time = ((START - DAY) / SECOND).to_string();
    assert_eq!(
        thread["messages"][0],
        json!({"id": ids[0], "from": "5511987654321", "from_user_id": bsuid, "timestamp": time, "type": "text",
            "text": {"body": "oi"}, "history_context": {"status": "pending", "from_me": false}})
    );
    assert_eq!(
        thread["messages"][1],
        json!({"id": ids[1], "from": "551140000001", "to": "5511987654321", "timestamp": time, "type": "text",
            "text": {"body": "olá"}, "history_context": {"status": "read", "from_me": true}})
    );
    assert_eq!(thread["messages"][2]["type"], "media_placeholder");
}

#[test]
fn history_opens_no_window_and_is_nobodys_word_of_today() {
    let (mut cloud, ana) = world();
    cloud.history_chunk(START, NUMBER, ana, PLACE, &[past(Some("oi"), false)]);
    assert_eq!(cloud.http(START, ask_text(ANA, "olá")).code(), Some(131047));
    assert_eq!(cloud.ledger().inbound().count(), 0);
    assert!(cloud.chat(NUMBER, ana).is_empty());
}

#[test]
fn the_file_of_a_placeholder_follows_under_the_same_id() {
    let (mut cloud, ana) = world();
    let ids = cloud.history_chunk(
        START,
        NUMBER,
        ana,
        PLACE,
        &[past(None, false), past(None, true)],
    );
    answer_all(&mut cloud, START);
    cloud.history_media(START, NUMBER, ana, &ids[0], &past(None, false));
    cloud.history_media(START, NUMBER, ana, &ids[1], &past(None, true));
    let changes = answer_all(&mut cloud, START);
    assert!(changes.iter().all(|change| change["field"] == "history"));
    let theirs = &changes[0]["value"]["messages"][0];
    assert_eq!(
        (&theirs["id"], &theirs["type"]),
        (&json!(ids[0]), &json!("image"))
    );
    let ours = &changes[1]["value"]["message_echoes"][0];
    assert_eq!(
        (&ours["id"], &ours["from"], &ours["to"]),
        (
            &json!(ids[1]),
            &json!("551140000001"),
            &json!("5511987654321")
        )
    );
    let media = theirs["image"]["id"].as_str().unwrap();
    assert_eq!(get(&mut cloud, START, &format!("/{media}")).status, 200);
}

#[test]
fn a_refusal_to_share_is_an_error_in_the_list() {
    let (mut cloud, _) = world();
    cloud.history_declined(START, NUMBER);
    let changes = answer_all(&mut cloud, START);
    assert_eq!(
        changes[0]["value"]["history"][0]["errors"][0]["code"],
        2593109
    );
}

#[test]
fn contacts_are_added_with_names_and_removed_without() {
    let (mut cloud, ana) = world();
    let bsuid = cloud.customers()[0].bsuid.clone();
    cloud.contact_synced(START, NUMBER, ana, true);
    cloud.contact_synced(START, NUMBER, ana, false);
    let changes = answer_all(&mut cloud, START);
    let entry = |place: usize| changes[place]["value"]["state_sync"][0].clone();
    assert_eq!(
        entry(0),
        json!({"type": "contact", "action": "add", "metadata": {"timestamp": "1795176000"},
            "contact": {"full_name": "Ana Souza", "first_name": "Ana", "phone_number": "5511987654321", "user_id": bsuid}})
    );
    assert_eq!(
        entry(1),
        json!({"type": "contact", "action": "remove", "metadata": {"timestamp": "1795176000"},
            "contact": {"phone_number": "5511987654321", "user_id": bsuid}})
    );
}

#[test]
fn a_user_without_a_phone_has_a_thread_without_an_id() {
    let (mut cloud, _) = world();
    let profile = CustomerProfile {
        name: "Bia".into(),
        username: Some("bia".into()),
        ..CustomerProfile::default()
    };
    let bia = cloud.customer(profile);
    cloud.history_chunk(START, NUMBER, bia, PLACE, &[past(Some("oi"), false)]);
    let thread = answer_all(&mut cloud, START)[0]["value"]["history"][0]["threads"][0].clone();
    assert_eq!(
        (thread.get("id"), &thread["context"]["username"]),
        (None, &json!("bia"))
    );
    assert_eq!(thread["messages"][0].get("from"), None);
}

#[test]
fn unknown_people_and_numbers_have_no_history() {
    let (mut cloud, ana) = world();
    assert!(
        cloud
            .history_chunk(START, "1", ana, PLACE, &[past(None, false)])
            .is_empty()
    );
    cloud.history_declined(START, "1");
    cloud.contact_synced(START, "1", ana, true);
    cloud.contact_synced(START, NUMBER, CustomerId(9), true);
    assert_eq!(cloud.next_due(), None);
}
