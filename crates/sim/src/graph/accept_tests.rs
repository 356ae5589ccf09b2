//! What follows acceptance: marks, reactions, quotes, marketing, holding, files. Next: `accept.rs`, `send.rs`.

use crate::testing::{ANA, NUMBER, START, answer_all, ask, ask_kind, open_world, post, world};
use crate::time::{DAY, MINUTE, SECOND};
use crate::{Cloud, CustomerMessage, Fault, Side, Stage};
use serde_json::{Value, json};

fn code(cloud: &mut Cloud, now: i64, body: Value) -> Option<u64> {
    cloud.http(now, ask(&body)).code()
}

fn text_body() -> Value {
    json!({"messaging_product": "whatsapp", "to": ANA, "type": "text", "text": {"body": "olá"}})
}

fn with(key: &str, value: Value) -> Value {
    let mut body = text_body();
    body[key] = value;
    body
}

#[test]
fn reading_marks_everything_before_and_typing_lasts_25_seconds() {
    let (mut cloud, ana) = world();
    let first = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("um"));
    let second = cloud.customer_sends(START + SECOND, ana, NUMBER, CustomerMessage::text("dois"));
    let third = cloud.customer_sends(
        START + 2 * SECOND,
        ana,
        NUMBER,
        CustomerMessage::text("três"),
    );
    let mark = |id: &str| json!({"messaging_product": "whatsapp", "status": "read", "message_id": id, "typing_indicator": {"type": "text"}});
    let reply = cloud.http(START + 3 * SECOND, ask(&mark(&second)));
    assert_eq!(
        (reply.status, reply.value()),
        (200, json!({"success": true}))
    );
    let stage = |cloud: &Cloud, id: &str| cloud.chats.message(id).unwrap().stage;
    assert_eq!(
        (stage(&cloud, &first), stage(&cloud, &second)),
        (Stage::Read, Stage::Read)
    );
    assert_eq!(stage(&cloud, &third), Stage::Delivered);
    assert_eq!(
        cloud.chats.peek(0, ana).unwrap().typing_until,
        START + 28 * SECOND
    );
    assert_eq!(
        (cloud.ledger().reads(), cloud.ledger().accepted_total()),
        (1, 0)
    );
    cloud.http(START + 4 * SECOND, ask(&text_body()));
    assert_eq!(
        cloud.chats.peek(0, ana).unwrap().typing_until,
        0,
        "an answer ends the typing"
    );
}

#[test]
fn only_known_recent_customer_messages_can_be_marked_read() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let mark =
        |id: &str| json!({"messaging_product": "whatsapp", "status": "read", "message_id": id});
    assert_eq!(code(&mut cloud, START, mark("wamid.none")), Some(131009));
    assert_eq!(
        code(&mut cloud, START + 31 * DAY, mark(&wamid)),
        Some(131009)
    );
    assert_eq!(
        code(
            &mut cloud,
            START,
            json!({"messaging_product": "whatsapp", "status": "read"})
        ),
        Some(131008)
    );
    assert_eq!(
        code(
            &mut cloud,
            START,
            json!({"messaging_product": "whatsapp", "status": "seen", "message_id": wamid})
        ),
        Some(100)
    );
    let mut typing = mark(&wamid);
    typing["typing_indicator"] = json!({"type": "voice"});
    assert_eq!(code(&mut cloud, START, typing), Some(131009));
    assert_eq!(code(&mut cloud, START, mark(&wamid)), None);
}

#[test]
fn a_reaction_needs_a_known_message_no_context_and_shows_on_the_line() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let react = |id: &str, emoji: &str| {
        ask_kind(ANA, "reaction", json!({"message_id": id, "emoji": emoji}))
    };
    assert_eq!(
        cloud.http(START, react("wamid.none", "👍")).code(),
        Some(131009)
    );
    assert_eq!(cloud.http(START, react(&wamid, "👍")).status, 200);
    assert_eq!(
        cloud.chats.message(&wamid).unwrap().reactions,
        [(Side::Api, "👍".to_owned())]
    );
    assert_eq!(cloud.http(START, react(&wamid, "")).status, 200);
    assert!(cloud.chats.message(&wamid).unwrap().reactions.is_empty());
    let mut body = json!({"messaging_product": "whatsapp", "to": ANA, "type": "reaction", "reaction": {"message_id": wamid, "emoji": "👍"}});
    body["context"] = json!({"message_id": wamid});
    assert_eq!(code(&mut cloud, START, body), Some(131009));
    cloud.customer_sends(
        START + 31 * DAY,
        ana,
        NUMBER,
        CustomerMessage::text("de volta"),
    );
    assert_eq!(
        cloud.http(START + 31 * DAY, react(&wamid, "👍")).code(),
        Some(131009),
        "older than 30 days"
    );
}

#[test]
fn an_answer_with_a_context_is_noted_as_a_quote() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(
        code(
            &mut cloud,
            START,
            with("context", json!({"message_id": wamid}))
        ),
        None
    );
    assert_eq!(
        cloud.ledger().accepted().next_back().unwrap().quoted,
        Some(wamid)
    );
}

#[test]
fn marketing_messages_take_marketing_templates_only() {
    let (mut cloud, _) = open_world();
    let path = format!("/{NUMBER}/marketing_messages");
    assert_eq!(
        post(&mut cloud, START, &path, text_body()).code(),
        Some(131055)
    );
    let template = |name: &str, components: Value| {
        json!({"messaging_product": "whatsapp", "to": ANA, "type": "template",
            "template": {"name": name, "language": {"code": "pt_BR"}, "components": components}})
    };
    let name = json!([{"type": "text", "text": "Ana"}]);
    let utility = template(
        "retomar_conversa",
        json!([{"type": "body", "parameters": name}]),
    );
    assert_eq!(post(&mut cloud, START, &path, utility).code(), Some(131055));
    let header = json!({"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]});
    let marketing = template(
        "promocao_mensal",
        json!([header, {"type": "body", "parameters": name}]),
    );
    assert_eq!(post(&mut cloud, START, &path, marketing).status, 200);
    let changes = answer_all(&mut cloud, START + SECOND / 2);
    assert_eq!(
        changes[0]["value"]["statuses"][0]["pricing"]["category"],
        "marketing_lite"
    );
}

#[test]
fn an_offboarded_number_sends_nothing() {
    let (mut cloud, _) = open_world();
    cloud.account_update(START, "ACCOUNT_OFFBOARDED", Value::Null);
    assert_eq!(code(&mut cloud, START, text_body()), Some(133010));
    cloud.account_update(START, "ACCOUNT_RECONNECTED", Value::Null);
    assert_eq!(code(&mut cloud, START, text_body()), None);
}

#[test]
fn held_messages_say_so_and_move_a_minute_later() {
    let (mut cloud, _) = open_world();
    cloud.faults().next(Fault::HeldForQuality, 1);
    let answer = cloud.http(START, ask(&text_body())).value();
    assert_eq!(
        answer["messages"][0]["message_status"],
        "held_for_quality_assessment"
    );
    assert!(answer_all(&mut cloud, START + MINUTE).is_empty());
    assert!(!answer_all(&mut cloud, START + 2 * MINUTE).is_empty());
}

#[test]
fn a_media_id_must_exist_and_fit_its_type() {
    let (mut cloud, ana) = open_world();
    let image = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::image("foto"));
    let id = cloud.chats.message(&image).unwrap().content["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let send = |kind: &str, id: &str| ask_kind(ANA, kind, json!({"id": id}));
    assert_eq!(cloud.http(START, send("image", &id)).status, 200);
    assert_eq!(cloud.http(START, send("video", &id)).code(), Some(131053));
    assert_eq!(cloud.http(START, send("document", &id)).status, 200);
    assert_eq!(cloud.http(START, send("image", "1")).code(), Some(131009));
    assert_eq!(
        cloud.http(START + 7 * DAY, send("image", &id)).code(),
        Some(131009),
        "webhook ids live 7 days"
    );
}
