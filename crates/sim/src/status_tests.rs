//! What becomes of accepted messages and what they cost. Next: `status.rs`.

use crate::testing::{
    ANA, NUMBER, START, answer_all, ask, ask_kind, ask_text, changes_of, demo, open_world,
    statuses, text, world,
};
use crate::time::{DAY, MINUTE, SECOND};
use crate::{Cloud, CloudConfig, CustomerMessage, CustomerProfile, Fault};
use serde_json::{Value, json};

fn send(cloud: &mut Cloud, now: i64) -> String {
    cloud
        .http(now, ask_text(ANA, "olá"))
        .wamid()
        .expect("accepted")
}

fn names(changes: &[Value]) -> Vec<String> {
    statuses(changes)
        .into_iter()
        .map(|(_, status)| status)
        .collect()
}

fn pricing(changes: &[Value]) -> Vec<Value> {
    changes
        .iter()
        .filter_map(|change| change["value"]["statuses"][0].get("pricing").cloned())
        .collect()
}

#[test]
fn sent_delivered_and_read_come_in_order_at_their_pace() {
    let (mut cloud, _) = open_world();
    let wamid = send(&mut cloud, START);
    assert_eq!(cloud.next_due(), Some(START + SECOND / 5));
    assert_eq!(names(&answer_all(&mut cloud, START + SECOND / 5)), ["sent"]);
    assert_eq!(
        names(&answer_all(&mut cloud, START + SECOND)),
        ["delivered"]
    );
    assert_eq!(
        statuses(&answer_all(&mut cloud, START + MINUTE)),
        [(wamid, "read".to_owned())]
    );
}

#[test]
fn a_status_has_metas_shape() {
    let (mut cloud, ana) = open_world();
    let tagged = json!({"messaging_product": "whatsapp", "to": ANA, "type": "text", "text": {"body": "olá"},
        "biz_opaque_callback_data": "v1.abc.1.mac"});
    let wamid = cloud.http(START, ask(&tagged)).wamid().unwrap();
    let bsuid = cloud.customers()[ana.0 as usize].bsuid.clone();
    let changes = answer_all(&mut cloud, START + SECOND / 2);
    assert_eq!(
        changes[0]["value"],
        json!({
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
            "contacts": [{"profile": {"name": "Ana Souza"}, "wa_id": "5511987654321", "user_id": bsuid}],
            "statuses": [{
                "id": wamid, "status": "sent", "timestamp": (START / SECOND).to_string(),
                "recipient_id": "5511987654321", "recipient_user_id": bsuid,
                "biz_opaque_callback_data": "v1.abc.1.mac",
                "pricing": {"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}
            }]
        })
    );
}

#[test]
fn user_names_show_from_delivery_on_only() {
    let mut cloud = demo();
    let ana = cloud.customer(CustomerProfile {
        username: Some("ana.s".into()),
        ..CustomerProfile::new("Ana", ANA)
    });
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    answer_all(&mut cloud, START);
    send(&mut cloud, START);
    let changes = answer_all(&mut cloud, START + MINUTE);
    let shown: Vec<Option<&str>> = changes
        .iter()
        .map(|change| change["value"]["contacts"][0]["profile"]["username"].as_str())
        .collect();
    assert_eq!(shown, [None, Some("ana.s"), Some("ana.s")]);
}

#[test]
fn failures_carry_an_error_and_no_contact() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| profile.fails_with = Some(131049));
    send(&mut cloud, START);
    let changes = answer_all(&mut cloud, START + DAY);
    assert_eq!(names(&changes), ["failed"], "nothing follows a failure");
    let value = &changes[0]["value"];
    assert_eq!(value.get("contacts"), None);
    assert_eq!(value["statuses"][0]["errors"][0]["code"], 131049);
    assert_eq!(
        value["statuses"][0].get("recipient_user_id"),
        None,
        "sent to a phone"
    );
    assert_eq!(value["statuses"][0].get("pricing"), None);
}

#[test]
fn messages_to_a_user_id_name_the_user_in_failures() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| {
        profile.fails_with = Some(131026);
        profile.hides_phone = true;
    });
    let bsuid = cloud.customers()[ana.0 as usize].bsuid.clone();
    let body = json!({"messaging_product": "whatsapp", "recipient": bsuid, "type": "text", "text": {"body": "x"}});
    cloud.http(START, ask(&body)).wamid().expect("accepted");
    let changes = answer_all(&mut cloud, START + DAY);
    let status = &changes[0]["value"]["statuses"][0];
    assert_eq!(status["recipient_user_id"], json!(bsuid));
    assert_eq!(status.get("recipient_id"), None, "the phone stays hidden");
}

#[test]
fn reactions_are_only_sent_and_cost_nothing() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    answer_all(&mut cloud, START);
    cloud.http(
        START,
        ask_kind(ANA, "reaction", json!({"message_id": wamid, "emoji": "👍"})),
    );
    let changes = answer_all(&mut cloud, START + DAY);
    assert_eq!(names(&changes), ["sent"]);
    assert!(pricing(&changes).is_empty());
}

#[test]
fn a_phone_that_is_off_gets_everything_when_it_is_on_again() {
    let (mut cloud, ana) = open_world();
    cloud.customer_online(START, ana, false);
    send(&mut cloud, START);
    assert_eq!(names(&answer_all(&mut cloud, START + MINUTE)), ["sent"]);
    cloud.customer_online(START + 2 * MINUTE, ana, true);
    assert_eq!(
        names(&answer_all(&mut cloud, START + 2 * MINUTE)),
        ["delivered"]
    );
}

#[test]
fn a_late_reader_reads_when_the_chat_is_opened_and_once_only() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| profile.reads_late = true);
    send(&mut cloud, START);
    send(&mut cloud, START);
    assert_eq!(
        cloud.customer_reads(START, ana, NUMBER),
        0,
        "nothing has arrived yet"
    );
    assert_eq!(names(&answer_all(&mut cloud, START + MINUTE)).len(), 4);
    assert_eq!(cloud.customer_reads(START + MINUTE, ana, NUMBER), 2);
    assert_eq!(
        names(&answer_all(&mut cloud, START + MINUTE)),
        ["read", "read"]
    );
    assert_eq!(cloud.customer_reads(START + MINUTE, ana, NUMBER), 0);
}

#[test]
fn a_voice_message_is_played_once() {
    let (mut cloud, _) = open_world();
    let audio = ask_kind(ANA, "audio", json!({"link": "https://a/b.ogg"}));
    let wamid = cloud.http(START, audio).wamid().unwrap();
    assert!(!cloud.customer_plays(START, &wamid), "not there yet");
    answer_all(&mut cloud, START + MINUTE);
    assert!(cloud.customer_plays(START + MINUTE, &wamid));
    cloud.customer_plays(START + MINUTE, &wamid);
    assert_eq!(names(&answer_all(&mut cloud, START + MINUTE)), ["played"]);
    let plain = send(&mut cloud, START + MINUTE);
    answer_all(&mut cloud, START + 2 * MINUTE);
    assert!(
        !cloud.customer_plays(START + 2 * MINUTE, &plain),
        "a text cannot be played"
    );
}

#[test]
fn statuses_can_be_switched_off() {
    let mut config = CloudConfig::demo();
    config.statuses.sent_us = None;
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    answer_all(&mut cloud, START);
    send(&mut cloud, START);
    assert_eq!(cloud.next_due(), None);
}

#[test]
fn a_thousand_service_messages_a_month_are_free_then_regular() {
    let mut config = CloudConfig::unlimited();
    config.free_service_messages = 3;
    config.statuses.delivered_us = None;
    config.statuses.jitter_us = 0;
    let mut cloud = Cloud::new(config, 1);
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    let mut kinds = |now: i64, times: usize| -> Vec<(String, bool)> {
        cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi"));
        for _ in 0..times {
            cloud
                .http(now, ask_text(ANA, "olá"))
                .wamid()
                .expect("accepted");
        }
        pricing(&answer_all(&mut cloud, now + MINUTE))
            .iter()
            .map(|price| (text(&price["type"]), price["billable"].as_bool().unwrap()))
            .collect()
    };
    let free = ("free_customer_service".to_owned(), false);
    let paid = ("regular".to_owned(), true);
    assert_eq!(
        kinds(START, 5),
        [
            free.clone(),
            free.clone(),
            free.clone(),
            paid.clone(),
            paid.clone()
        ]
    );
    assert_eq!(kinds(START + DAY, 1), [paid], "the same month");
    assert_eq!(kinds(START + 12 * DAY, 1), [free], "December");
}

#[test]
fn the_demo_gives_a_thousand() {
    assert_eq!(CloudConfig::demo().free_service_messages, 1_000);
}

#[test]
fn templates_cost_by_category_even_inside_the_window() {
    let (mut cloud, _) = open_world();
    let body = json!([{"type": "body", "parameters": [{"type": "text", "text": "Ana"}]}]);
    let template =
        json!({"name": "retomar_conversa", "language": {"code": "pt_BR"}, "components": body});
    cloud
        .http(START, ask_kind(ANA, "template", template))
        .wamid()
        .expect("accepted");
    let prices = pricing(&answer_all(&mut cloud, START + MINUTE));
    assert_eq!(
        prices,
        [
            json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"})
        ]
    );
}

#[test]
fn everything_is_free_after_an_answered_ad() {
    let (mut cloud, ana) = world();
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        CustomerMessage::text("oi").from_ad("Oferta"),
    );
    answer_all(&mut cloud, START);
    send(&mut cloud, START);
    let prices = pricing(&answer_all(&mut cloud, START + MINUTE));
    assert_eq!(
        (&prices[0]["type"], &prices[0]["billable"]),
        (&json!("free_entry_point"), &json!(false))
    );
    assert_eq!(
        cloud.numbers[0].service.1, 0,
        "not counted against the free tier"
    );
}

fn under(fault: Fault) -> (Cloud, String) {
    let (mut cloud, _) = open_world();
    cloud.faults().next(fault, 1);
    let wamid = send(&mut cloud, START);
    (cloud, wamid)
}

#[test]
fn a_dropped_status_is_never_posted_but_happened() {
    let (mut cloud, wamid) = under(Fault::DropStatus);
    assert_eq!(
        names(&answer_all(&mut cloud, START + DAY)),
        ["delivered", "read"]
    );
    assert_eq!(cloud.faults().struck(Fault::DropStatus), 1);
    assert_eq!(cloud.chats.message(&wamid).unwrap().passed.len(), 3);
}

#[test]
fn a_late_status_comes_after_those_that_followed_it() {
    let (mut cloud, _) = under(Fault::LateStatus);
    assert_eq!(
        names(&answer_all(&mut cloud, START + MINUTE)),
        ["delivered", "read"]
    );
    let due = cloud.next_due().unwrap() - START;
    assert!((10 * MINUTE..=21 * MINUTE).contains(&due));
    let late = answer_all(&mut cloud, START + DAY);
    assert_eq!(names(&late), ["sent"]);
    assert_eq!(
        late[0]["value"]["statuses"][0]["timestamp"],
        json!((START / SECOND).to_string()),
        "its own time"
    );
}

#[test]
fn a_duplicate_status_is_the_same_twice_with_the_same_price() {
    let (mut cloud, _) = under(Fault::DuplicateStatus);
    let changes = answer_all(&mut cloud, START + SECOND / 2);
    assert_eq!(names(&changes), ["sent", "sent"]);
    assert_eq!(changes[0]["value"], changes[1]["value"]);
    assert_eq!(cloud.numbers[0].service.1, 1, "counted once");
}

#[test]
fn a_regression_repeats_an_earlier_status_later() {
    let (mut cloud, wamid) = under(Fault::StatusRegression);
    assert_eq!(
        names(&answer_all(&mut cloud, START + 3 * SECOND)),
        ["sent", "delivered", "sent"]
    );
    assert_eq!(cloud.faults().struck(Fault::StatusRegression), 1);
    assert_eq!(
        cloud.chats.message(&wamid).unwrap().stage,
        crate::Stage::Delivered,
        "the message itself never goes back"
    );
}

#[test]
fn a_status_may_be_posted_before_the_answer_arrives() {
    let (mut cloud, _) = open_world();
    cloud.faults().next(Fault::StatusBeforeAnswer, 1);
    let reply = cloud.http(START, ask_text(ANA, "olá"));
    let posts = cloud.take_due(START);
    let status = &changes_of(&posts[0].body)[0]["value"]["statuses"][0];
    assert_eq!(
        (status["id"].as_str(), status["status"].as_str()),
        (reply.wamid().as_deref(), Some("sent"))
    );
    assert!(
        reply.delay_us >= 2 * SECOND,
        "the answer is still on its way"
    );
    cloud.webhook_answered(START, posts[0].id, Some(200));
    assert_eq!(
        names(&answer_all(&mut cloud, START + MINUTE)),
        ["delivered", "read"],
        "sent is not repeated"
    );
}

#[test]
fn an_asynchronous_failure_follows_an_ordinary_answer() {
    let (mut cloud, _) = under(Fault::AsyncFailed);
    assert_eq!(names(&answer_all(&mut cloud, START + DAY)), ["failed"]);
    assert_eq!(cloud.faults().struck(Fault::AsyncFailed), 1);
}
