//! The golden shapes of everything customers do. Next: `inbound.rs`, `content.rs`.

use super::*;
use crate::testing::{ANA, NUMBER, START, answer_all, ask_text, demo, text, world};
use crate::time::DAY;
use crate::{CustomerProfile, Fault};

/// The message of a content as the webhook carries it, without id, timestamp and sender.
fn golden(message: impl Into<CustomerMessage>) -> Value {
    let (mut cloud, ana) = world();
    cloud.customer_sends(START, ana, NUMBER, message.into());
    let mut message = answer_all(&mut cloud, START)[0]["value"]["messages"][0].clone();
    let object = message.as_object_mut().unwrap();
    for common in ["id", "timestamp", "from", "from_user_id"] {
        object.remove(common).expect(common);
    }
    message
}

/// The same for files, whose ids and links are drawn.
fn golden_file(kind: &str, media: Media) -> Value {
    let content = match kind {
        "image" => Content::Image(media),
        "video" => Content::Video(media),
        "document" => Content::Document(media),
        "sticker" => Content::Sticker(media),
        _ => Content::Audio(media),
    };
    let mut message = golden(content);
    assert_eq!(message["type"], kind);
    let file = message[kind].as_object_mut().unwrap();
    assert_eq!(file.remove("id").unwrap().as_str().unwrap().len(), 16);
    assert_eq!(
        file.remove("sha256").unwrap().as_str().unwrap().len(),
        44,
        "base64 of 32 bytes"
    );
    assert!(
        text(&file.remove("url").unwrap())
            .starts_with("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=")
    );
    message[kind].clone()
}

#[test]
fn a_text_has_the_whole_documented_value() {
    let (mut cloud, ana) = world();
    let wamid = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let bsuid = cloud.customers()[0].bsuid.clone();
    let changes = answer_all(&mut cloud, START);
    assert_eq!(
        changes[0],
        json!({"field": "messages", "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "551140000001", "phone_number_id": NUMBER},
            "contacts": [{"profile": {"name": "Ana Souza"}, "wa_id": "5511987654321", "user_id": bsuid}],
            "messages": [{"id": wamid, "from": "5511987654321", "from_user_id": bsuid, "timestamp": "1795176000",
                          "type": "text", "text": {"body": "oi"}}]
        }})
    );
}

#[test]
fn a_user_who_hides_the_phone_has_a_user_id_only() {
    let mut cloud = demo();
    let profile = CustomerProfile {
        hides_phone: true,
        username: Some("ana.s".into()),
        parent: Some("BR.ENT.9".into()),
        bsuid: Some("BR.8".into()),
        ..CustomerProfile::new("Ana", ANA)
    };
    let ana = cloud.customer(profile);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let value = answer_all(&mut cloud, START)[0]["value"].clone();
    assert_eq!(
        value["contacts"],
        json!([{"profile": {"name": "Ana", "username": "ana.s"}, "user_id": "BR.8", "parent_user_id": "BR.ENT.9"}])
    );
    let message = &value["messages"][0];
    assert_eq!(
        (message.get("from"), &message["from_user_id"]),
        (None, &json!("BR.8"))
    );
    assert_eq!(message["from_parent_user_id"], "BR.ENT.9");
}

#[test]
fn files_have_an_id_a_type_a_digest_and_a_link() {
    let captioned = Media::captioned("olha");
    assert_eq!(
        golden_file("image", captioned.clone()),
        json!({"mime_type": "image/jpeg", "caption": "olha"})
    );
    assert_eq!(
        golden_file("video", captioned.clone()),
        json!({"mime_type": "video/mp4", "caption": "olha"})
    );
    let named = Media {
        filename: Some("nota.pdf".into()),
        ..captioned
    };
    assert_eq!(
        golden_file("document", named),
        json!({"mime_type": "application/pdf", "caption": "olha", "filename": "nota.pdf"})
    );
    let sticker = Media {
        animated: true,
        ..Media::default()
    };
    assert_eq!(
        golden_file("sticker", sticker),
        json!({"mime_type": "image/webp", "animated": true})
    );
    assert_eq!(
        golden_file("audio", Media::voice()),
        json!({"mime_type": "audio/ogg; codecs=opus", "voice": true})
    );
}

#[test]
fn a_files_own_bytes_can_be_given() {
    let (mut cloud, ana) = world();
    let media = Media {
        data_base64: "Zm9v".into(),
        mime_type: "image/png".into(),
        ..Media::default()
    };
    cloud.customer_sends(START, ana, NUMBER, Content::Image(media).into());
    let image = answer_all(&mut cloud, START)[0]["value"]["messages"][0]["image"].clone();
    assert_eq!(image["mime_type"], "image/png");
    assert_eq!(
        image["sha256"], "LCa0a2j/xo/5m0U8HTBBNBNCLXBkg7+g+YpeiGJm564=",
        "SHA-256 of foo"
    );
}

#[test]
fn the_link_in_the_webhook_may_be_missing() {
    let mut cloud = crate::Cloud::new(
        crate::CloudConfig {
            media_url_in_webhooks: false,
            ..crate::CloudConfig::demo()
        },
        1,
    );
    let ana = cloud.customer(CustomerProfile::new("Ana", ANA));
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::image("x"));
    assert_eq!(
        answer_all(&mut cloud, START)[0]["value"]["messages"][0]["image"].get("url"),
        None
    );
}

#[test]
fn places_and_cards() {
    let place = Content::Location {
        latitude: -23.5,
        longitude: -46.6,
        name: Some("Sé".into()),
        address: None,
        url: None,
    };
    assert_eq!(
        golden(place),
        json!({"type": "location", "location": {"latitude": -23.5, "longitude": -46.6, "name": "Sé"}})
    );
    let card =
        json!({"name": {"formatted_name": "Bia"}, "phones": [{"phone": "+55 21", "type": "CELL"}]});
    let contacts = Content::Contacts {
        contacts: vec![card.clone()],
        origin: Some("contact_request".into()),
    };
    assert_eq!(
        golden(contacts),
        json!({"type": "contacts", "contacts": [card], "origin": "contact_request"})
    );
}

#[test]
fn interactive_replies() {
    let reply = |content: Content| golden(content)["interactive"].clone();
    assert_eq!(
        reply(Content::ButtonReply {
            id: "sim".into(),
            title: "Sim".into()
        }),
        json!({"type": "button_reply", "button_reply": {"id": "sim", "title": "Sim"}})
    );
    assert_eq!(
        reply(Content::ListReply {
            id: "a".into(),
            title: "A".into(),
            description: None
        }),
        json!({"type": "list_reply", "list_reply": {"id": "a", "title": "A"}})
    );
    assert_eq!(
        reply(Content::NfmReply {
            name: "flow".into(),
            body: "Sent".into(),
            response_json: "{\"a\":1}".into()
        }),
        json!({"type": "nfm_reply", "nfm_reply": {"name": "flow", "body": "Sent", "response_json": "{\"a\":1}"}})
    );
    let permission = Content::CallPermissionReply {
        response: "accept".into(),
        expiration_timestamp: Some(1_795_780_800),
        response_source: Some("user_action".into()),
        is_permanent: None,
    };
    assert_eq!(
        reply(permission),
        json!({"type": "call_permission_reply", "call_permission_reply":
            {"response": "accept", "expiration_timestamp": 1_795_780_800, "response_source": "user_action"}})
    );
    assert_eq!(
        reply(Content::Product {
            catalog_id: "1".into(),
            product_retailer_id: "p".into()
        }),
        json!({"type": "product", "product": {"catalog_id": "1", "product_retailer_id": "p"}})
    );
}

#[test]
fn buttons_orders_and_unknown_kinds() {
    assert_eq!(
        golden(Content::Button {
            payload: "P".into(),
            text: "Continuar".into()
        }),
        json!({"type": "button", "button": {"payload": "P", "text": "Continuar"}})
    );
    let item =
        json!({"product_retailer_id": "p", "quantity": 2, "item_price": 9.9, "currency": "BRL"});
    assert_eq!(
        golden(Content::Order {
            catalog_id: "1".into(),
            text: None,
            product_items: vec![item.clone()]
        }),
        json!({"type": "order", "order": {"catalog_id": "1", "product_items": [item]}})
    );
    assert_eq!(
        golden(Content::Unknown {
            kind: "hologram".into(),
            value: json!({"depth": 3})
        }),
        json!({"type": "hologram", "hologram": {"depth": 3}})
    );
}

#[test]
fn a_reaction_taken_back_has_no_emoji_property() {
    assert_eq!(
        golden(CustomerMessage::reaction("wamid.x", Some("👍"))),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}})
    );
    assert_eq!(
        golden(CustomerMessage::reaction("wamid.x", None)),
        json!({"type": "reaction", "reaction": {"message_id": "wamid.x"}})
    );
}

#[test]
fn unsupported_messages_carry_their_error() {
    for code in [131051, 131060] {
        let message = golden(Content::Unsupported {
            code,
            kind: "poll_creation".into(),
        });
        assert_eq!(message["type"], "unsupported");
        assert_eq!(message["unsupported"], json!({"type": "poll_creation"}));
        assert_eq!(message["errors"][0]["code"], json!(code));
        assert!(message["errors"][0]["error_data"]["details"].is_string());
    }
}

#[test]
fn edits_name_the_original_and_carry_the_new_message() {
    let (mut cloud, ana) = world();
    let plain = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let image = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::image("gato"));
    for original in [&plain, &image] {
        let edit = Content::Edit {
            original_message_id: original.clone(),
            body: "novo".into(),
        };
        cloud.customer_sends(START, ana, NUMBER, edit.into());
    }
    let changes = answer_all(&mut cloud, START);
    let edit = |place: usize| changes[place]["value"]["messages"][0]["edit"].clone();
    assert_eq!(
        edit(2),
        json!({"original_message_id": plain, "message": {"type": "text", "text": {"body": "novo"}, "context": {"id": plain}}})
    );
    assert_eq!(edit(3)["message"]["type"], "image");
    assert_eq!(edit(3)["message"]["image"]["caption"], "novo");
    assert!(edit(3)["message"]["image"]["id"].is_string());
}

#[test]
fn deletions_name_the_original() {
    assert_eq!(
        golden(Content::Revoke {
            original_message_id: "wamid.x".into()
        }),
        json!({"type": "revoke", "revoke": {"original_message_id": "wamid.x"}})
    );
}

#[test]
fn a_new_number_comes_with_a_new_user_id_and_both_are_known_after() {
    let (mut cloud, ana) = world();
    let old = cloud.customers()[0].bsuid.clone();
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        Content::UserChangedNumber {
            phone: "+55 21 90000-0000".into(),
        }
        .into(),
    );
    let message = answer_all(&mut cloud, START)[0]["value"]["messages"][0].clone();
    let new = cloud.customers()[0].bsuid.clone();
    assert_ne!(old, new);
    assert_eq!(
        message["system"],
        json!({"type": "user_changed_number", "body": "User Ana Souza changed from 5511987654321 to 5521900000000",
            "wa_id": "5521900000000", "user_id": new, "previous_user_id": old})
    );
    assert_eq!(cloud.find_customer("+5521900000000"), Some(ana));
    assert_eq!(cloud.find_customer(ANA), None);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    assert_eq!(
        cloud.http(START, ask_text("+5521900000000", "olá")).status,
        200,
        "the chat goes on"
    );
}

#[test]
fn a_new_user_id_alone_keeps_the_phone_out() {
    let (mut cloud, ana) = world();
    let old = cloud.customers()[0].bsuid.clone();
    cloud.customer_sends(START, ana, NUMBER, Content::UserChangedUserId.into());
    let system = answer_all(&mut cloud, START)[0]["value"]["messages"][0]["system"].clone();
    assert_eq!(
        (&system["type"], &system["previous_user_id"]),
        (&json!("user_changed_user_id"), &json!(old))
    );
    assert_eq!(system.get("wa_id"), None);
}

#[test]
fn a_quote_names_who_wrote_the_quoted_line() {
    let (mut cloud, ana) = world();
    let own = cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    let ours = cloud.http(START, ask_text(ANA, "olá")).wamid().unwrap();
    answer_all(&mut cloud, START);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("a").quoting(&own));
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        CustomerMessage::button_reply(&ours, "1", "Sim"),
    );
    let contexts: Vec<Value> = answer_all(&mut cloud, START)
        .iter()
        .map(|change| change["value"]["messages"][0]["context"].clone())
        .collect();
    assert_eq!(contexts[0], json!({"from": "5511987654321", "id": own}));
    assert_eq!(contexts[1], json!({"from": "551140000001", "id": ours}));
}

#[test]
fn forwards_products_and_groups_stand_beside_the_content() {
    let message = CustomerMessage {
        forwarded: true,
        frequently_forwarded: true,
        ..CustomerMessage::text("x")
    };
    assert_eq!(
        golden(message)["context"],
        json!({"forwarded": true, "frequently_forwarded": true})
    );
    let message = CustomerMessage {
        referred_product: Some(("1".into(), "p".into())),
        ..CustomerMessage::text("x")
    };
    assert_eq!(
        golden(message)["context"]["referred_product"],
        json!({"catalog_id": "1", "product_retailer_id": "p"})
    );
    let message = CustomerMessage {
        group_id: Some("g".into()),
        ..CustomerMessage::text("x")
    };
    assert_eq!(golden(message)["group_id"], "g");
    assert_eq!(golden(CustomerMessage::text("x")).get("context"), None);
}

#[test]
fn an_ad_brings_its_referral() {
    let referral = golden(CustomerMessage::text("oi").from_ad("Oferta"))["referral"].clone();
    assert_eq!(
        (&referral["source_type"], &referral["headline"]),
        (&json!("ad"), &json!("Oferta"))
    );
    assert!(referral["ctwa_clid"].is_string() && referral["image_url"].is_string());
    let status_ad = Referral {
        source_type: "ad".into(),
        welcome_message: Some("Oi!".into()),
        ..Referral::default()
    };
    let message = CustomerMessage {
        referral: Some(status_ad),
        ..CustomerMessage::text("oi")
    };
    let referral = golden(message)["referral"].clone();
    assert_eq!(
        (referral.get("ctwa_clid"), &referral["welcome_message"]),
        (None, &json!({"text": "Oi!"}))
    );
}

#[test]
fn a_call_is_two_events_and_opens_the_window() {
    let (mut cloud, ana) = world();
    let id = cloud.customer_calls(START, ana, NUMBER, true);
    let calls: Vec<Value> = answer_all(&mut cloud, START + DAY)
        .iter()
        .map(|change| change["value"]["calls"][0].clone())
        .collect();
    assert_eq!(calls.len(), 2);
    assert_eq!(
        (&calls[0]["event"], &calls[1]["event"]),
        (&json!("connect"), &json!("terminate"))
    );
    assert!(
        calls
            .iter()
            .all(|call| call["id"] == json!(id) && call["direction"] == "USER_INITIATED")
    );
    assert_eq!(
        (&calls[1]["status"], &calls[1]["duration"]),
        (&json!("COMPLETED"), &json!(55))
    );
    assert_eq!(calls[0]["session"]["sdp_type"], "offer");
    assert!(cloud.window_until(NUMBER, ana).is_some());
    cloud.customer_calls(START, ana, NUMBER, false);
    assert_eq!(
        answer_all(&mut cloud, START + DAY)[1]["value"]["calls"][0]["status"],
        "FAILED"
    );
}

#[test]
fn messages_read_from_json_are_those_of_the_page() {
    let parse = |value: Value| serde_json::from_value::<CustomerMessage>(value).expect("a message");
    assert_eq!(
        parse(json!({"type": "text", "body": "oi"})),
        CustomerMessage::text("oi")
    );
    assert_eq!(
        parse(json!({"type": "button_reply", "id": "1", "title": "Sim", "reply_to": "w"})),
        CustomerMessage::button_reply("w", "1", "Sim")
    );
    assert_eq!(
        parse(json!({"type": "reaction", "message_id": "w"})),
        CustomerMessage::reaction("w", None)
    );
    assert_eq!(
        parse(json!({"type": "image", "caption": "x"})),
        CustomerMessage::image("x")
    );
    assert!(parse(json!({"type": "text", "body": "x", "forwarded": true})).forwarded);
    assert!(serde_json::from_value::<CustomerMessage>(json!({"type": "text"})).is_err());
}

#[test]
fn the_ledger_remembers_every_word() {
    let (mut cloud, ana) = world();
    cloud.faults().next(Fault::DelayDelivery, 1);
    cloud.customer_sends(START, ana, NUMBER, CustomerMessage::text("oi"));
    cloud.customer_sends(
        START,
        ana,
        NUMBER,
        CustomerMessage::reaction("w", Some("👍")),
    );
    let said: Vec<(&str, &str)> = cloud
        .ledger()
        .inbound()
        .map(|said| (said.kind.as_str(), said.text.as_str()))
        .collect();
    assert_eq!(said, [("text", "oi"), ("reaction", "👍")]);
    answer_all(&mut cloud, START);
    assert_eq!(
        cloud.ledger().never_acked().len(),
        1,
        "one is still on its way"
    );
    answer_all(&mut cloud, START + DAY);
    assert!(cloud.ledger().never_acked().is_empty());
}
