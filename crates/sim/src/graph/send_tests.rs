//! Who may be written to, when, how fast; what the answer looks like. Next: `send.rs`.

use crate::testing::{
    ANA, NUMBER, START, answer_all, ask, ask_kind, ask_text, demo, open_world, post, world,
};
use crate::time::{DAY, HOUR, MINUTE, SECOND};
use crate::{Cloud, CloudConfig, Content, CustomerMessage, CustomerProfile};
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

fn without(key: &str) -> Value {
    let mut body = text_body();
    body.as_object_mut().unwrap().remove(key);
    body
}

#[test]
fn an_accepted_text_is_answered_in_metas_shape() {
    let (mut cloud, _) = open_world();
    let reply = cloud.http(START, ask_text(ANA, "olá"));
    let value = reply.value();
    assert_eq!(reply.status, 200);
    assert_eq!(value["messaging_product"], "whatsapp");
    assert_eq!(
        value["contacts"],
        json!([{"input": ANA, "wa_id": "5511987654321"}])
    );
    assert!(
        value["messages"][0]["id"]
            .as_str()
            .unwrap()
            .starts_with("wamid.HBgN")
    );
    assert_eq!(
        value["messages"][0].get("message_status"),
        None,
        "only templates tell it"
    );
    let entry = cloud.ledger().accepted().next_back().unwrap();
    assert_eq!(
        (entry.text.as_str(), entry.kind.as_str(), entry.window_open),
        ("olá", "text", true)
    );
    assert_eq!(Some(entry.wamid.clone()), reply.wamid());
}

#[test]
fn the_shape_of_a_send_is_checked_first() {
    let (mut cloud, _) = open_world();
    for (body, expected) in [
        (without("messaging_product"), 100),
        (with("messaging_product", json!("telegram")), 100),
        (without("to"), 131008),
        (without("text"), 131008),
        (with("text", Value::Null), 131008),
        (with("to", json!(5511987654321i64)), 131009),
        (with("to", json!("ana")), 131009),
        (with("to", json!("+12")), 131009),
        (with("type", json!("hologram")), 131008),
        (with("type", json!(3)), 131009),
        (with("recipient_type", json!("group")), 131009),
        (
            with("biz_opaque_callback_data", json!("x".repeat(513))),
            131009,
        ),
        (with("biz_opaque_callback_data", json!(7)), 131009),
        (with("context", json!({})), 131008),
        (with("text", json!({"body": "x".repeat(4097)})), 131009),
    ] {
        assert_eq!(
            code(&mut cloud, START, body.clone()),
            Some(expected),
            "{body}"
        );
    }
    assert_eq!(cloud.ledger().accepted_total(), 0);
    assert_eq!(cloud.ledger().refused().count(), 15);
}

#[test]
fn callback_data_of_512_characters_is_kept_and_noted() {
    let (mut cloud, _) = open_world();
    let tag = "ã".repeat(512);
    assert_eq!(
        code(
            &mut cloud,
            START,
            with("biz_opaque_callback_data", json!(tag))
        ),
        None
    );
    assert_eq!(
        cloud
            .ledger()
            .accepted()
            .next_back()
            .unwrap()
            .tag
            .as_deref(),
        Some(tag.as_str())
    );
}

#[test]
fn the_window_opens_with_a_word_and_closes_a_day_later() {
    let (mut cloud, ana) = world();
    assert_eq!(
        code(&mut cloud, START, text_body()),
        Some(131047),
        "nobody wrote yet"
    );
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(code(&mut cloud, START + DAY - 1, text_body()), None);
    assert_eq!(code(&mut cloud, START + DAY, text_body()), Some(131047));
    assert!(cloud.ledger().accepted_outside_window().is_empty());
}

#[test]
fn what_opens_a_window_and_what_does_not() {
    let opens = |content: Content| {
        let (mut cloud, ana) = world();
        cloud.customer_sends(START, ana, NUMBER, content.into());
        code(&mut cloud, START + 1, text_body()).is_none()
    };
    assert!(opens(Content::Text { body: "oi".into() }));
    assert!(opens(Content::Unsupported {
        code: 131051,
        kind: "poll_creation".into()
    }));
    assert!(opens(Content::Button {
        payload: "p".into(),
        text: "t".into()
    }));
    assert!(!opens(Content::Reaction {
        message_id: "w".into(),
        emoji: Some("👍".into())
    }));
    assert!(!opens(Content::Revoke {
        original_message_id: "w".into()
    }));
    assert!(!opens(Content::Edit {
        original_message_id: "w".into(),
        body: "x".into()
    }));
    assert!(!opens(Content::System {
        kind: "user_identity_changed".into(),
        body: "x".into()
    }));
}

#[test]
fn a_reaction_opens_the_window_where_configured() {
    let mut cloud = Cloud::new(
        CloudConfig {
            reaction_opens_window: true,
            ..CloudConfig::demo()
        },
        1,
    );
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        CustomerMessage::reaction("w", Some("👍")),
    );
    assert_eq!(code(&mut cloud, START, text_body()), None);
}

#[test]
fn a_call_opens_the_window_answered_or_not() {
    let (mut cloud, ana) = world();
    let id = cloud.customer_calls(START, ana, NUMBER, false);
    assert!(id.starts_with("wacid."));
    assert_eq!(code(&mut cloud, START + HOUR, text_body()), None);
}

#[test]
fn the_owner_of_the_phone_opens_no_window() {
    let (mut cloud, ana) = world();
    cloud.owner_sends(START, NUMBER, ana, crate::OwnerMessage::text("oi"));
    assert_eq!(code(&mut cloud, START, text_body()), Some(131047));
}

#[test]
fn an_ad_entry_answered_in_time_stays_open_seven_days() {
    let (mut cloud, ana) = world();
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        CustomerMessage::text("vi o anúncio").from_ad("Oferta"),
    );
    assert_eq!(code(&mut cloud, START + HOUR, text_body()), None);
    assert_eq!(
        code(&mut cloud, START + HOUR + 7 * DAY - 1, text_body()),
        None
    );
    assert_eq!(
        code(&mut cloud, START + HOUR + 7 * DAY, text_body()),
        Some(131047)
    );
}

#[test]
fn windows_belong_to_one_user_and_one_number() {
    let mut config = CloudConfig::demo();
    let mut second = config.numbers[0].clone();
    second.phone_number_id = "100000000000002".into();
    second.display_phone_number = "+55 11 4000-0002".into();
    config.numbers.push(second);
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    cloud.customer(CustomerProfile::new("Bia", "+5511900000000"));
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(
        code(&mut cloud, START, with("to", json!("+5511900000000"))),
        Some(131047)
    );
    let other = post(&mut cloud, START, "/100000000000002/messages", text_body());
    assert_eq!(other.code(), Some(131047));
    assert_eq!(code(&mut cloud, START, text_body()), None);
}

#[test]
fn twenty_in_a_second_counting_inbound() {
    let (mut cloud, ana) = open_world();
    // The first word at START counts too: one inbound and nineteen outbound are twenty.
    for sent in 0..19 {
        assert_eq!(code(&mut cloud, START, text_body()), None, "{sent}");
    }
    assert_eq!(code(&mut cloud, START, text_body()), Some(130429));
    assert_eq!(
        code(&mut cloud, START + SECOND - 1, text_body()),
        Some(130429)
    );
    assert_eq!(
        code(&mut cloud, START + SECOND, text_body()),
        None,
        "everything of that second has left"
    );
    assert_eq!(cloud.ledger().max_in_any_second(NUMBER, true), 20);
    for _ in 0..25 {
        cloud.customer_sends(START + 2 * SECOND, ana, NUMBER, CustomerMessage::text("oi"));
    }
    assert_eq!(
        code(&mut cloud, START + 2 * SECOND, text_body()),
        Some(130429),
        "inbound alone may fill the second"
    );
}

#[test]
fn without_coexistence_inbound_does_not_count() {
    let mut config = CloudConfig::demo();
    config.numbers[0].coexistence = false;
    config.numbers[0].mps = 2;
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    for _ in 0..5 {
        cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    }
    assert_eq!(code(&mut cloud, START, text_body()), None);
    assert_eq!(code(&mut cloud, START, text_body()), None);
    assert_eq!(code(&mut cloud, START, text_body()), Some(130429));
}

#[test]
fn refused_sends_take_no_room_in_the_second() {
    let (mut cloud, _) = open_world();
    for _ in 0..50 {
        assert_eq!(
            code(&mut cloud, START + 5 * SECOND, with("text", json!({}))),
            Some(131008)
        );
    }
    assert_eq!(code(&mut cloud, START + 5 * SECOND, text_body()), None);
}

#[test]
fn forty_five_to_one_user_then_one_per_six_seconds() {
    let (mut cloud, _) = open_world();
    cloud.set_mps(NUMBER, 1000);
    for sent in 0..45 {
        assert_eq!(code(&mut cloud, START, text_body()), None, "{sent}");
    }
    assert_eq!(code(&mut cloud, START, text_body()), Some(131056));
    assert_eq!(
        code(&mut cloud, START + 6 * SECOND - 1, text_body()),
        Some(131056)
    );
    assert_eq!(code(&mut cloud, START + 6 * SECOND, text_body()), None);
    assert_eq!(
        code(&mut cloud, START + 6 * SECOND, text_body()),
        Some(131056)
    );
}

#[test]
fn benches_may_switch_the_limits_off() {
    let mut cloud = Cloud::new(CloudConfig::unlimited(), 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    for _ in 0..2_000 {
        assert_eq!(code(&mut cloud, START, text_body()), None);
    }
    assert_eq!(cloud.ledger().max_in_any_second(NUMBER, false), 2_000);
}

#[test]
fn some_users_cannot_be_written_to() {
    let (mut cloud, ana) = open_world();
    assert_eq!(
        code(&mut cloud, START, with("to", json!("+551140000001"))),
        Some(131021)
    );
    for refused in [131026, 130403, 131049] {
        cloud.change_customer(ana, |profile| profile.refuses_with = Some(refused));
        assert_eq!(
            code(&mut cloud, START, text_body()),
            Some(u64::from(refused))
        );
    }
}

#[test]
fn who_stopped_marketing_gets_everything_else() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| profile.stopped_marketing = true);
    let template = |name: &str, components: Value| {
        ask_kind(
            ANA,
            "template",
            json!({"name": name, "language": {"code": "pt_BR"}, "components": components}),
        )
    };
    let name = json!([{"type": "text", "text": "Ana"}]);
    let marketing = json!([
        {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://a/b.jpg"}}]},
        {"type": "body", "parameters": name}
    ]);
    assert_eq!(
        cloud
            .http(START, template("promocao_mensal", marketing))
            .code(),
        Some(131050)
    );
    let utility = json!([{"type": "body", "parameters": name}]);
    assert_eq!(
        cloud
            .http(START, template("retomar_conversa", utility))
            .code(),
        None
    );
    assert_eq!(code(&mut cloud, START, text_body()), None);
}

#[test]
fn a_stranger_is_accepted_only_by_template_and_then_fails() {
    let mut cloud = demo();
    let hello = json!({"name": "hello_world", "language": {"code": "en_US"}});
    let reply = cloud.http(START, ask_kind("+15550001111", "template", hello));
    assert_eq!(
        reply.value()["contacts"],
        json!([{"input": "+15550001111", "wa_id": "15550001111"}])
    );
    assert_eq!(reply.value()["messages"][0]["message_status"], "accepted");
    let changes = answer_all(&mut cloud, START + MINUTE);
    let status = &changes[0]["value"]["statuses"][0];
    assert_eq!(
        (&status["status"], &status["errors"][0]["code"]),
        (&json!("failed"), &json!(131026))
    );
    assert_eq!(status["recipient_id"], "15550001111");
    assert_eq!(changes[0]["value"].get("contacts"), None);
}

#[test]
fn phone_wins_over_user_id_and_the_answer_tells_which() {
    let (mut cloud, ana) = open_world();
    let bsuid = cloud.customers()[ana.0 as usize].bsuid.clone();
    let both = with("recipient", json!("BR.somebody-else"));
    assert_eq!(
        cloud.http(START, ask(&both)).value()["contacts"][0]["wa_id"],
        "5511987654321"
    );
    let mut by_id = without("to");
    by_id["recipient"] = json!(bsuid);
    let answer = cloud.http(START, ask(&by_id)).value();
    assert_eq!(
        answer["contacts"],
        json!([{"input": bsuid, "user_id": bsuid}])
    );
    by_id["recipient"] = json!("BR.unknown");
    assert_eq!(cloud.http(START, ask(&by_id)).code(), Some(131009));
}

#[test]
fn digits_without_a_plus_are_noted_and_take_the_country_code() {
    let (mut cloud, _) = open_world();
    let local = cloud
        .http(START, ask(&with("to", json!("11987654321"))))
        .value();
    assert_eq!(local["contacts"][0]["wa_id"], "5511987654321");
    assert!(cloud.ledger().accepted().next_back().unwrap().bare_number);
    assert_eq!(
        cloud
            .http(START, ask(&with("to", json!("5511987654321"))))
            .status,
        200
    );
    assert_eq!(cloud.http(START, ask(&text_body())).status, 200);
    assert!(!cloud.ledger().accepted().next_back().unwrap().bare_number);
}

#[test]
fn brazilian_numbers_answer_with_the_id_whatsapp_uses() {
    let mut cloud = demo();
    let profile = CustomerProfile {
        wa_id: Some("551187654321".into()),
        ..CustomerProfile::new("Ana", ANA)
    };
    let ana = cloud.customer(profile);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let answer = cloud.http(START, ask(&text_body())).value();
    assert_eq!(
        answer["contacts"],
        json!([{"input": ANA, "wa_id": "551187654321"}])
    );
}
