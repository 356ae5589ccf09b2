//! A number as an object, and the once-only synchronisation. Next: `phone.rs`.

use crate::testing::{ACCOUNT, NUMBER, START, answer_all, get, post, world};
use crate::time::{DAY, SECOND};
use crate::{Cloud, CloudConfig};
use serde_json::{Value, json};

fn alone() -> Cloud {
    let mut config = CloudConfig::demo();
    config.numbers[0].coexistence = false;
    config.numbers[0].mps = 1_000;
    Cloud::new(config, 1)
}

#[test]
fn fields_are_shown_as_asked_and_the_id_always() {
    let (mut cloud, _) = world();
    let path = format!("/{NUMBER}?fields=is_on_biz_app,platform_type,throughput");
    assert_eq!(
        get(&mut cloud, START, &path).value(),
        json!({"id": NUMBER, "is_on_biz_app": true, "platform_type": "CLOUD_API", "throughput": {"level": "STANDARD"}})
    );
    let all = get(&mut cloud, START, &format!("/{NUMBER}")).value();
    assert_eq!(all["display_phone_number"], "+55 11 4000-0001");
    assert_eq!(
        (&all["quality_rating"], &all["verified_name"]),
        (&json!("GREEN"), &json!("Padaria Ponte Nova"))
    );
    assert_eq!(
        all.get("is_on_biz_app"),
        None,
        "not among the default fields"
    );
}

#[test]
fn a_fast_number_shows_a_high_throughput() {
    let mut cloud = alone();
    let shown = get(
        &mut cloud,
        START,
        &format!("/{NUMBER}?fields=throughput,is_on_biz_app"),
    )
    .value();
    assert_eq!(
        (&shown["throughput"]["level"], &shown["is_on_biz_app"]),
        (&json!("HIGH"), &json!(false))
    );
}

#[test]
fn the_account_lists_its_numbers() {
    let (mut cloud, _) = world();
    let list = get(&mut cloud, START, &format!("/{ACCOUNT}/phone_numbers")).value();
    assert_eq!(list["data"][0]["id"], NUMBER);
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        get(&mut cloud, START, &format!("/{ACCOUNT}")).value()["id"],
        ACCOUNT
    );
}

#[test]
fn settings_are_merged() {
    let (mut cloud, _) = world();
    let path = format!("/{NUMBER}/settings");
    assert_eq!(
        post(
            &mut cloud,
            START,
            &path,
            json!({"calling": {"status": "ENABLED"}})
        )
        .status,
        200
    );
    post(&mut cloud, START, &path, json!({"other": 1}));
    assert_eq!(
        get(&mut cloud, START, &path).value(),
        json!({"calling": {"status": "ENABLED"}, "other": 1})
    );
    assert_eq!(
        post(&mut cloud, START, &format!("/{NUMBER}"), json!({})).code(),
        Some(100)
    );
}

fn synchronise(cloud: &mut Cloud, now: i64, kind: &str) -> Value {
    post(
        cloud,
        now,
        &format!("/{NUMBER}/smb_app_data"),
        json!({"messaging_product": "whatsapp", "sync_type": kind}),
    )
    .value()
}

#[test]
fn each_synchronisation_once_within_a_day() {
    let (mut cloud, _) = world();
    let first = synchronise(&mut cloud, START, "history");
    assert_eq!(first["messaging_product"], "whatsapp");
    assert!(first["request_id"].is_string());
    assert_eq!(
        synchronise(&mut cloud, START, "history")["error"]["code"],
        2593107
    );
    assert_eq!(
        synchronise(&mut cloud, START + DAY, "smb_app_state_sync")["error"]["code"],
        2593108
    );
    assert!(
        synchronise(&mut cloud, START + DAY - 1, "smb_app_state_sync")["request_id"].is_string()
    );
    assert_eq!(
        synchronise(&mut cloud, START, "everything")["error"]["code"],
        100
    );
}

#[test]
fn the_day_counts_from_onboarding() {
    let mut cloud = Cloud::new(
        CloudConfig {
            onboarded_at: Some(START - DAY),
            ..CloudConfig::demo()
        },
        1,
    );
    assert_eq!(
        synchronise(&mut cloud, START, "history")["error"]["code"],
        2593108
    );
}

#[test]
fn contacts_follow_a_request_for_them() {
    let (mut cloud, _) = world();
    synchronise(&mut cloud, START, "smb_app_state_sync");
    let changes = answer_all(&mut cloud, START + 5 * SECOND);
    assert_eq!(changes[0]["field"], "smb_app_state_sync");
    assert_eq!(
        changes[0]["value"]["state_sync"][0]["contact"]["full_name"],
        "Ana Souza"
    );
}

#[test]
fn only_numbers_outside_the_app_register_and_none_synchronises_there() {
    let (mut cloud, _) = world();
    let pin = json!({"messaging_product": "whatsapp", "pin": "123456"});
    for edge in ["register", "deregister"] {
        assert_eq!(
            post(&mut cloud, START, &format!("/{NUMBER}/{edge}"), pin.clone()).code(),
            Some(100),
            "{edge}"
        );
    }
    let mut cloud = alone();
    assert_eq!(
        post(&mut cloud, START, &format!("/{NUMBER}/register"), pin).status,
        200
    );
    for bad in ["12345", "12345a", ""] {
        assert_eq!(
            post(
                &mut cloud,
                START,
                &format!("/{NUMBER}/register"),
                json!({"pin": bad})
            )
            .code(),
            Some(100),
            "{bad}"
        );
    }
    assert_eq!(
        synchronise(&mut cloud, START, "history")["error"]["code"],
        135000
    );
}

#[test]
fn thread_control_is_answered_with_a_request_id() {
    let (mut cloud, _) = world();
    let mut ask = |body: Value| {
        post(
            &mut cloud,
            START,
            &format!("/{NUMBER}/thread_control"),
            body,
        )
    };
    let pass = json!({"messaging_product": "whatsapp", "action": "pass", "to": "+55", "control_pass": {"target_role": "escalation"}});
    assert!(ask(pass.clone()).value()["request_id"].is_string());
    for (key, value, expected) in [
        ("action", json!("steal"), 131009),
        ("action", Value::Null, 131008),
        ("control_pass", json!({}), 131008),
        ("metadata", json!("x".repeat(2001)), 131009),
    ] {
        let mut body = pass.clone();
        body[key] = value;
        assert_eq!(ask(body).code(), Some(expected), "{key}");
    }
    assert_eq!(ask(json!({"action": "take"})).code(), Some(131008));
}
