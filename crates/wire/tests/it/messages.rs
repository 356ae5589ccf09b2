//! What a customer's message, an echo or a status becomes when it isn't the usual one.
//!
//! In: single elements. Out: the content, the people, the keys. Absent: the usual ones, which are
//! goldens.

use crate::ask::{self, ANA, OWN, content, message, one, status};
use ponte_core::content::{Change, Media};
use ponte_core::fact::{Delivery, Fact};
use ponte_core::{Content, Time};
use serde_json::{Value, json};

fn text(body: &str) -> Value {
    json!({"type": "text", "text": {"body": body}})
}

#[test]
fn a_message_without_a_time_is_kept_at_zero() {
    for timestamp in [
        Value::Null,
        json!("soon"),
        json!({}),
        json!("-5"),
        json!(-5),
    ] {
        let (_, received) = message(json!({"timestamp": timestamp, "text": {"body": "oi"}}));
        assert_eq!(received.sent, Time::ZERO, "{timestamp}");
    }
}

#[test]
fn a_time_is_read_as_text_or_number_and_clamped() {
    let sent = |timestamp: Value| message(json!({"timestamp": timestamp})).1.sent;
    assert_eq!(sent(json!("1763700000")), Time::from_secs(1_763_700_000));
    assert_eq!(sent(json!(1_763_700_000)), Time::from_secs(1_763_700_000));
    assert_eq!(
        sent(json!("99999999999999999999")),
        Time::from_secs(i64::MAX)
    );
}

#[test]
fn a_message_without_a_type_is_known_by_its_body() {
    assert!(
        matches!(content(json!({"text": {"body": "oi"}})), Content::Text { body } if body == "oi")
    );
    assert!(matches!(
        content(json!({"image": {"id": "1"}})),
        Content::Image(_)
    ));
    assert!(matches!(content(json!({})), Content::Unknown { kind, .. } if kind.is_empty()));
}

#[test]
fn a_body_that_does_not_fit_its_type_is_kept_raw() {
    let bodies = [
        ("text", json!(7)),
        ("image", json!({})),
        ("location", json!({"latitude": "north"})),
        ("location", json!({"latitude": 1.5})),
        ("reaction", json!({"emoji": "👍"})),
        ("edit", json!({"message": {}})),
        ("edit", json!({"original_message_id": "m", "message": 7})),
        ("revoke", json!({"id": 1})),
        ("interactive", json!("x")),
        ("contacts", json!([])),
        ("button", json!({})),
        ("system", json!([])),
    ];
    for (kind, body) in bodies {
        match content(json!({"type": kind, kind: body})) {
            Content::Unknown { kind: named, raw } => {
                assert_eq!(named, kind);
                // Of an empty body there is nothing to keep.
                let empty = body == json!([]) || body == json!({});
                assert!(raw == body || empty, "{kind}: {raw}");
            }
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn empty_words_are_still_words() {
    assert!(matches!(content(text("")), Content::Text { body } if body.is_empty()));
    assert!(matches!(content(text(" \n")), Content::Text { body } if body == " \n"));
}

#[test]
fn every_way_to_take_a_reaction_back_is_one() {
    for emoji in [Value::Null, json!(""), json!([])] {
        let what =
            content(json!({"type": "reaction", "reaction": {"message_id": "m", "emoji": emoji}}));
        let emoji = None;
        assert_eq!(
            what,
            Content::Reaction {
                target: "m".into(),
                emoji
            }
        );
    }
}

#[test]
fn media_is_read_whole_and_a_link_stands_in_for_an_address() {
    let what = content(json!({"type": "audio", "audio": {
        "id": 7, "mime_type": "audio/ogg", "sha256": "ab", "link": "https://a.example", "voice": "true"
    }}));
    let want = Media {
        id: "7".into(),
        mime: "audio/ogg".into(),
        sha256: "ab".into(),
        url: Some("https://a.example".into()),
        voice: true,
        ..Media::default()
    };
    assert_eq!(what, Content::Audio(want));
}

#[test]
fn the_context_of_an_edit_may_stand_inside_it() {
    let inner = json!({"type": "text", "text": {"body": "b"}, "context": {"id": "q"}});
    let edit = json!({"original_message_id": "m", "message": inner});
    let (_, received) = message(json!({"type": "edit", "edit": edit}));
    assert_eq!(received.context.quotes.as_deref(), Some("q"));
}

#[test]
fn edits_of_edits_end() {
    let mut inner = text("fim");
    for _ in 0..35 {
        inner = json!({"type": "edit", "edit": {"original_message_id": "m", "message": inner}});
    }
    let mut what = content(inner);
    let mut depth = 0;
    while let Content::Edit { content, .. } = what {
        what = *content;
        depth += 1;
    }
    assert_eq!((depth, what.text().as_str()), (35, "fim"));
}

#[test]
fn one_message_that_is_not_in_an_array_is_read() {
    let item = one(
        "messages",
        json!({"messages": {"id": "wamid.A", "text": {"body": "oi"}}}),
    );
    assert_eq!(item.place, "entry[0].changes[0].value.messages[0]");
}

#[test]
fn a_change_of_id_without_a_sender_belongs_to_the_old_names() {
    let change = |system: Value| message(json!({"type": "system", "system": system}));
    let (from, _) = change(json!({"type": "user_changed_user_id", "user_id": "BR.2",
        "previous_user_id": "BR.1", "body": ""}));
    assert_eq!(from.bsuid.as_deref(), Some("BR.1"));
    let (from, _) = change(json!({"type": "user_changed_user_id", "user_id": "BR.2", "body": ""}));
    assert_eq!(from.bsuid.as_deref(), Some("BR.2"));
}

#[test]
fn a_new_kind_of_change_keeps_its_name() {
    let what =
        content(json!({"type": "system", "system": {"type": "user_flew", "body": "Ana flew"}}));
    let Content::System(change) = what else {
        panic!("{what:?}")
    };
    assert_eq!(change.change, Change::Other("user_flew".into()));
    assert_eq!(change.body, "Ana flew");
}

#[test]
fn what_a_contact_carries_besides_names_goes_to_its_first_message_only() {
    let items = ask::items(
        "messages",
        json!({
            "contacts": [{"wa_id": ANA, "profile": {"name": "Ana"}, "identity_key_hash": "h"}],
            "messages": [{"id": "1", "from": ANA}, {"id": "2", "from": ANA}],
        }),
    );
    let extra = |at: usize| match &items[at].fact {
        Fact::Message { from, message } => {
            assert_eq!(from.name.as_deref(), Some("Ana"));
            message.extra.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(
        extra(0),
        json!({"value.contacts": {"identity_key_hash": "h"}})
    );
    assert_eq!(extra(1), Value::Null);
}

#[test]
fn an_echo_is_about_whom_it_went_to_never_about_its_sender() {
    let echo = json!({"id": "wamid.E", "from": OWN, "to": ANA, "text": {"body": "oi"}});
    let item = one("smb_message_echoes", json!({"message_echoes": [echo]}));
    let Fact::Echo { to, message } = item.fact else {
        panic!()
    };
    assert_eq!(to.wa_id.as_deref(), Some(ANA));
    assert!(!message.extra.to_string().contains(OWN));
    assert_eq!(item.dedupe, "e:wamid.E");
}

#[test]
fn an_echo_without_a_phone_is_known_by_its_id() {
    let echo = json!({"id": "wamid.E", "from": OWN, "to_user_id": "BR.1", "to_parent_user_id": "BR.ENT.1"});
    let item = one("smb_message_echoes", json!({"message_echoes": [echo]}));
    let Fact::Echo { to, .. } = item.fact else {
        panic!()
    };
    assert_eq!((to.wa_id, to.bsuid.as_deref()), (None, Some("BR.1")));
    assert_eq!(to.parent.as_deref(), Some("BR.ENT.1"));
}

#[test]
fn message_and_echo_of_one_id_have_keys_of_their_own() {
    let of = |array: &str| one("messages", json!({array: [{"id": "wamid.A"}]})).dedupe;
    assert_eq!(
        (of("messages").as_str(), of("message_echoes").as_str()),
        ("m:wamid.A", "e:wamid.A")
    );
}

#[test]
fn statuses_of_one_message_are_told_apart_by_status_and_participant() {
    let key = |fields: Value| status(fields).0;
    assert_eq!(key(json!({"id": "w", "status": "sent"})), "s:w:sent");
    assert_eq!(key(json!({"id": "w", "status": "read"})), "s:w:read");
    assert_eq!(
        key(json!({"id": "w", "status": "read", "recipient_participant_user_id": "BR.1"})),
        "s:w:read:BR.1"
    );
}

#[test]
fn a_status_is_known_in_any_case_and_a_new_one_keeps_its_name() {
    let of = |name: &str| status(json!({"id": "w", "status": name})).1.status;
    assert_eq!(of("READ"), Delivery::Read);
    assert_eq!(of("Teleported"), Delivery::Other("Teleported".into()));
}

#[test]
fn all_three_spellings_of_a_parent_are_read() {
    for key in [
        "parent_recipient_user_id",
        "parent_user_id",
        "recipient_parent_user_id",
    ] {
        let (_, report) = status(json!({"id": "w", "status": "sent", key: "BR.ENT.1"}));
        assert_eq!(
            report.recipient.parent.as_deref(),
            Some("BR.ENT.1"),
            "{key}"
        );
    }
}

#[test]
fn in_a_group_the_recipient_is_the_participant() {
    let (_, report) = status(
        json!({"id": "w", "status": "read", "recipient_type": "group",
        "recipient_id": "G", "recipient_participant_id": ANA}),
    );
    assert_eq!(report.group.as_deref(), Some("G"));
    assert_eq!(report.recipient.wa_id.as_deref(), Some(ANA));
}

#[test]
fn the_message_of_an_error_is_kept_where_the_title_does_not_say_it() {
    let failed = |error: Value| {
        let (_, mut report) = status(json!({"id": "w", "status": "failed", "errors": [error]}));
        report.errors.remove(0)
    };
    let error =
        failed(json!({"code": "131026", "title": "Undeliverable", "message": "no WhatsApp"}));
    assert_eq!(
        (error.code, error.details.as_str()),
        (131_026, "no WhatsApp")
    );
    let error = failed(json!({"code": 1, "message": "x"}));
    assert_eq!((error.title.as_str(), error.details.as_str()), ("x", ""));
}

#[test]
fn a_new_array_is_an_item_of_its_own_and_a_new_field_stays_with_its_first_neighbour() {
    let items = ask::items(
        "messages",
        json!({"messages": [{"id": "1"}, {"id": "2"}], "weather": "fine", "polls": [{"id": 3}]}),
    );
    assert_eq!(items.len(), 3);
    let extra = |at: usize| match &items[at].fact {
        Fact::Message { message, .. } => message.extra.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(extra(0), json!({"value": {"weather": "fine"}}));
    assert_eq!(extra(1), Value::Null);
    assert!(matches!(&items[2].fact, Fact::Unknown { raw, .. } if raw["polls"][0]["id"] == 3));
}

#[test]
fn a_new_field_without_a_neighbour_is_an_item() {
    let item = one("messages", json!({"weather": "fine"}));
    assert!(matches!(item.fact, Fact::Unknown { raw, .. } if raw == json!({"weather": "fine"})));
}
