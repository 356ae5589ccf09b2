//! Tests of requests: values stay where they were put.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn http(value: Value) -> Http {
    serde_json::from_value(value).unwrap()
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn a_request_is_made_of_its_parts() {
    let http = http(json!({
        "method": "POST",
        "url": "https://api.example:8443/lojas/{loja}/pedidos/p-{n}.json?v=2",
        "query": {"q": "{texto}", "tag": "{tags}", "fora": "{falta}"},
        "headers": {"x-loja": "loja {loja}", "x-fora": "{falta}"},
        "body": {"n": "{n}", "frase": "pedido {n} de {loja}", "lista": ["{n}", "{falta}", 3],
                 "fora": "{falta}", "fixo": null, "chaves": "{{x}}"}
    }));
    let values =
        map(json!({"loja": "são paulo/centro", "n": 7, "texto": "a&b=c #?", "tags": ["x", 1]}));
    let built = build(&http, &values);
    assert_eq!(built, Err(BuildError::Unfit("a header")), "not ASCII");
    let values = map(json!({"loja": "sp/centro", "n": 7, "texto": "a&b=c #?", "tags": ["x", 1]}));
    let built = build(&http, &values).unwrap();
    assert_eq!(
        built.url,
        "https://api.example:8443/lojas/sp%2Fcentro/pedidos/p-7.json?v=2&q=a%26b%3Dc%20%23%3F&tag=x&tag=1"
    );
    assert_eq!(
        built.headers,
        [("x-loja".to_owned(), "loja sp/centro".to_owned())]
    );
    assert_eq!(
        serde_json::from_slice::<Value>(&built.body).unwrap(),
        json!({"n": 7, "frase": "pedido 7 de sp/centro", "lista": [7, 3], "fixo": null, "chaves": "{x}"})
    );
    assert_eq!(
        used(&http).unwrap(),
        ["falta", "loja", "n", "tags", "texto"]
    );
}

#[test]
fn a_form_is_written_as_forms_are() {
    let http = http(json!({
        "method": "POST", "url": "https://a.example/", "encoding": "form",
        "body": {"nome": "{nome}", "x": ["{a}", "{b}"]}
    }));
    let built = build(&http, &map(json!({"nome": "Zé & cia", "a": 1, "b": true}))).unwrap();
    assert_eq!(
        String::from_utf8(built.body).unwrap(),
        "nome=Z%C3%A9%20%26%20cia&x=1&x=true"
    );
}

#[test]
fn a_value_can_not_walk_out_of_its_segment() {
    let http = http(json!({"method": "GET", "url": "https://a.example/clientes/{c}/notas"}));
    for sly in [
        "../../admin",
        "..%2f..%2fadmin",
        "a/../..",
        "a?x=1",
        "a#b",
        "a;b",
        "a\\b",
        "a\r\nHost: b",
        "@evil.example",
        "//evil.example",
        "%2e%2e",
        "{c}",
        "a b",
        "ü",
    ] {
        let url = build(&http, &map(json!({"c": sly}))).unwrap().url;
        let rest = url.strip_prefix("https://a.example/clientes/").unwrap();
        let inside = rest.strip_suffix("/notas").unwrap();
        assert!(
            !inside.contains(['/', '?', '#', '\\', ' ', '\r', '@']),
            "{url}"
        );
    }
    for refused in [
        json!(""),
        json!("."),
        json!(".."),
        json!("..."),
        json!([1]),
        json!({"a": 1}),
    ] {
        let built = build(&http, &map(json!({"c": refused})));
        assert_eq!(built, Err(BuildError::Unfit("the path")), "{refused}");
    }
    assert_eq!(build(&http, &map(json!({}))), Err(BuildError::Missing));
}

#[test]
fn no_placeholder_reaches_scheme_host_or_port() {
    for url in [
        "{s}://a.example/",
        "https://{h}/",
        "https://a.{h}/x",
        "https://a.example:{p}/",
        "https://{h}@a.example/",
        "ftp://a.example/",
        "a.example/x",
        "https:///x",
        "https://a b/",
        "https://a.example\\@b/",
    ] {
        let http = http(json!({"method": "GET", "url": url}));
        let values = map(json!({"s": "https", "h": "evil.example", "p": "80"}));
        assert_eq!(build(&http, &values), Err(BuildError::Address), "{url}");
    }
}

#[test]
fn a_header_is_one_line() {
    let http =
        http(json!({"method": "GET", "url": "https://a.example/", "headers": {"x-a": "v {v}"}}));
    for sly in ["a\r\nx-b: c", "a\nb", "a\0b", "é"] {
        let built = build(&http, &map(json!({"v": sly})));
        assert_eq!(built, Err(BuildError::Unfit("a header")), "{sly:?}");
    }
}

#[test]
fn what_is_too_large_is_not_sent() {
    let body = http(json!({"method": "POST", "url": "https://a.example/", "body": {"v": "{v}"}}));
    let large = map(json!({"v": "x".repeat(BODY_MAX_BYTES)}));
    assert_eq!(build(&body, &large), Err(BuildError::TooLarge));
    let query = http(json!({"method": "GET", "url": "https://a.example/", "query": {"v": "{v}"}}));
    assert_eq!(build(&query, &large), Err(BuildError::TooLarge));
    let many = map(json!({"v": vec![1; LIST_MAX + 1]}));
    assert_eq!(build(&query, &many), Err(BuildError::TooLarge));
}

proptest! {
    #[test]
    fn whatever_a_value_is_the_shape_of_the_request_stays(value in ".{1,40}") {
        let http = http(json!({
            "method": "POST", "url": "https://a.example/x/{v}/y", "query": {"q": "{v}"},
            "body": {"a": "{v}", "b": "<{v}>"}
        }));
        if let Ok(built) = build(&http, &map(json!({"v": value}))) {
            let rest = built.url.strip_prefix("https://a.example/x/").unwrap();
            let (path, query) = rest.split_once('?').unwrap();
            prop_assert!(path.ends_with("/y"));
            prop_assert_eq!(path.matches('/').count(), 1);
            prop_assert_eq!(query.matches('=').count(), 1);
            prop_assert!(!query.contains('&'));
            let body: Value = serde_json::from_slice(&built.body).unwrap();
            prop_assert_eq!(body, json!({"a": &value, "b": format!("<{value}>")}));
        }
    }
}
