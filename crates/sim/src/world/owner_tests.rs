//! Echoes: their shape, their loss, and what they do not do. Next: `owner.rs`.

use super::*;
use crate::testing::{NUMBER, START, answer_all, world};
use crate::time::DAY;
use crate::{Cloud, CloudConfig, CustomerMessage, CustomerProfile};

fn echoes(cloud: &mut Cloud, now: i64) -> Vec<Value> {
    answer_all(cloud, now)
        .iter()
        .filter(|change| change["field"] == "smb_message_echoes")
        .map(|change| change["value"]["message_echoes"][0].clone())
        .collect()
}

#[test]
fn an_echo_has_metas_shape() {
    let (mut cloud, ana) = world();
    let wamid = cloud.owner_sends(START, NUMBER, ana, OwnerMessage::text("bom dia"));
    let bsuid = cloud.customers()[0].bsuid.clone();
    let changes = answer_all(&mut cloud, START);
    assert_eq!(
        changes,
        [json!({"field": "smb_message_echoes", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
            "contacts": [{"profile": {}, "wa_id": "5511987654321", "user_id": bsuid}],
            "message_echoes": [{"from": "551140000001", "to": "5511987654321", "to_user_id": bsuid, "id": wamid,
                "timestamp": "1795176000", "type": "text", "text": {"body": "bom dia"}}]
        }})]
    );
}

#[test]
fn files_answers_reactions_edits_and_deletions_are_echoed() {
    let (mut cloud, ana) = world();
    let hello = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let first = cloud.owner_sends(START, NUMBER, ana, OwnerMessage::image("cardápio"));
    cloud.owner_sends(
        START,
        NUMBER,
        ana,
        OwnerMessage::text("veja").quoting(&hello),
    );
    let reaction = Content::Reaction {
        message_id: hello.clone(),
        emoji: Some("🙏".into()),
    };
    cloud.owner_sends(START, NUMBER, ana, reaction.into());
    let edit = Content::Edit {
        original_message_id: first.clone(),
        body: "cardápio novo".into(),
    };
    cloud.owner_sends(START, NUMBER, ana, edit.into());
    cloud.owner_sends(
        START,
        NUMBER,
        ana,
        Content::Revoke {
            original_message_id: first.clone(),
        }
        .into(),
    );
    let echoes = echoes(&mut cloud, START);
    let kinds: Vec<&str> = echoes
        .iter()
        .map(|echo| echo["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["image", "text", "reaction", "edit", "revoke"]);
    assert!(echoes[0]["image"]["id"].is_string());
    assert_eq!(echoes[1]["context"], json!({"id": hello}));
    assert_eq!(
        echoes[2]["reaction"],
        json!({"message_id": hello, "emoji": "🙏"})
    );
    assert_eq!(echoes[3]["edit"]["original_message_id"], json!(first));
    assert_eq!(echoes[4]["revoke"], json!({"original_message_id": first}));
    let line = cloud.chats.message(&first).unwrap();
    assert!(line.edited && line.revoked);
}

#[test]
fn an_echo_to_a_hidden_phone_has_a_user_id_only() {
    let (mut cloud, _) = world();
    let profile = CustomerProfile {
        hides_phone: true,
        bsuid: Some("BR.5".into()),
        ..CustomerProfile::new("Bia", "+552")
    };
    let bia = cloud.customer(profile);
    cloud.owner_sends(START, NUMBER, bia, OwnerMessage::text("oi"));
    let echo = echoes(&mut cloud, START).remove(0);
    assert_eq!(
        (echo.get("to"), &echo["to_user_id"]),
        (None, &json!("BR.5"))
    );
}

#[test]
fn a_lost_echo_was_said_and_is_never_posted() {
    let (mut cloud, ana) = world();
    cloud.faults().next(Fault::LostEcho, 1);
    let wamid = cloud.owner_sends(START, NUMBER, ana, OwnerMessage::text("oi"));
    assert!(!wamid.is_empty());
    assert!(echoes(&mut cloud, START + DAY).is_empty());
    let said = cloud.ledger().echoes();
    assert_eq!(
        (said[0].id.as_str(), said[0].lost, said[0].posts),
        (wamid.as_str(), true, 0)
    );
    assert_eq!(cloud.chat(NUMBER, ana).len(), 1, "both phones show it");
    assert_eq!(cloud.faults().struck(Fault::LostEcho), 1);
}

#[test]
fn a_late_echo_keeps_its_own_time() {
    let (mut cloud, ana) = world();
    cloud.faults().next(Fault::LateEcho, 1);
    cloud.owner_sends(START, NUMBER, ana, OwnerMessage::text("oi"));
    let due = cloud.next_due().unwrap() - START;
    assert!((MINUTE..=5 * MINUTE).contains(&due), "{due}");
    assert_eq!(
        echoes(&mut cloud, START + DAY)[0]["timestamp"],
        "1795176000"
    );
    assert_eq!(cloud.ledger().echoes()[0].acked_at, Some(START + DAY));
}

#[test]
fn app_messages_have_no_statuses_and_no_limits() {
    let (mut cloud, ana) = world();
    for _ in 0..100 {
        assert!(
            !cloud
                .owner_sends(START, NUMBER, ana, OwnerMessage::text("oi"))
                .is_empty()
        );
    }
    let changes = answer_all(&mut cloud, START + DAY);
    assert_eq!(changes.len(), 100);
    assert!(
        changes
            .iter()
            .all(|change| change["field"] == "smb_message_echoes")
    );
    assert_eq!(cloud.ledger().max_in_any_second(NUMBER, true), 0);
    assert_eq!(cloud.numbers[0].second.count(START), 0);
}

#[test]
fn a_number_outside_the_app_has_no_owner_phone() {
    let mut config = CloudConfig::demo();
    config.numbers[0].coexistence = false;
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", "+5511"));
    assert_eq!(
        cloud.owner_sends(START, NUMBER, ana, OwnerMessage::text("oi")),
        ""
    );
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn owner_messages_read_from_json() {
    let parsed: OwnerMessage =
        serde_json::from_value(json!({"type": "text", "body": "oi", "reply_to": "w"}))
            .expect("a message");
    assert_eq!(parsed, OwnerMessage::text("oi").quoting("w"));
}
