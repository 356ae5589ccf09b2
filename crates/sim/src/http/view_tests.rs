//! The shapes the two-phone page reads. Next: `view.rs`.

use crate::testing::{ANA, NUMBER, START, TOKEN, answer_all, ask_text, open_world, post, world};
use crate::time::{DAY, MINUTE, SECOND};
use crate::{Arming, Customer, CustomerMessage, Fault, OwnerMessage};
use serde_json::{Value, json};

fn lines(chat: &Value, side: &str) -> Vec<String> {
    chat[side]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| line["text"].as_str().expect("text").to_owned())
        .collect()
}

fn first(cloud: &crate::Cloud) -> Customer {
    cloud.customers()[0].clone()
}

#[test]
fn state_names_numbers_customers_and_their_chats() {
    let (mut cloud, ana) = open_world();
    let state = cloud.view_state(START);
    assert_eq!(
        state["numbers"],
        json!([{"phone_number_id": NUMBER, "display_phone_number": "+55 11 4000-0001", "name": "Padaria Ponte Nova",
            "coexistence": true, "mps": 20}])
    );
    let customer = &state["customers"][0];
    assert_eq!(
        (&customer["id"], &customer["name"], &customer["phone"]),
        (&json!(0), &json!("Ana Souza"), &json!(ANA))
    );
    assert_eq!(customer["chats"][0]["window_until"], json!(START + DAY));
    assert_eq!(customer["chats"][0]["last"]["text"], "oi");
    assert_eq!(
        state["webhook_url"],
        "http://127.0.0.1:8080/webhooks/whatsapp"
    );
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(cloud.view_state(START)["planned"], 1);
}

#[test]
fn somebody_never_in_touch_has_no_chat() {
    let (cloud, _) = world();
    assert_eq!(
        cloud.view_customer(&first(&cloud), START)["chats"],
        json!([])
    );
    let chat = cloud.view_conversation(0, &first(&cloud), START);
    assert_eq!(
        (&chat["window_until"], &chat["typing"]),
        (&Value::Null, &json!(false))
    );
    assert!(lines(&chat, "owner_phone").is_empty());
}

#[test]
fn the_customers_phone_shows_what_arrived_and_the_owners_everything() {
    let (mut cloud, ana) = open_world();
    cloud.owner_sends(START, NUMBER, ana, OwnerMessage::text("da loja"));
    cloud.http(START, ask_text(ANA, "da API"));
    let chat = cloud.view_conversation(0, &first(&cloud), START);
    assert_eq!(lines(&chat, "customer_phone"), ["oi", "da loja"]);
    assert_eq!(lines(&chat, "owner_phone"), ["oi", "da loja", "da API"]);
    answer_all(&mut cloud, START + MINUTE);
    let chat = cloud.view_conversation(0, &first(&cloud), START);
    assert_eq!(lines(&chat, "customer_phone"), ["oi", "da loja", "da API"]);
}

#[test]
fn failed_messages_stay_on_the_owners_side() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| profile.fails_with = Some(131026));
    cloud.http(START, ask_text(ANA, "perdida"));
    answer_all(&mut cloud, START + MINUTE);
    let chat = cloud.view_conversation(0, &first(&cloud), START);
    assert_eq!(lines(&chat, "customer_phone"), ["oi"]);
    assert_eq!(chat["owner_phone"][1]["ticks"], "failed");
}

#[test]
fn typing_shows_until_it_ends() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let mark = json!({"messaging_product": "whatsapp", "status": "read", "message_id": wamid, "typing_indicator": {"type": "text"}});
    post(&mut cloud, START, &format!("/{NUMBER}/messages"), mark);
    let typing = |at: i64| cloud.view_conversation(0, &first(&cloud), at)["typing"].clone();
    assert_eq!(
        (typing(START + 24 * SECOND), typing(START + 25 * SECOND)),
        (json!(true), json!(false))
    );
}

#[test]
fn unread_counts_business_messages_that_arrived() {
    let (mut cloud, ana) = open_world();
    cloud.change_customer(ana, |profile| profile.reads_late = true);
    cloud.http(START, ask_text(ANA, "um"));
    cloud.http(START, ask_text(ANA, "dois"));
    let unread = |cloud: &crate::Cloud| {
        cloud.view_customer(&first(cloud), START)["chats"][0]["unread"].clone()
    };
    assert_eq!(unread(&cloud), 0);
    answer_all(&mut cloud, START + MINUTE);
    assert_eq!(unread(&cloud), 2);
    cloud.customer_reads(START + MINUTE, ana, NUMBER);
    assert_eq!(unread(&cloud), 0);
}

#[test]
fn each_mode_of_a_fault_is_shown() {
    let (mut cloud, _) = world();
    for (arming, mode, value) in [
        (Arming::Off, "off", Value::Null),
        (Arming::Always, "always", Value::Null),
        (Arming::Next(3), "next", json!(3)),
        (Arming::PerMille(40), "per-mille", json!(40)),
    ] {
        cloud.faults().arm(Fault::SlowApi, arming);
        let shown = cloud.view_fault(Fault::SlowApi);
        assert_eq!(
            (&shown["mode"], &shown["value"], &shown["struck"]),
            (&json!(mode), &value, &json!(0))
        );
        assert_eq!(shown["name"], "slow-api");
    }
    assert_eq!(
        cloud.view_faults()["faults"]
            .as_array()
            .expect("faults")
            .len(),
        Fault::ALL.len()
    );
}

#[test]
fn the_log_is_newest_first_and_limited() {
    let (mut cloud, ana) = open_world();
    for turn in 1..4 {
        cloud.customer_sends(
            START + turn * SECOND,
            ana,
            NUMBER,
            CustomerMessage::text("oi"),
        );
        answer_all(&mut cloud, START + turn * SECOND);
        cloud.http(
            START + turn * SECOND + 1,
            crate::ApiRequest::get(&format!("/{NUMBER}"), TOKEN),
        );
    }
    let log = cloud.view_log(5);
    let entries = log["entries"].as_array().expect("entries");
    let times: Vec<i64> = entries
        .iter()
        .filter_map(|entry| entry["at"].as_i64())
        .collect();
    assert_eq!(times.len(), 5);
    assert!(times.windows(2).all(|pair| pair[0] >= pair[1]), "{times:?}");
    assert_eq!(
        (&entries[0]["kind"], &entries[1]["kind"]),
        (&json!("call"), &json!("webhook"))
    );
    assert_eq!(
        (&entries[1]["status"], &entries[1]["attempt"]),
        (&json!(200), &json!(1))
    );
}
