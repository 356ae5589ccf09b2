//! Meta's notices in their documented shapes, and what they change. Next: `account.rs`.

use super::*;
use crate::testing::{ACCOUNT, ANA, NUMBER, START, answer_all, ask_text, get, open_world, world};
use crate::{CustomerMessage, CustomerProfile};

/// The one change a deed causes.
fn change(deed: impl FnOnce(&mut Cloud)) -> Value {
    let (mut cloud, _) = world();
    deed(&mut cloud);
    let mut changes = answer_all(&mut cloud, START);
    assert_eq!(changes.len(), 1);
    changes.remove(0)
}

#[test]
fn account_updates_carry_their_event() {
    for event in [
        "ACCOUNT_VIOLATION",
        "ACCOUNT_RESTRICTION",
        "DISABLED_UPDATE",
        "PARTNER_ADDED",
        "MM_LITE_TERMS_SIGNED",
        "VOLUME_BASED_PRICING_TIER_UPDATE",
        "ACCOUNT_OFFBOARDED",
        "ACCOUNT_RECONNECTED",
        "ACCOUNT_DELETED",
    ] {
        let seen = change(|cloud| cloud.account_update(START, event, json!({"more": 1})));
        assert_eq!(
            seen,
            json!({"field": "account_update", "value": {"event": event, "more": 1}}),
            "{event}"
        );
    }
    let bare = change(|cloud| cloud.account_update(START, "ACCOUNT_OFFBOARDED", Value::Null));
    assert_eq!(bare["value"], json!({"event": "ACCOUNT_OFFBOARDED"}));
}

#[test]
fn a_disconnection_tells_why_and_ends_the_webhooks() {
    let (mut cloud, ana) = world();
    cloud.disconnect(START, NUMBER, "PRIMARY_INACTIVITY", false);
    let value = answer_all(&mut cloud, START)[0]["value"].clone();
    assert_eq!(value["event"], "PARTNER_REMOVED");
    assert_eq!(
        value["disconnection_info"],
        json!({"reason": "PRIMARY_INACTIVITY", "initiated_by": "SYSTEM"})
    );
    assert_eq!(
        (&value["phone_number"], &value["waba_info"]["waba_id"]),
        (&json!("551140000001"), &json!(ACCOUNT))
    );
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert!(answer_all(&mut cloud, START).is_empty());
}

#[test]
fn template_statuses_have_integer_ids_and_change_the_template() {
    let (mut cloud, _) = world();
    cloud.template_status(START, "hello_world", "en_US", "PAUSED", "NONE");
    let value = answer_all(&mut cloud, START)[0]["value"].clone();
    assert!(
        value["message_template_id"]
            .as_u64()
            .is_some_and(|id| id > 0)
    );
    assert_eq!(
        (
            &value["event"],
            &value["message_template_name"],
            &value["message_template_language"],
            &value["reason"]
        ),
        (
            &json!("PAUSED"),
            &json!("hello_world"),
            &json!("en_US"),
            &json!("NONE")
        )
    );
    assert_eq!(value["other_info"]["title"], "FIRST_PAUSE");
    let listed = get(
        &mut cloud,
        START,
        &format!("/{ACCOUNT}/message_templates?name=hello_world"),
    )
    .value();
    assert_eq!(listed["data"][0]["status"], "PAUSED");
    cloud.template_status(START, "hello_world", "en_US", "DISABLED", "NONE");
    assert_eq!(
        answer_all(&mut cloud, START)[0]["value"]["disable_info"]["disable_date"],
        json!(START / 1_000_000)
    );
    cloud.template_status(START, "none", "en_US", "PAUSED", "NONE");
    assert!(
        answer_all(&mut cloud, START).is_empty(),
        "unknown templates have no status"
    );
}

#[test]
fn template_quality_tells_the_old_and_the_new() {
    let seen = change(|cloud| cloud.template_quality(START, "hello_world", "en_US", "YELLOW"));
    assert_eq!(seen["field"], "message_template_quality_update");
    assert_eq!(
        (
            &seen["value"]["previous_quality_score"],
            &seen["value"]["new_quality_score"]
        ),
        (&json!("UNKNOWN"), &json!("YELLOW"))
    );
}

#[test]
fn a_category_changes_flat_at_once_or_announced() {
    let done =
        change(|cloud| cloud.template_category(START, "hello_world", "en_US", "MARKETING", true));
    assert_eq!(done["field"], "template_category_update");
    assert_eq!(
        (
            &done["value"]["new_category"],
            &done["value"]["previous_category"]
        ),
        (&json!("MARKETING"), &json!("UTILITY"))
    );
    assert_eq!(done["value"].get("correct_category"), None);
    let planned =
        change(|cloud| cloud.template_category(START, "hello_world", "en_US", "MARKETING", false));
    let value = &planned["value"];
    assert_eq!(
        (&value["new_category"], &value["correct_category"]),
        (&json!("UTILITY"), &json!("MARKETING"))
    );
    assert_eq!(
        value["category_update_timestamp"],
        json!(START / 1_000_000 + 86_400)
    );
}

#[test]
fn changed_components_are_told_and_sent() {
    let (mut cloud, _) = open_world();
    cloud.template_components(START, "hello_world", "en_US", "Novo.");
    assert_eq!(
        answer_all(&mut cloud, START)[0]["value"]["message_template_element"],
        "Novo."
    );
    let send = json!({"messaging_product": "whatsapp", "to": ANA, "type": "template",
        "template": {"name": "hello_world", "language": {"code": "en_US"}}});
    crate::testing::post(&mut cloud, START, &format!("/{NUMBER}/messages"), send);
    assert_eq!(cloud.ledger().accepted().next().unwrap().text, "Novo.");
}

#[test]
fn a_numbers_quality_and_name() {
    let seen = change(|cloud| cloud.phone_quality(START, NUMBER, "FLAGGED", "TIER_2K"));
    assert_eq!(seen["field"], "phone_number_quality_update");
    assert_eq!(
        (
            &seen["value"]["display_phone_number"],
            &seen["value"]["max_daily_conversations_per_business"]
        ),
        (&json!("551140000001"), &json!("TIER_2K"))
    );
    let (mut cloud, _) = world();
    cloud.phone_quality(START, NUMBER, "FLAGGED", "TIER_2K");
    assert_eq!(
        get(
            &mut cloud,
            START,
            &format!("/{NUMBER}?fields=quality_rating")
        )
        .value()["quality_rating"],
        "RED"
    );
    cloud.phone_name(START, NUMBER, "APPROVED", "Padaria", None);
    let value = answer_all(&mut cloud, START)[1]["value"].clone();
    assert_eq!(
        value,
        json!({"display_phone_number": "551140000001", "decision": "APPROVED", "requested_verified_name": "Padaria", "rejection_reason": null})
    );
    assert_eq!(
        get(&mut cloud, START, &format!("/{NUMBER}")).value()["verified_name"],
        "Padaria"
    );
    cloud.phone_name(START, NUMBER, "REJECTED", "X", Some("NAME_EXISTS"));
    assert_eq!(
        get(&mut cloud, START, &format!("/{NUMBER}")).value()["verified_name"],
        "Padaria"
    );
}

#[test]
fn security_capability_alerts_and_flows() {
    let seen = change(|cloud| cloud.security(START, NUMBER, "PIN_CHANGED"));
    assert_eq!(
        (&seen["field"], &seen["value"]["event"]),
        (&json!("security"), &json!("PIN_CHANGED"))
    );
    for limit in [json!(2000), json!("TIER_100K"), json!(-1)] {
        let seen = change(|cloud| cloud.business_capability(START, limit.clone(), 20));
        assert_eq!(
            seen["value"],
            json!({"max_daily_conversations_per_business": limit, "max_phone_numbers_per_business": 20})
        );
    }
    let seen = change(|cloud| cloud.account_alert(START, "CRITICAL", "OBA_APPROVED", "x"));
    assert_eq!(
        (&seen["field"], &seen["value"]["entity_id"]),
        (&json!("account_alerts"), &json!(ACCOUNT))
    );
    assert_eq!(seen["value"]["alert_info"]["alert_severity"], "CRITICAL");
    let seen = change(|cloud| {
        cloud.flow_event(
            START,
            "FLOW_STATUS_CHANGE",
            "9",
            json!({"old_status": "DRAFT"}),
        )
    });
    assert_eq!(
        seen["value"],
        json!({"event": "FLOW_STATUS_CHANGE", "flow_id": "9", "old_status": "DRAFT", "message": "FLOW_STATUS_CHANGE of flow 9"})
    );
}

#[test]
fn preferences_have_integer_times_and_hold_for_sends() {
    let (mut cloud, ana) = open_world();
    cloud.user_preference(START, NUMBER, ana, true);
    let value = answer_all(&mut cloud, START)[0]["value"].clone();
    let preference = &value["user_preferences"][0];
    assert_eq!(
        (&preference["category"], &preference["value"]),
        (&json!("marketing_messages"), &json!("stop"))
    );
    assert_eq!(preference["timestamp"], json!(START / 1_000_000));
    assert_eq!(preference["wa_id"], "5511987654321");
    assert_eq!(value["metadata"]["phone_number_id"], NUMBER);
    assert!(cloud.customers()[0].profile.stopped_marketing);
    cloud.user_preference(START, NUMBER, ana, false);
    assert!(!cloud.customers()[0].profile.stopped_marketing);
    let hidden = cloud.customer(CustomerProfile {
        hides_phone: true,
        ..CustomerProfile::new("Bia", "+552")
    });
    cloud.user_preference(START, NUMBER, hidden, true);
    let changes = answer_all(&mut cloud, START);
    assert_eq!(
        changes[1]["value"]["user_preferences"][0].get("wa_id"),
        None
    );
}

#[test]
fn handovers_have_no_metadata_and_standby_is_nested() {
    let (mut cloud, ana) = world();
    cloud.handover(
        START,
        NUMBER,
        ana,
        "control_passed",
        ("ai_agent", "escalation"),
    );
    let value = answer_all(&mut cloud, START)[0]["value"].clone();
    assert_eq!(value.get("metadata"), None);
    assert_eq!(
        (&value["type"], &value["control_passed"]["new_owner_role"]),
        (&json!("control_passed"), &json!("escalation"))
    );
    assert_eq!(value["recipient"]["phone_number_id"], NUMBER);
    let inner = json!({"messages": [{"id": "w"}]});
    let seen = change(|cloud| cloud.standby(START, NUMBER, inner.clone()));
    assert_eq!(
        (&seen["field"], &seen["value"]["standby"]),
        (&json!("standby"), &inner)
    );
    assert_eq!(seen["value"]["metadata"]["phone_number_id"], NUMBER);
}

#[test]
fn groups_settings_and_anything_else() {
    let seen = change(|cloud| {
        cloud.group_event(
            START,
            NUMBER,
            "participants",
            "g1",
            json!({"type": "group_participants_add"}),
        )
    });
    assert_eq!(seen["field"], "group_participants_update");
    assert_eq!(
        seen["value"]["groups"],
        json!([{"group_id": "g1", "timestamp": "1795176000", "type": "group_participants_add"}])
    );
    let seen = change(|cloud| {
        cloud.account_settings(START, NUMBER, json!({"calling": {"status": "ENABLED"}}))
    });
    assert_eq!(seen["field"], "account_settings_update");
    let seen = change(|cloud| {
        cloud.notice(
            START,
            "partner_solutions",
            json!({"event": "SOLUTION_CREATED"}),
        )
    });
    assert_eq!(
        seen,
        json!({"field": "partner_solutions", "value": {"event": "SOLUTION_CREATED"}})
    );
    let (mut cloud, _) = world();
    cloud.number_notice(START, "1", "calls", json!({}));
    assert_eq!(cloud.next_due(), None, "an unknown number says nothing");
}

#[test]
fn sends_go_on_after_notices_that_change_nothing() {
    let (mut cloud, _) = open_world();
    cloud.account_update(START, "ACCOUNT_VIOLATION", json!({}));
    cloud.security(START, NUMBER, "PIN_CHANGED");
    assert_eq!(cloud.http(START, ask_text(ANA, "olá")).status, 200);
}
