//! Routing, signing, retries, batches, and every fault of delivery. Next: `deliver.rs`.

use super::*;
use crate::flight::RETRY_SPAN;
use crate::sign::signature;
use crate::testing::{NUMBER, START, answer_all, changes_of, open_world, world};
use crate::time::{HOUR, MINUTE};
use crate::{CloudConfig, CustomerId, CustomerMessage, CustomerProfile};

const OUR_SECRET: &str = "demo-app-secret";

fn say(cloud: &mut Cloud, now: i64, who: CustomerId, text: &str) -> String {
    cloud.customer_sends(now, who, NUMBER, CustomerMessage::text(text))
}

fn signed_by(post: &WebhookPost) -> &'static str {
    let header = &post
        .headers
        .iter()
        .find(|(name, _)| name == "X-Hub-Signature-256")
        .unwrap()
        .1;
    ["demo-app-secret", "demo-old-app-secret"]
        .into_iter()
        .find(|secret| signature(secret, &post.body) == *header)
        .unwrap_or("nobody we know")
}

/// The texts of all messages in a post.
fn texts(post: &WebhookPost) -> Vec<String> {
    changes_of(&post.body)
        .iter()
        .filter_map(|change| change["value"]["messages"].as_array())
        .flatten()
        .filter_map(|message| message["text"]["body"].as_str().map(str::to_owned))
        .collect()
}

#[test]
fn a_body_is_metas_envelope_signed_with_our_secret() {
    let (mut cloud, ana) = world();
    say(&mut cloud, START, ana, "oi");
    let post = cloud.take_due(START).remove(0);
    let body: Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(body["object"], "whatsapp_business_account");
    assert_eq!(body["entry"][0]["id"], "200000000000001");
    assert_eq!(
        body["entry"][0].get("time"),
        None,
        "only account fields carry a time"
    );
    assert_eq!(body["entry"][0]["changes"][0]["field"], "messages");
    assert_eq!(
        body["entry"][0]["changes"][0]["value"]["metadata"],
        json!({"display_phone_number": "551140000001", "phone_number_id": NUMBER})
    );
    assert_eq!(signed_by(&post), OUR_SECRET);
    assert_eq!(
        post.headers[0],
        ("Content-Type".into(), "application/json".into())
    );
    assert_eq!(
        (post.attempt, post.url.as_str()),
        (1, "http://127.0.0.1:8080/webhooks/whatsapp")
    );
}

#[test]
fn a_failed_body_comes_at_once_then_ever_more_rarely_for_seven_days() {
    let (mut cloud, ana) = world();
    say(&mut cloud, START, ana, "oi");
    let mut gaps = Vec::new();
    let mut last = START;
    let mut bodies = std::collections::BTreeSet::new();
    while let Some(due) = cloud.next_due() {
        for post in cloud.take_due(due) {
            assert_eq!(signed_by(&post), OUR_SECRET);
            bodies.insert(post.body.clone());
            gaps.push(due - last);
            last = due;
            let status = if post.attempt % 2 == 0 {
                Some(500)
            } else {
                None
            };
            cloud.webhook_answered(due, post.id, status);
        }
    }
    assert_eq!(bodies.len(), 1, "a retry is the same bytes");
    assert_eq!(gaps[..4], [0, 0, 30 * SECOND, 2 * MINUTE]);
    assert!(gaps.windows(2).all(|pair| pair[0] <= pair[1]), "{gaps:?}");
    assert!(
        last <= START + RETRY_SPAN && last > START + 6 * DAY,
        "{}",
        (last - START) / HOUR
    );
    assert_eq!(
        (
            cloud.ledger().given_up(),
            cloud.ledger().never_acked().len()
        ),
        (1, 1)
    );
}

#[test]
fn only_a_200_ends_the_retries() {
    for status in [201, 204, 301, 400, 401, 404, 500, 503] {
        let (mut cloud, ana) = world();
        say(&mut cloud, START, ana, "oi");
        let post = cloud.take_due(START).remove(0);
        cloud.webhook_answered(START, post.id, Some(status));
        let again = cloud.take_due(START).remove(0);
        assert_eq!((again.attempt, &again.body), (2, &post.body), "{status}");
        cloud.webhook_answered(START, again.id, Some(200));
        assert_eq!(cloud.next_due(), None);
        assert!(cloud.ledger().never_acked().is_empty());
    }
}

#[test]
fn an_answer_to_nothing_or_given_twice_changes_nothing() {
    let (mut cloud, ana) = world();
    say(&mut cloud, START, ana, "oi");
    let post = cloud.take_due(START).remove(0);
    cloud.webhook_answered(START, 999, Some(500));
    cloud.webhook_answered(START, post.id, Some(200));
    cloud.webhook_answered(START, post.id, Some(500));
    assert_eq!(cloud.next_due(), None);
    assert_eq!(cloud.ledger().inbound_acked().len(), 1);
}

#[test]
fn overrides_move_only_the_fields_meta_lists() {
    let (mut cloud, _) = world();
    cloud.set_webhook_url(Some("app".into()));
    assert_eq!(cloud.callback("messages", Some(0)).as_deref(), Some("app"));
    cloud.account_callback = Some("account".into());
    assert_eq!(
        cloud.callback("messages", Some(0)).as_deref(),
        Some("account")
    );
    cloud.numbers[0].callback = Some("number".into());
    for field in OVERRIDABLE {
        assert_eq!(
            cloud.callback(field, Some(0)).as_deref(),
            Some("number"),
            "{field}"
        );
        assert_eq!(
            cloud.callback(field, None).as_deref(),
            Some("account"),
            "{field}"
        );
    }
    for field in [
        "message_template_status_update",
        "account_update",
        "account_alerts",
        "standby",
        "security",
        "user_preferences",
        "phone_number_quality_update",
        "flows",
        "brand_new_field",
    ] {
        assert_eq!(
            cloud.callback(field, Some(0)).as_deref(),
            Some("app"),
            "{field}"
        );
    }
}

#[test]
fn due_items_share_a_body_up_to_the_configured_size() {
    let mut cloud = Cloud::new(
        CloudConfig {
            batch_max: 3,
            ..CloudConfig::demo()
        },
        1,
    );
    let ana = cloud.customer(CustomerProfile::new("Ana", "+5511"));
    for turn in 0..7 {
        say(&mut cloud, START, ana, &turn.to_string());
    }
    let posts = cloud.take_due(START);
    assert_eq!(
        posts.iter().map(texts).collect::<Vec<_>>(),
        [vec!["0", "1", "2"], vec!["3", "4", "5"], vec!["6"]]
    );
}

#[test]
fn the_batch_fault_gathers_a_thousand_at_most() {
    let (mut cloud, ana) = world();
    cloud.faults().always(Fault::Batch);
    for turn in 0..1_500 {
        say(&mut cloud, START, ana, &turn.to_string());
    }
    assert!(
        cloud.take_due(START).is_empty(),
        "they wait for the next half second"
    );
    let posts = cloud.take_due(START + SECOND);
    assert_eq!(
        posts
            .iter()
            .map(|post| texts(post).len())
            .collect::<Vec<_>>(),
        [1000, 500]
    );
    assert_eq!(cloud.faults().struck(Fault::Batch), 1_500);
    let all: Vec<String> = posts.iter().flat_map(texts).collect();
    assert_eq!(
        all,
        (0..1_500).map(|turn| turn.to_string()).collect::<Vec<_>>(),
        "nothing lost, order kept"
    );
    let changes = changes_of(&posts[0].body).len();
    assert!(
        (300..700).contains(&changes),
        "some share one list, some do not: {changes}"
    );
}

#[test]
fn lists_are_shared_only_by_changes_of_one_field_and_number() {
    let change = |field: &str, number: &str, lists: Value| {
        let mut value =
            json!({"messaging_product": "whatsapp", "metadata": {"phone_number_id": number}});
        for (name, list) in lists.as_object().unwrap() {
            value[name] = list.clone();
        }
        json!({"field": field, "value": value})
    };
    let message = |id: &str| json!({"contacts": [{"wa_id": id}], "messages": [{"id": id}]});
    let mut first = change("messages", "1", message("a"));
    assert!(absorb(&mut first, &change("messages", "1", message("b"))));
    assert_eq!(
        first["value"]["messages"],
        json!([{"id": "a"}, {"id": "b"}])
    );
    assert_eq!(first["value"]["contacts"].as_array().unwrap().len(), 2);
    assert!(
        !absorb(&mut first, &change("messages", "2", message("c"))),
        "another number"
    );
    assert!(
        !absorb(&mut first, &change("calls", "1", message("c"))),
        "another field"
    );
    assert!(
        !absorb(
            &mut first,
            &change("messages", "1", json!({"statuses": []}))
        ),
        "other lists"
    );
    let single = json!({"field": "account_update", "value": {"event": "X"}});
    assert!(!absorb(&mut single.clone(), &single), "no lists at all");
    assert_eq!(first["value"]["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn different_addresses_never_share_a_body() {
    let mut cloud = Cloud::new(
        CloudConfig {
            batch_max: 100,
            ..CloudConfig::demo()
        },
        1,
    );
    let ana = cloud.customer(CustomerProfile::new("Ana", "+5511"));
    cloud.numbers[0].callback = Some("http://own/".into());
    say(&mut cloud, START, ana, "oi");
    cloud.notice(START, "account_alerts", json!({}));
    say(&mut cloud, START, ana, "tchau");
    let urls: Vec<String> = cloud
        .take_due(START)
        .into_iter()
        .map(|post| post.url)
        .collect();
    assert_eq!(
        urls,
        [
            "http://own/",
            "http://127.0.0.1:8080/webhooks/whatsapp",
            "http://own/"
        ]
    );
}

#[test]
fn account_fields_carry_a_time_and_no_metadata() {
    let (mut cloud, _) = world();
    cloud.notice(START, "account_alerts", json!({"a": 1}));
    let post = cloud.take_due(START).remove(0);
    let body: Value = serde_json::from_slice(&post.body).unwrap();
    assert_eq!(body["entry"][0]["time"], json!(START / SECOND));
    assert_eq!(body["entry"][0]["changes"][0]["value"], json!({"a": 1}));
}

fn under(fault: Fault) -> (Cloud, CustomerId) {
    let (mut cloud, ana) = open_world();
    cloud.faults().next(fault, 1);
    (cloud, ana)
}

/// The fault struck once and its counter says so.
fn struck(cloud: &mut Cloud, fault: Fault) {
    assert_eq!(cloud.faults().struck(fault), 1, "{fault}");
    assert_eq!(cloud.faults().arming(fault), crate::Arming::Off, "{fault}");
}

#[test]
fn concurrent_duplicate_posts_twice_at_once() {
    let (mut cloud, ana) = under(Fault::ConcurrentDuplicate);
    say(&mut cloud, START, ana, "oi");
    let posts = cloud.take_due(START);
    assert_eq!(posts.len(), 2);
    assert_eq!(posts[0].body, posts[1].body);
    assert_ne!(posts[0].id, posts[1].id);
    struck(&mut cloud, Fault::ConcurrentDuplicate);
}

#[test]
fn the_copy_of_a_duplicate_is_not_retried_but_the_original_is() {
    let (mut cloud, ana) = under(Fault::ConcurrentDuplicate);
    say(&mut cloud, START, ana, "oi");
    for post in cloud.take_due(START) {
        cloud.webhook_answered(START, post.id, None);
    }
    assert_eq!(cloud.take_due(START + DAY).len(), 1);
}

#[test]
fn duplicate_delivery_comes_again_seconds_later() {
    let (mut cloud, ana) = under(Fault::DuplicateDelivery);
    say(&mut cloud, START, ana, "oi");
    let first = cloud.take_due(START).remove(0);
    cloud.webhook_answered(START, first.id, Some(200));
    assert_eq!(cloud.next_due(), Some(START + 5 * SECOND));
    assert_eq!(cloud.take_due(START + 5 * SECOND)[0].body, first.body);
    struck(&mut cloud, Fault::DuplicateDelivery);
}

#[test]
fn redelivery_comes_days_later_within_the_seven() {
    let (mut cloud, ana) = under(Fault::RedeliveryAfterDays);
    say(&mut cloud, START, ana, "oi");
    let first = cloud.take_due(START).remove(0);
    cloud.webhook_answered(START, first.id, Some(200));
    assert_eq!(cloud.next_due(), Some(START + 7 * DAY - HOUR));
    assert_eq!(cloud.take_due(START + 7 * DAY)[0].body, first.body);
    struck(&mut cloud, Fault::RedeliveryAfterDays);
}

#[test]
fn rebatching_puts_an_old_item_beside_a_new_one() {
    let (mut cloud, ana) = under(Fault::RebatchWithOthers);
    say(&mut cloud, START, ana, "novo");
    let post = cloud.take_due(START).remove(0);
    assert_eq!(texts(&post), ["oi", "novo"]);
    assert_eq!(cloud.ledger().inbound().next().unwrap().posts, 2);
    struck(&mut cloud, Fault::RebatchWithOthers);
}

#[test]
fn rebatching_waits_for_something_to_rebatch() {
    let (mut cloud, ana) = world();
    cloud.faults().next(Fault::RebatchWithOthers, 1);
    say(&mut cloud, START, ana, "um");
    assert_eq!(texts(&cloud.take_due(START)[0]), ["um"]);
    assert_eq!(
        cloud.faults().struck(Fault::RebatchWithOthers),
        0,
        "not spent on nothing"
    );
    say(&mut cloud, START, ana, "dois");
    assert_eq!(texts(&cloud.take_due(START)[0]), ["um", "dois"]);
}

#[test]
fn reordering_lets_a_later_item_overtake() {
    let (mut cloud, ana) = under(Fault::Reorder);
    say(&mut cloud, START, ana, "primeiro");
    say(&mut cloud, START + SECOND, ana, "segundo");
    let order: Vec<Vec<String>> = cloud
        .take_due(START + 5 * SECOND)
        .iter()
        .map(texts)
        .collect();
    assert_eq!(order, [["segundo"], ["primeiro"]]);
    struck(&mut cloud, Fault::Reorder);
}

#[test]
fn delayed_items_come_half_a_minute_to_ten_minutes_late() {
    let (mut cloud, ana) = under(Fault::DelayDelivery);
    say(&mut cloud, START, ana, "oi");
    let due = cloud.next_due().unwrap() - START;
    assert!((30 * SECOND..=10 * MINUTE).contains(&due), "{due}");
    struck(&mut cloud, Fault::DelayDelivery);
}

#[test]
fn a_bad_signature_is_right_at_the_retry() {
    let (mut cloud, ana) = under(Fault::BadSignature);
    say(&mut cloud, START, ana, "oi");
    let bad = cloud.take_due(START).remove(0);
    assert_eq!(signed_by(&bad), "nobody we know");
    cloud.webhook_answered(START, bad.id, Some(401));
    let good = cloud.take_due(START).remove(0);
    assert_eq!((signed_by(&good), &good.body), (OUR_SECRET, &bad.body));
    struck(&mut cloud, Fault::BadSignature);
}

#[test]
fn the_old_secret_signs_every_attempt() {
    let (mut cloud, ana) = under(Fault::OldSecret);
    say(&mut cloud, START, ana, "oi");
    let first = cloud.take_due(START).remove(0);
    cloud.webhook_answered(START, first.id, Some(401));
    let second = cloud.take_due(START).remove(0);
    assert_eq!(
        [signed_by(&first), signed_by(&second)],
        ["demo-old-app-secret"; 2]
    );
    struck(&mut cloud, Fault::OldSecret);
}

#[test]
fn an_unknown_field_stands_beside_the_real_one() {
    let (mut cloud, ana) = under(Fault::UnknownField);
    say(&mut cloud, START, ana, "oi");
    let changes = changes_of(&cloud.take_due(START)[0].body);
    assert_eq!(
        (changes.len(), &changes[0]["field"]),
        (2, &json!("brand_new_field"))
    );
    struck(&mut cloud, Fault::UnknownField);
}

#[test]
fn an_unknown_kind_comes_as_a_message_of_its_own_and_stands_in_the_ledger() {
    let (mut cloud, ana) = under(Fault::UnknownKind);
    say(&mut cloud, START, ana, "oi");
    let changes = answer_all(&mut cloud, START);
    let messages = changes[0]["value"]["messages"].as_array().unwrap();
    assert_eq!(
        (messages.len(), &messages[1]["type"]),
        (2, &json!("hologram"))
    );
    assert!(messages[1].get("brand_new_property").is_some());
    let hologram = cloud.ledger().inbound().next_back().unwrap();
    assert_eq!(
        (hologram.kind.as_str(), hologram.acked_at),
        ("hologram", Some(START))
    );
    struck(&mut cloud, Fault::UnknownKind);
}

#[test]
fn a_malformed_item_shares_the_body_with_a_good_one() {
    let (mut cloud, ana) = under(Fault::MalformedItemInBatch);
    say(&mut cloud, START, ana, "oi");
    let post = cloud.take_due(START).remove(0);
    let changes = changes_of(&post.body);
    assert_eq!((changes.len(), texts(&post)), (2, vec!["oi".to_owned()]));
    assert!(changes[0]["value"]["messages"][0]["id"].is_number());
    struck(&mut cloud, Fault::MalformedItemInBatch);
}

#[test]
fn a_foreign_number_shares_the_body_and_is_nobody_of_ours() {
    let (mut cloud, ana) = under(Fault::ForeignNumber);
    say(&mut cloud, START, ana, "oi");
    let changes = changes_of(&cloud.take_due(START)[0].body);
    let ids: Vec<&Value> = changes
        .iter()
        .map(|change| &change["value"]["metadata"]["phone_number_id"])
        .collect();
    assert_eq!(ids, [&json!("999999999999999"), &json!(NUMBER)]);
    assert_eq!(
        cloud.ledger().inbound().count(),
        2,
        "foreign messages are no customers of ours"
    );
    struck(&mut cloud, Fault::ForeignNumber);
}

#[test]
fn faults_may_strike_together() {
    let (mut cloud, ana) = open_world();
    for fault in [
        Fault::Batch,
        Fault::ForeignNumber,
        Fault::UnknownField,
        Fault::ConcurrentDuplicate,
        Fault::OldSecret,
    ] {
        cloud.faults().always(fault);
    }
    say(&mut cloud, START, ana, "um");
    say(&mut cloud, START, ana, "dois");
    let posts = cloud.take_due(START + SECOND);
    assert_eq!(posts.len(), 2);
    assert!(
        posts
            .iter()
            .all(|post| changes_of(&post.body).len() == 6
                && signed_by(post) == "demo-old-app-secret")
    );
}
