//! Reads one step in the life of a message that left our number.
//!
//! In: an element of `statuses`. Out: a [`StatusReport`] and its key: wamid, status and, in groups,
//! the participant, because groups report one status per person. Absent: the order of statuses, which
//! the step puts right, and the meaning of the tag ([`crate::tag`]).

use super::fields::Fields;
use super::people::Contacts;
use super::{content, keys};
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::fact::{Delivery, Pricing, StatusReport};

/// The report and its key, or nothing if the status names no message.
pub(crate) fn read(
    mut fields: Fields,
    contacts: &mut Contacts,
) -> Result<(StatusReport, String), Fields> {
    if !fields.named("id") || !fields.named("status") {
        return Err(fields);
    }
    let wamid = fields.text_or_empty("id");
    let status = fields.text_or_empty("status");
    let (recipient, group, participant) = recipient(&mut fields, contacts);
    let mut parts = vec![wamid.as_str(), status.as_str()];
    parts.extend(participant.as_deref());
    let dedupe = keys::key("s", &parts);
    let report = StatusReport {
        status: delivery(&status),
        at: fields.time("timestamp").unwrap_or(Time::ZERO),
        recipient,
        tag: fields.name("biz_opaque_callback_data"),
        pricing: pricing(&mut fields),
        errors: content::troubles(&mut fields, "errors"),
        window_until: window(&mut fields),
        group,
        extra: fields.rest(),
        wamid,
    };
    Ok((report, dedupe))
}

/// The person, the group and the participant's name for the key. In a group `recipient_id` is the
/// group, and the person is the participant. Meta spells the parent id in three ways.
fn recipient(
    fields: &mut Fields,
    contacts: &mut Contacts,
) -> (Person, Option<String>, Option<String>) {
    let parents = [
        "recipient_parent_user_id",
        "parent_recipient_user_id",
        "parent_user_id",
    ];
    let parent = parents.iter().filter_map(|key| fields.name(key)).last();
    let kind = fields.name("recipient_type");
    let id = fields.name("recipient_id");
    let bsuid = fields.name("recipient_user_id");
    let wa_participant = fields.name("recipient_participant_id");
    let bsuid_participant = fields.name("recipient_participant_user_id");
    let participant = wa_participant.clone().or_else(|| bsuid_participant.clone());
    let grouped = kind.as_deref() == Some("group") || participant.is_some();
    if let Some(kind) = kind.filter(|kind| kind != "group" && kind != "individual") {
        fields.put("recipient_type", kind.into());
    }
    let mut person = Person {
        wa_id: if grouped { wa_participant } else { id.clone() },
        bsuid: bsuid_participant.or(bsuid),
        parent,
        ..Person::default()
    };
    if !grouped || person != Person::default() {
        contacts.attach(&mut person, fields);
    }
    (person, id.filter(|_| grouped), participant)
}

fn delivery(status: &str) -> Delivery {
    match status.to_ascii_lowercase().as_str() {
        "sent" => Delivery::Sent,
        "delivered" => Delivery::Delivered,
        "read" => Delivery::Read,
        "played" => Delivery::Played,
        "failed" => Delivery::Failed,
        _ => Delivery::Other(status.to_owned()),
    }
}

fn pricing(fields: &mut Fields) -> Option<Pricing> {
    let mut inner = fields.object("pricing")?;
    let pricing = Pricing {
        model: inner.text_or_empty("pricing_model"),
        kind: inner.text_or_empty("type"),
        category: inner.text_or_empty("category"),
        subtype: inner.name("subtype"),
        billable: inner.flag("billable"),
    };
    fields.put_rest("pricing", inner);
    Some(pricing)
}

/// `conversation` is only sent for free entry points since v24; its expiry is what we need of it.
fn window(fields: &mut Fields) -> Option<Time> {
    let mut conversation = fields.object("conversation")?;
    let until = conversation.time("expiration_timestamp");
    fields.put_rest("conversation", conversation);
    until
}
