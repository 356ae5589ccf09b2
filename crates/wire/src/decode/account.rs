//! Reads events about a number, an account or a template.
//!
//! In: the value of one of the account fields. Out: an [`AccountFact`] with what decisions need taken
//! out and the whole value in `raw`. Absent: what follows from them; a few decide whether we may send
//! at all, the others are shown. Route: the account is the entry's id, the number often only its
//! display digits.

use super::fields::Fields;
use super::{Route, Sink, keys, time_text};
use ponte_core::fact::{AccountFact, AccountKind, Fact};
use serde_json::Value;

/// Fields that are known to be about accounts; of those without a kind only the raw value is kept.
pub(crate) fn known(field: &str) -> bool {
    matches!(
        field,
        "message_template_status_update"
            | "message_template_quality_update"
            | "message_template_components_update"
            | "template_category_update"
            | "template_correct_category_detection"
            | "phone_number_quality_update"
            | "phone_number_name_update"
            | "account_update"
            | "business_capability_update"
            | "account_alerts"
            | "account_review_update"
            | "security"
            | "flows"
            | "partner_solutions"
            | "payment_configuration_update"
            | "automatic_events"
            | "tracking_events"
            | "business_username_updates"
            | "business_username_update"
            | "account_settings_update"
            | "user_id_update"
            | "consumer_profile"
            | "business_status_update"
    )
}

pub(crate) fn value(out: &mut Sink, route: &Route, value: Fields) {
    let time = time_text(route);
    let account = route.account.as_deref().unwrap_or_default();
    let about = [route.field.as_str(), account, time.as_str()];
    let dedupe = keys::hashed_object("k", &about, value.all());
    let raw = value.whole();
    let place = route.place.clone();
    item(out, route, place, dedupe, raw);
}

/// Group fields carry an array of events, each its own item with its own time.
pub(crate) fn groups(out: &mut Sink, route: &Route, mut value: Fields) {
    let mut seen = false;
    for (at, element) in value.list("groups").into_iter().enumerate() {
        seen = true;
        let place = route.at("groups", at);
        if !element.is_object() {
            out.trouble(route, place, "group is not an object", element);
            continue;
        }
        let dedupe = keys::hashed("g", &[&route.field], &element);
        item(out, route, place, dedupe, element);
    }
    value.raw("messaging_product");
    if !value.is_empty() || !seen {
        out.unknown(route, value.whole());
    }
}

fn item(out: &mut Sink, route: &Route, place: String, dedupe: String, raw: Value) {
    let mut route = route.clone();
    let mut fields = Fields::of(raw.clone()).unwrap_or_default();
    let display = ["display_phone_number", "phone_number"];
    let display = display.iter().find_map(|key| fields.short(key));
    route.display = route.display.or(display);
    route.number = route.number.or_else(|| fields.short("phone_number_id"));
    if route.number.is_none() {
        route.number = nested_number(&mut fields);
    }
    let own = fields.time("timestamp");
    let kind = kind(&route.field, &mut fields);
    let fact = Fact::Account(AccountFact {
        field: route.field.clone(),
        kind,
        at: own.or(route.time),
        raw,
    });
    out.item(&route, place, dedupe, fact);
}

/// Settings name the number inside; alerts name it as the entity they are about.
fn nested_number(fields: &mut Fields) -> Option<String> {
    if fields
        .peek("entity_type")
        .is_some_and(|it| it == "PHONE_NUMBER")
    {
        return fields.short("entity_id");
    }
    let mut settings = fields.object("phone_number_settings")?;
    settings.short("phone_number_id")
}

fn kind(field: &str, it: &mut Fields) -> AccountKind {
    match field {
        "message_template_status_update"
        | "message_template_quality_update"
        | "message_template_components_update"
        | "template_category_update"
        | "template_correct_category_detection" => template(field, it),
        "phone_number_quality_update" => AccountKind::NumberQuality {
            event: it.text_or_empty("event"),
            tier: it
                .name("max_daily_conversations_per_business")
                .or_else(|| it.name("current_limit")),
        },
        "phone_number_name_update" => AccountKind::NumberName {
            decision: it.text_or_empty("decision"),
            name: it.name("requested_verified_name"),
            reason: it.name("rejection_reason"),
        },
        "account_update" => account(it),
        "business_capability_update" => AccountKind::Capability {
            daily: it
                .name("max_daily_conversations_per_business")
                .or_else(|| it.name("max_daily_conversation_per_phone")),
            numbers: it
                .int("max_phone_numbers_per_business")
                .or_else(|| it.int("max_phone_numbers_per_waba")),
        },
        "account_alerts" => {
            let mut info = it.object("alert_info").unwrap_or_default();
            AccountKind::Alert {
                severity: info.text_or_empty("alert_severity"),
                status: info.text_or_empty("alert_status"),
                alert: info.text_or_empty("alert_type"),
                description: info.text_or_empty("alert_description"),
            }
        }
        "account_review_update" => AccountKind::Review {
            decision: it.text_or_empty("decision"),
        },
        "security" => AccountKind::Security {
            event: it.text_or_empty("event"),
        },
        "flows" => AccountKind::Flow {
            event: it.text_or_empty("event"),
            flow: it.text_or_empty("flow_id"),
            message: it.text_or_empty("message"),
        },
        "business_username_updates" | "business_username_update" => AccountKind::Username {
            status: it.text_or_empty("status"),
            username: it.name("username"),
        },
        "account_settings_update" => AccountKind::Settings,
        "payment_configuration_update" => AccountKind::Payment {
            status: it.text_or_empty("status"),
        },
        "partner_solutions" => AccountKind::Partner {
            event: it.text_or_empty("event"),
        },
        group if group.starts_with("group_") => AccountKind::Group {
            group: it.text_or_empty("group_id"),
            event: it.text_or_empty("type"),
        },
        _ => AccountKind::Other,
    }
}

fn template(field: &str, it: &mut Fields) -> AccountKind {
    let template = it.text_or_empty("message_template_id");
    let name = it.text_or_empty("message_template_name");
    let language = it.text_or_empty("message_template_language");
    match field {
        "message_template_status_update" => AccountKind::TemplateStatus {
            template,
            name,
            language,
            event: it.text_or_empty("event"),
            // The details tell more than the code word, where they are given.
            reason: rejection(it).or_else(|| it.name("reason")),
            category: it.name("message_template_category"),
        },
        "message_template_quality_update" => AccountKind::TemplateQuality {
            template,
            name,
            language,
            previous: it.text_or_empty("previous_quality_score"),
            now: it.text_or_empty("new_quality_score"),
        },
        "message_template_components_update" => AccountKind::TemplateComponents {
            template,
            name,
            language,
        },
        _ => {
            let category = it.name("category");
            let new = it.name("new_category");
            let correct = it.name("correct_category");
            // With `correct_category` the change is still to come and `new_category` is today's.
            let (previous, now) = match correct {
                Some(correct) => (new.or(category), Some(correct)),
                None => (it.name("previous_category").or(category), new),
            };
            AccountKind::TemplateCategory {
                template,
                name,
                language,
                previous,
                now: now.unwrap_or_default(),
                scheduled: it.time("category_update_timestamp"),
            }
        }
    }
}

fn rejection(it: &mut Fields) -> Option<String> {
    let mut info = it.object("rejection_info")?;
    info.name("reason")
}

/// The reason, wherever this event keeps one.
fn account(it: &mut Fields) -> AccountKind {
    let event = it.text_or_empty("event");
    let places = [
        ("disconnection_info", "reason"),
        ("violation_info", "violation_type"),
        ("ban_info", "waba_ban_state"),
    ];
    let reason = places
        .iter()
        .find_map(|(object, key)| it.object(object)?.name(key));
    let reason = reason.or_else(|| {
        let first = it.list("restriction_info").into_iter().next()?;
        Fields::of(first).ok()?.name("restriction_type")
    });
    AccountKind::Account { event, reason }
}
