//! What everything that isn't talk becomes: the imported past, the address book, consent, calls,
//! routing and account events.
//!
//! In: single values. Out: people, routes and keys. Absent: the usual ones, which are goldens.

use crate::ask::{self, ANA, OWN, account, delivery, items, one};
use crate::inbound;
use ponte_core::Content;
use ponte_core::fact::{AccountKind, Fact, Item};
use serde_json::{Value, json};

fn chunk(messages: Value) -> Vec<Item> {
    let metadata = json!({"phase": 1, "chunk_order": 2, "progress": 40});
    let threads = json!([{"id": ANA, "messages": messages}]);
    items(
        "history",
        json!({"history": [{"metadata": metadata, "threads": threads}]}),
    )
}

fn imported(mut message: Value) -> (String, bool, Option<String>) {
    message["id"] = json!("wamid.H");
    match chunk(json!([message])).remove(0) {
        Item {
            dedupe,
            fact:
                Fact::History {
                    from_business,
                    status,
                    with,
                    ..
                },
            ..
        } => {
            assert_eq!(with.wa_id.as_deref(), Some(ANA));
            (dedupe, from_business, status)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_wrote_in_the_past_is_told_by_from_me_then_by_the_number() {
    let who = |message: Value| imported(message).1;
    assert!(who(json!({"from": OWN})));
    assert!(who(json!({"from": "+55 11 4000-0001"})));
    assert!(who(json!({"from": "x", "to": ANA})));
    assert!(!who(json!({"from": ANA})));
    assert!(who(
        json!({"from": ANA, "history_context": {"from_me": true}})
    ));
    assert!(!who(
        json!({"from": OWN, "history_context": {"from_me": false}})
    ));
}

#[test]
fn an_old_status_is_read_in_any_case() {
    let of = |status: &str| imported(json!({"history_context": {"status": status}})).2;
    assert_eq!(of("DELIVERED"), of("delivered"));
    assert_eq!(of("Played").as_deref(), Some("played"));
}

#[test]
fn media_that_follow_have_another_key_than_their_placeholder() {
    let (placeholder, ..) = imported(json!({"type": "media_placeholder"}));
    let image = json!({"id": "wamid.H", "from": ANA, "type": "image", "image": {"id": "7"}});
    let follow = one("history", json!({"messages": [image]}));
    assert_eq!(
        (placeholder.as_str(), follow.dedupe.as_str()),
        ("h:wamid.H", "hm:wamid.H")
    );
    let Fact::History {
        message,
        from_business,
        ..
    } = follow.fact
    else {
        panic!()
    };
    assert!(matches!(message.content, Content::Image(_)) && !from_business);
}

#[test]
fn progress_comes_after_its_messages_and_a_second_import_has_its_own() {
    let first = chunk(json!([{"id": "1"}, {"id": "2"}]));
    assert!(matches!(
        first[2].fact,
        Fact::HistoryProgress {
            progress: Some(40),
            ..
        }
    ));
    let second = chunk(json!([{"id": "3"}]));
    assert_ne!(first[2].dedupe, second[1].dedupe);
}

#[test]
fn a_contact_that_goes_needs_no_names() {
    let contact = json!({"type": "contact", "contact": {"phone_number": ANA}, "action": "remove"});
    let item = one("smb_app_state_sync", json!({"state_sync": [contact]}));
    let Fact::Contact {
        person,
        removed,
        first_name,
        ..
    } = item.fact
    else {
        panic!()
    };
    assert!(removed && first_name.is_none());
    assert_eq!(person.wa_id.as_deref(), Some(ANA));
}

#[test]
fn only_stop_stops_and_only_resume_resumes() {
    let of = |value: Value| {
        let preference =
            json!({"user_id": "BR.1", "category": "marketing_messages", "value": value});
        one(
            "user_preferences",
            json!({"user_preferences": [preference]}),
        )
        .fact
    };
    assert!(matches!(
        of(json!("stop")),
        Fact::Preference { stop: true, .. }
    ));
    assert!(matches!(
        of(json!("resume")),
        Fact::Preference { stop: false, .. }
    ));
    for value in [json!("STOP!"), json!(true), json!(null), json!("")] {
        assert!(matches!(of(value), Fact::Unknown { .. }));
    }
}

#[test]
fn the_customer_of_a_call_is_the_side_that_is_not_us() {
    let who = |direction: &str| {
        let call = json!({"id": "c", "event": "connect", "from": "1111111", "to": "2222222", "direction": direction});
        match one("calls", json!({"calls": [call]})).fact {
            Fact::Call { person, .. } => person.wa_id,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(who("USER_INITIATED").as_deref(), Some("1111111"));
    assert_eq!(who("BUSINESS_INITIATED").as_deref(), Some("2222222"));
}

#[test]
fn the_events_of_one_call_are_told_apart() {
    let key = |event: &str| one("calls", json!({"calls": [{"id": "c", "event": event}]})).dedupe;
    assert_eq!(key("connect"), "c:c:connect");
    assert_eq!(key("Terminate"), "c:c:terminate");
}

/// Somebody else answers these: nothing in them may look like something to answer.
#[test]
fn nothing_on_standby_ever_becomes_a_message() {
    for (path, bytes) in inbound::bodies() {
        let Ok(body) = serde_json::from_slice::<Value>(bytes) else {
            continue;
        };
        let changes = body["entry"].as_array().into_iter().flatten();
        let changes = changes
            .filter_map(|entry| entry["changes"].as_array())
            .flatten();
        for value in changes
            .map(|change| &change["value"])
            .filter(|value| value.is_object())
        {
            for value in [value.clone(), json!({"metadata": {}, "standby": value})] {
                for item in delivery("standby", &value, 1).items {
                    let kept = matches!(item.fact, Fact::Standby { .. } | Fact::Unknown { .. });
                    assert!(kept, "{}: {item:?}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_handover_names_its_number_though_it_has_no_metadata() {
    let value = json!({"type": "control_taken", "timestamp": "5", "sender": {"phone_number": ANA},
        "recipient": {"phone_number_id": "10", "display_phone_number": OWN}, "control_taken": {}});
    let item = delivery("messaging_handovers", &value, 1).items.remove(0);
    assert_eq!(
        (item.number.as_deref(), item.display.as_deref()),
        (Some("10"), Some(OWN))
    );
    assert!(matches!(item.fact, Fact::Handover { kind, .. } if kind == "control_taken"));
}

#[test]
fn equal_account_events_at_two_times_are_two_and_at_one_time_one() {
    let key = |time| {
        let value = json!({"event": "PAUSED", "message_template_id": 1});
        delivery("message_template_status_update", &value, time)
            .items
            .remove(0)
            .dedupe
    };
    assert_eq!(key(5), key(5));
    assert_ne!(key(5), key(6));
}

#[test]
fn the_number_of_an_account_event_is_found_where_it_stands() {
    let route = |field: &str, value: Value| {
        let item = account(field, &value).0;
        (item.number, item.display)
    };
    let some = |text: &str| Some(text.to_owned());
    let none = None::<String>;
    assert_eq!(
        route("account_update", json!({"event": "x", "phone_number": OWN})),
        (none.clone(), some(OWN))
    );
    assert_eq!(
        route(
            "security",
            json!({"event": "x", "display_phone_number": OWN})
        ),
        (none.clone(), some(OWN))
    );
    let settings = json!({"phone_number_settings": {"phone_number_id": "10"}});
    assert_eq!(
        route("account_settings_update", settings),
        (some("10"), none.clone())
    );
    let alert = |kind: &str| json!({"entity_type": kind, "entity_id": "10"});
    assert_eq!(
        route("account_alerts", alert("PHONE_NUMBER")),
        (some("10"), none.clone())
    );
    assert_eq!(
        route("account_alerts", alert("BUSINESS")),
        (none.clone(), none)
    );
}

#[test]
fn a_category_change_to_come_is_not_one_that_was() {
    let category = |value: Value| match account("template_category_update", &value).1 {
        AccountKind::TemplateCategory {
            previous,
            now,
            scheduled,
            ..
        } => (previous, now, scheduled.is_some()),
        other => panic!("{other:?}"),
    };
    let utility = || Some("UTILITY".to_owned());
    let marketing = || "MARKETING".to_owned();
    assert_eq!(
        category(json!({"previous_category": "UTILITY", "new_category": "MARKETING"})),
        (utility(), marketing(), false)
    );
    assert_eq!(
        category(
            json!({"new_category": "UTILITY", "correct_category": "MARKETING", "category_update_timestamp": 9})
        ),
        (utility(), marketing(), true)
    );
}

#[test]
fn limits_are_read_as_text_or_number() {
    let daily = |value: Value| match account("business_capability_update", &value).1 {
        AccountKind::Capability { daily, .. } => daily,
        other => panic!("{other:?}"),
    };
    let key = "max_daily_conversations_per_business";
    assert_eq!(daily(json!({key: "TIER_2K"})).as_deref(), Some("TIER_2K"));
    assert_eq!(daily(json!({key: 2000})).as_deref(), Some("2000"));
    assert_eq!(daily(json!({key: -1})).as_deref(), Some("-1"));
    assert_eq!(daily(json!({})), None);
}

#[test]
fn an_account_event_keeps_its_whole_value() {
    let value = json!({"event": "ACCOUNT_PROMOTED", "medal": {"of": ["gold"]}});
    let item = delivery("account_update", &value, 7).items.remove(0);
    let Fact::Account(fact) = item.fact else {
        panic!()
    };
    assert_eq!(fact.raw, value);
    assert_eq!(fact.at, Some(ponte_core::Time::from_secs(7)));
}

#[test]
fn each_group_event_is_an_item_and_a_bad_one_a_trouble() {
    let value = json!({"groups": [{"group_id": "G", "type": "group_create"}, 7]});
    let decoded = delivery("group_lifecycle_update", &value, 1);
    assert_eq!((decoded.items.len(), decoded.troubles.len()), (1, 1));
    assert_eq!(
        decoded.troubles[0].place,
        "entry[0].changes[0].value.groups[1]"
    );
}

#[test]
fn a_name_too_long_to_be_one_is_kept_but_routes_nowhere() {
    let long = "9".repeat(300);
    let (from, received) = ask::message(json!({"from": long}));
    assert_eq!(from.wa_id, None);
    assert_eq!(received.extra["from"], json!(long));
}
