//! Templates: their store and whether a send fits. Next: `template.rs`.

use crate::api::ApiRequest;
use crate::testing::{ACCOUNT, ANA, NUMBER, START, TOKEN, ask_kind, get, open_world, post, text};
use crate::time::DAY;
use crate::{Cloud, CustomerProfile};
use serde_json::{Value, json};

fn path() -> String {
    format!("/{ACCOUNT}/message_templates")
}

fn create(cloud: &mut Cloud, name: &str, components: Value) -> Option<u64> {
    let body =
        json!({"name": name, "language": "pt_BR", "category": "UTILITY", "components": components});
    post(cloud, START, &path(), body).code()
}

fn send(cloud: &mut Cloud, name: &str, language: &str, components: Value) -> Option<u64> {
    let template = json!({"name": name, "language": {"code": language}, "components": components});
    cloud
        .http(START, ask_kind(ANA, "template", template))
        .code()
}

fn body(texts: &[&str]) -> Value {
    let parameters: Vec<Value> = texts
        .iter()
        .map(|text| json!({"type": "text", "text": text}))
        .collect();
    json!([{"type": "body", "parameters": parameters}])
}

#[test]
fn a_filled_template_goes_out_even_when_the_window_is_closed() {
    let (mut cloud, _) = crate::testing::world();
    assert_eq!(
        send(
            &mut cloud,
            "pedido_enviado",
            "pt_BR",
            body(&["123", "hoje"])
        ),
        None
    );
    let entry = cloud.ledger().accepted().next().unwrap();
    assert_eq!(
        entry.text,
        "O pedido 123 saiu para entrega e chega hoje no seu endereço."
    );
    assert_eq!(
        (entry.template.as_deref(), entry.window_open),
        (Some("pedido_enviado"), false)
    );
    assert!(cloud.ledger().accepted_outside_window().is_empty());
}

#[test]
fn names_and_languages_must_exist() {
    let (mut cloud, _) = open_world();
    assert_eq!(send(&mut cloud, "nenhum", "pt_BR", json!([])), Some(132001));
    assert_eq!(
        send(&mut cloud, "hello_world", "pt_BR", json!([])),
        Some(132001)
    );
    assert_eq!(send(&mut cloud, "hello_world", "en_US", json!([])), None);
    assert_eq!(
        cloud
            .http(START, ask_kind(ANA, "template", json!({"name": "x"})))
            .code(),
        Some(131008)
    );
    assert_eq!(
        cloud
            .http(
                START,
                ask_kind(ANA, "template", json!({"language": {"code": "pt"}}))
            )
            .code(),
        Some(131008)
    );
}

#[test]
fn parameters_must_be_as_many_as_the_variables() {
    let (mut cloud, _) = open_world();
    for texts in [&["123"][..], &[], &["1", "2", "3"]] {
        assert_eq!(
            send(&mut cloud, "pedido_enviado", "pt_BR", body(texts)),
            Some(132000),
            "{texts:?}"
        );
    }
    assert_eq!(
        send(&mut cloud, "hello_world", "en_US", body(&["x"])),
        Some(132000)
    );
    let header = json!([{"type": "header", "parameters": [{"type": "text", "text": "x"}]}]);
    assert_eq!(
        send(&mut cloud, "hello_world", "en_US", header),
        Some(132000),
        "no header to fill"
    );
}

#[test]
fn parameters_must_have_the_right_form() {
    let (mut cloud, _) = open_world();
    let one = |parameter: Value| json!([{"type": "body", "parameters": [parameter]}]);
    for bad in [
        json!({"type": "image", "image": {"id": "1"}}),
        json!({"type": "text"}),
        json!({"type": "text", "text": ""}),
        json!({"type": "text", "text": "a\nb"}),
        json!({"type": "text", "text": "a\tb"}),
        json!({"type": "text", "text": "a     b"}),
        json!({"type": "text", "text": "Ana", "parameter_name": "nome"}),
    ] {
        assert_eq!(
            send(&mut cloud, "retomar_conversa", "pt_BR", one(bad.clone())),
            Some(132012),
            "{bad}"
        );
    }
    let currency = json!({"type": "currency", "currency": {"fallback_value": "R$ 10", "code": "BRL", "amount_1000": 10000}});
    assert_eq!(
        send(&mut cloud, "retomar_conversa", "pt_BR", one(currency)),
        None
    );
}

#[test]
fn a_media_header_needs_its_kind_of_file() {
    let (mut cloud, _) = open_world();
    let with = |header: Value| {
        let mut components = body(&["Ana"]);
        components
            .as_array_mut()
            .unwrap()
            .push(json!({"type": "header", "parameters": header}));
        components
    };
    let image = json!([{"type": "image", "image": {"link": "https://a/b.jpg"}}]);
    assert_eq!(
        send(&mut cloud, "promocao_mensal", "pt_BR", with(image)),
        None
    );
    let video = json!([{"type": "video", "video": {"link": "https://a/b.mp4"}}]);
    assert_eq!(
        send(&mut cloud, "promocao_mensal", "pt_BR", with(video)),
        Some(132012)
    );
    assert_eq!(
        send(&mut cloud, "promocao_mensal", "pt_BR", body(&["Ana"])),
        Some(132012)
    );
}

#[test]
fn named_parameters_are_matched_by_name() {
    let (mut cloud, _) = open_world();
    let created = json!({"name": "com_nomes", "language": "pt_BR", "category": "UTILITY", "parameter_format": "named",
        "components": [{"type": "BODY", "text": "Olá {{nome}}, o pedido {{pedido}} chegou.",
            "example": {"body_text_named_params": [{"param_name": "nome", "example": "Ana"}]}}]});
    assert_eq!(post(&mut cloud, START, &path(), created).status, 200);
    let parameters = |names: [&str; 2]| {
        json!([{"type": "body", "parameters": [
            {"type": "text", "text": "7", "parameter_name": names[0]},
            {"type": "text", "text": "Ana", "parameter_name": names[1]}]}])
    };
    assert_eq!(
        send(
            &mut cloud,
            "com_nomes",
            "pt_BR",
            parameters(["pedido", "nome"])
        ),
        None
    );
    assert_eq!(
        cloud.ledger().accepted().next().unwrap().text,
        "Olá Ana, o pedido 7 chegou."
    );
    assert_eq!(
        send(
            &mut cloud,
            "com_nomes",
            "pt_BR",
            parameters(["pedido", "outro"])
        ),
        Some(132012)
    );
    assert_eq!(
        send(&mut cloud, "com_nomes", "pt_BR", body(&["a", "b"])),
        Some(132012)
    );
}

#[test]
fn a_filled_text_may_not_become_endless() {
    let (mut cloud, _) = open_world();
    let long = "x".repeat(4_100);
    assert_eq!(
        send(&mut cloud, "retomar_conversa", "pt_BR", body(&[&long])),
        Some(132005)
    );
}

#[test]
fn only_approved_templates_go_out() {
    let (mut cloud, _) = open_world();
    for (event, expected) in [
        ("PAUSED", Some(132015)),
        ("DISABLED", Some(132016)),
        ("REJECTED", Some(132001)),
        ("PENDING_DELETION", Some(132001)),
        ("REINSTATED", None),
        ("FLAGGED", None),
    ] {
        cloud.template_status(START, "hello_world", "en_US", event, "NONE");
        assert_eq!(
            send(&mut cloud, "hello_world", "en_US", json!([])),
            expected,
            "{event}"
        );
    }
}

#[test]
fn authentication_templates_need_a_phone() {
    let (mut cloud, _) = open_world();
    let created = json!({"name": "codigo", "language": "pt_BR", "category": "AUTHENTICATION",
        "components": [{"type": "BODY", "text": "Seu código de acesso."}]});
    assert_eq!(post(&mut cloud, START, &path(), created).status, 200);
    let id = cloud.customer(CustomerProfile {
        bsuid: Some("BR.77".into()),
        ..CustomerProfile::new("Bia", "+552")
    });
    assert_eq!(id.0, 1);
    let send = json!({"messaging_product": "whatsapp", "recipient": "BR.77", "type": "template",
        "template": {"name": "codigo", "language": {"code": "pt_BR"}}});
    assert_eq!(
        post(&mut cloud, START, &format!("/{NUMBER}/messages"), send).code(),
        Some(131062)
    );
}

#[test]
fn the_list_is_paged_and_filtered() {
    let (mut cloud, _) = open_world();
    let all = get(&mut cloud, START, &path()).value();
    assert_eq!(all["data"].as_array().unwrap().len(), 4);
    assert_eq!(all["paging"].get("next"), None);
    let mut seen = Vec::new();
    let mut next = format!("{}?limit=3", path());
    loop {
        let page = get(&mut cloud, START, &next).value();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|template| text(&template["name"])),
        );
        let Some(link) = page["paging"]["next"].as_str() else {
            break;
        };
        assert!(link.starts_with("https://graph.facebook.com/v26.0/"));
        next = link
            .trim_start_matches("https://graph.facebook.com")
            .to_owned();
    }
    seen.sort();
    assert_eq!(
        seen,
        [
            "hello_world",
            "pedido_enviado",
            "promocao_mensal",
            "retomar_conversa"
        ]
    );
    let marketing = get(&mut cloud, START, &format!("{}?category=MARKETING", path())).value();
    assert_eq!(marketing["data"].as_array().unwrap().len(), 1);
    let first = &marketing["data"][0];
    assert_eq!(
        (&first["status"], &first["parameter_format"]),
        (&json!("APPROVED"), &json!("POSITIONAL"))
    );
    let empty = get(&mut cloud, START, &format!("{}?name=nenhum", path())).value();
    assert_eq!(
        (empty["data"].as_array().unwrap().len(), empty.get("paging")),
        (0, None)
    );
    assert_eq!(
        get(&mut cloud, START, &format!("{}?after=x", path())).code(),
        Some(100)
    );
}

#[test]
fn pages_go_backwards_too() {
    let (mut cloud, _) = open_world();
    let page = get(&mut cloud, START, &format!("{}?limit=2&before=2", path())).value();
    let all = get(&mut cloud, START, &path()).value();
    assert_eq!(page["data"][0], all["data"][0]);
    assert_eq!(page["data"].as_array().unwrap().len(), 2);
}

#[test]
fn creation_checks_names_and_every_limit() {
    let (mut cloud, _) = open_world();
    let plain = |text: &str| json!([{"type": "BODY", "text": text}]);
    let part = |part: Value| json!([{"type": "BODY", "text": "oi"}, part]);
    let buttons = |kinds: &[&str]| {
        let buttons: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({"type": kind, "text": "ok"}))
            .collect();
        json!({"type": "BUTTONS", "buttons": buttons})
    };
    for (name, components, expected) in [
        ("Maiuscula", plain("oi"), Some(100)),
        ("com espaco", plain("oi"), Some(100)),
        ("", plain("oi"), Some(100)),
        (
            "sem_corpo",
            json!([{"type": "FOOTER", "text": "x"}]),
            Some(100),
        ),
        ("sem_partes", Value::Null, Some(100)),
        ("corpo", plain(&"x".repeat(1025)), Some(100)),
        ("comeca", plain("{{1}} oi"), Some(2388299)),
        ("termina", plain("oi {{1}}"), Some(2388299)),
        ("sem_exemplo", plain("oi {{1}} tchau"), Some(100)),
        (
            "titulo",
            part(json!({"type": "HEADER", "format": "TEXT", "text": "x".repeat(61)})),
            Some(100),
        ),
        (
            "titulo_dois",
            part(json!({"type": "HEADER", "format": "TEXT", "text": "{{1}} e {{2}}"})),
            Some(100),
        ),
        (
            "rodape",
            part(json!({"type": "FOOTER", "text": "x".repeat(61)})),
            Some(100),
        ),
        (
            "botao",
            part(
                json!({"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "x".repeat(26)}]}),
            ),
            Some(100),
        ),
        ("botoes", part(buttons(&["QUICK_REPLY"; 11])), Some(100)),
        ("links", part(buttons(&["URL"; 3])), Some(100)),
        ("telefones", part(buttons(&["PHONE_NUMBER"; 2])), Some(100)),
        ("outra_parte", part(json!({"type": "SOUND"})), Some(100)),
        ("botoes_bons", part(buttons(&["QUICK_REPLY"; 10])), None),
        ("bom", plain(&"x".repeat(1024)), None),
    ] {
        assert_eq!(create(&mut cloud, name, components), expected, "{name}");
    }
}

#[test]
fn a_name_is_taken_once_per_language_and_blocked_after_deletion() {
    let (mut cloud, _) = open_world();
    let plain = json!([{"type": "BODY", "text": "oi"}]);
    assert_eq!(create(&mut cloud, "novo", plain.clone()), None);
    assert_eq!(create(&mut cloud, "novo", plain.clone()), Some(2388024));
    let delete = |name: &str| ApiRequest::delete(&format!("{}?name={name}", path()), TOKEN);
    assert_eq!(
        cloud.http(START, delete("novo")).value(),
        json!({"success": true})
    );
    assert_eq!(cloud.http(START, delete("novo")).code(), Some(100));
    assert_eq!(create(&mut cloud, "novo", plain.clone()), Some(2388023));
    let later =
        json!({"name": "novo", "language": "pt_BR", "category": "UTILITY", "components": plain});
    assert_eq!(
        post(&mut cloud, START + 30 * DAY, &path(), later).status,
        200
    );
}

#[test]
fn deletion_by_id_wants_the_right_name() {
    let (mut cloud, _) = open_world();
    let id = cloud
        .templates
        .find("hello_world", "en_US")
        .unwrap()
        .id
        .clone();
    let wrong = ApiRequest::delete(&format!("{}?hsm_id={id}&name=outro", path()), TOKEN);
    assert_eq!(cloud.http(START, wrong).code(), Some(100));
    let right = ApiRequest::delete(&format!("{}?hsm_ids={id}", path()), TOKEN);
    assert_eq!(cloud.http(START, right).status, 200);
    assert!(cloud.templates.find("hello_world", "en_US").is_none());
}

#[test]
fn a_template_is_an_object_of_its_own() {
    let (mut cloud, _) = open_world();
    let id = cloud
        .templates
        .find("hello_world", "en_US")
        .unwrap()
        .id
        .clone();
    assert_eq!(
        get(&mut cloud, START, &format!("/{id}")).value()["name"],
        "hello_world"
    );
    let edit = json!({"components": [{"type": "BODY", "text": "Novo texto."}]});
    assert_eq!(
        post(&mut cloud, START, &format!("/{id}"), edit.clone()).status,
        200
    );
    assert_eq!(send(&mut cloud, "hello_world", "en_US", json!([])), None);
    assert_eq!(
        cloud.ledger().accepted().next_back().unwrap().text,
        "Novo texto."
    );
    let mut other = edit.clone();
    other["category"] = json!("MARKETING");
    assert_eq!(
        post(&mut cloud, START, &format!("/{id}"), other).code(),
        Some(100)
    );
    cloud.template_status(START, "hello_world", "en_US", "DISABLED", "NONE");
    assert_eq!(
        post(&mut cloud, START, &format!("/{id}"), edit).code(),
        Some(100)
    );
    assert_eq!(
        cloud
            .http(START, ApiRequest::delete(&format!("/{id}"), TOKEN))
            .status,
        200
    );
    assert_eq!(get(&mut cloud, START, &format!("/{id}")).code(), Some(100));
}
