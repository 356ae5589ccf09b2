//! Limits of a tool at their edges, with the texts that its author reads.

use ponte_tools::Tool;
use ponte_tools::check::{Wrong, check};
use ponte_tools::request::{BuildError, Built, build, encode, used};
use ponte_tools::tool::Http;
use serde_json::{Map, Value, json};

fn sound() -> Value {
    json!({
        "name": "pedido", "description": "Situação de um pedido",
        "parameters": {"type": "object", "properties": {"n": {"type": "string"}}},
        "effects": "reads",
        "action": {"http": {"method": "POST", "url": "https://a.example/{n}"}}
    })
}

/// The only fault of the sound tool with one member changed, or none.
fn fault(pointer: &str, value: Value) -> Option<(String, String)> {
    let mut text = sound();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    text.pointer_mut(parent).unwrap()[member] = value;
    let tool: Tool = serde_json::from_value(text).unwrap();
    let mut found = check(&tool);
    assert!(found.len() < 2, "{pointer}: {found:?}");
    found.pop().map(|Wrong { at, what }| (at, what))
}

fn wrong(at: &str, what: &str) -> Option<(String, String)> {
    Some((at.to_owned(), what.to_owned()))
}

#[test]
fn names_and_texts_have_a_length() {
    let name = "small letters, digits and `_`, at most 64, beginning with a letter";
    for (value, expected) in [
        ("a".repeat(64), None),
        ("a".repeat(65), wrong("name", name)),
        ("a_9".into(), None),
        ("9a".into(), wrong("name", name)),
        ("_a".into(), wrong("name", name)),
        ("a-b".into(), wrong("name", name)),
        ("ação".into(), wrong("name", name)),
        (
            "look_up_contact".into(),
            wrong("name", "the name of a built-in tool"),
        ),
    ] {
        assert_eq!(fault("/name", json!(value)), expected, "{value}");
    }
    let description = wrong(
        "description",
        "1 to 1024 characters: when to use it, and what it gives",
    );
    assert_eq!(fault("/description", "é".repeat(1_024).into()), None);
    assert_eq!(fault("/description", "é".repeat(1_025).into()), description);
    assert_eq!(fault("/description", "\n\t".into()), description);
    assert_eq!(fault("/title", "é".repeat(100).into()), None);
    assert_eq!(
        fault("/title", "é".repeat(101).into()),
        wrong("title", "at most 100 characters")
    );
}

#[test]
fn counts_and_times_have_edges() {
    for (member, most) in [("/timeout_ms", 60_000_u32), ("/per_minute", 6_000)] {
        let said = wrong(&member[1..], &format!("1 to {most}"));
        assert_eq!(fault(member, json!(0)), said);
        assert_eq!(fault(member, json!(1)), None);
        assert_eq!(fault(member, json!(most)), None);
        assert_eq!(fault(member, json!(most + 1)), said);
    }
    let takes = |count: usize| -> Value {
        let members = (0..count).map(|n| (format!("t{n}"), json!("/a")));
        members.collect::<Map<String, Value>>().into()
    };
    assert_eq!(fault("/take", takes(40)), None);
    assert_eq!(fault("/take", takes(41)), wrong("take", "at most 40"));
    assert_eq!(
        fault("/take", json!({"tudo": ""})),
        None,
        "the whole answer"
    );
    for (name, pointer) in [("a b", "/a"), ("a", "a/b")] {
        let said = format!("`{name}`: a name, and a JSON pointer such as /data/0/status");
        assert_eq!(fault("/take", json!({name: pointer})), wrong("take", &said));
    }
    let parameters = |count: usize| -> Value {
        let mut members = Map::from_iter([("n".to_owned(), json!({}))]);
        members.extend((1..count).map(|n| (format!("p{n}"), json!({}))));
        members.into()
    };
    assert_eq!(fault("/parameters/properties", parameters(40)), None);
    assert_eq!(
        fault("/parameters/properties", parameters(41)),
        wrong("parameters", "at most 40")
    );
}

#[test]
fn parameters_are_an_object_and_bound_ones_are_among_them() {
    assert_eq!(
        fault("/parameters/properties", json!({"n": {}, "a b": {}})),
        wrong(
            "parameters",
            "`a b` is no name: letters, digits, `_`, `.`, `-`"
        )
    );
    assert_eq!(
        fault("/bound", json!({"x": "phone"})),
        wrong("bound", "`x` is no parameter")
    );
    assert_eq!(fault("/bound", json!({"n": "phone"})), None);
    let mut text = sound();
    text["parameters"] = json!(true);
    let tool: Tool = serde_json::from_value(text).unwrap();
    let found = check(&tool);
    let said = "the schema of an object: `type: object`";
    assert_eq!(
        (found[0].at.as_str(), found[0].what.as_str()),
        ("parameters", said)
    );
}

#[test]
fn sentences_are_templates_only_where_the_customer_is_asked() {
    for member in ["/confirm_text", "/progress_text", "/failure_text"] {
        let at = &member[1..];
        let long = wrong(at, "1 to 1000 characters");
        let two = |pt: String| json!({"pt": pt, "en": "Fine."});
        assert_eq!(fault(member, two("é".repeat(1_000))), None);
        assert_eq!(fault(member, two("é".repeat(1_001))), long);
        assert_eq!(fault(member, two(" ".into())), long);
        let english = json!({"pt": "Certo.", "en": ""});
        assert_eq!(fault(member, english), long, "both languages are looked at");
    }
    let two = |en: &str| json!({"pt": "Certo.", "en": en});
    assert_eq!(fault("/confirm_text", two("Cancel {n}?")), None);
    assert_eq!(
        fault("/confirm_text", two("Cancel {m}?")),
        wrong("confirm_text", "`m` is no parameter")
    );
    for member in ["/progress_text", "/failure_text"] {
        assert_eq!(
            fault(member, two("Wait, {n}")),
            wrong(&member[1..], "takes no placeholders")
        );
    }
}

#[test]
fn headers_carry_no_secret_and_frame_nothing() {
    for name in [
        "authorization",
        "Cookie",
        "Proxy-Authorization",
        "HOST",
        "connection",
        "Content-Length",
        "content-type",
        "Transfer-Encoding",
        "upgrade",
        "TE",
        "expect",
    ] {
        let said = format!("`{name}` is not written here: secrets belong into a credential");
        let expected = wrong("action/http/headers", &said);
        assert_eq!(fault("/action/http/headers", json!({name: "x"})), expected);
        assert_eq!(
            fault("/action/http/idempotency_header", json!(name)),
            expected
        );
    }
    for name in ["", "a b", "a:b", "a\nb", "ção"] {
        let said = format!("`{name}` is no name of a header");
        let expected = wrong("action/http/headers", &said);
        assert_eq!(fault("/action/http/headers", json!({name: "x"})), expected);
    }
    assert_eq!(
        fault("/action/http/headers", json!({"X-Loja_1": "x"})),
        None
    );
    assert_eq!(
        fault("/action/http/idempotency_header", json!("Idempotency-Key")),
        None
    );
}

#[test]
fn an_action_fits_its_method_and_its_parameters() {
    assert_eq!(
        fault("/action/http/url", json!("https://a.example/{m}")),
        wrong("action/http", "`m` is no parameter")
    );
    assert_eq!(
        fault("/action/http/query", json!({"q": "{m}"})),
        wrong("action/http", "`m` is no parameter")
    );
    assert_eq!(
        fault("/action/http/body", json!({"a": ["{m}"]})),
        wrong("action/http", "`m` is no parameter")
    );
    assert_eq!(
        fault("/action/http/method", json!("DELETE")),
        wrong("effects", "a DELETE does something: `writes`")
    );
    let get = json!({"method": "GET", "url": "https://a.example/", "body": {}});
    assert_eq!(
        fault("/action/http", get),
        wrong("action/http/body", "a GET has none")
    );
    assert_eq!(
        fault("/action/http/url", json!("gopher://a.example/")),
        wrong("action/http/url", &BuildError::Address.to_string())
    );
}

#[test]
fn a_tool_of_a_server_names_both_and_a_builtin_stays_as_it_is() {
    let mcp = |server: &str, tool: &str| {
        let action = json!({"mcp": {"server": server, "tool": tool, "approved": ""}});
        fault("/action", action)
    };
    let said = wrong("action/mcp", "names a server and a tool of it");
    assert_eq!(mcp("loja", &"t".repeat(128)), None);
    assert_eq!(mcp("loja", &"t".repeat(129)), said);
    assert_eq!(mcp("loja", ""), said);
    assert_eq!(mcp("", "t"), said);
    assert_eq!(mcp("lo ja", "t"), said);
    assert_eq!(
        fault("/action", json!({"builtin": "hand_off"})),
        wrong(
            "action/builtin",
            "a built-in tool's parameters and effects are its own"
        )
    );
}

fn made(http: Value, values: Value) -> Result<Built, BuildError> {
    let http: Http = serde_json::from_value(http).unwrap();
    build(&http, values.as_object().unwrap())
}

#[test]
fn every_method_is_sent_as_it_is_called() {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        let http = json!({"method": method, "url": "http://a.example"});
        let built = made(http, json!({})).unwrap();
        assert_eq!(
            (built.method, built.url.as_str()),
            (method, "http://a.example")
        );
        assert_eq!((built.content_type, built.body.len()), (None, 0));
    }
    let unknown = json!({"method": "TRACE", "url": "http://a.example"});
    assert!(serde_json::from_value::<Http>(unknown).is_err());
}

#[test]
fn a_body_says_its_kind() {
    let post = |encoding: &str, body: Value| {
        let url = "https://a.example/";
        made(
            json!({"method": "POST", "url": url, "encoding": encoding, "body": body}),
            json!({"lista": [1, "dois", true], "texto": "é", "obj": {"a": 1}, "nada": null}),
        )
    };
    let text = |built: &Built| String::from_utf8(built.body.clone()).unwrap();
    let json_body = post("json", json!("{obj}")).unwrap();
    assert_eq!(json_body.content_type, Some("application/json"));
    assert_eq!(text(&json_body), r#"{"a":1}"#, "an object stays one");
    assert_eq!(text(&post("json", json!("{falta}")).unwrap()), "{}");
    assert_eq!(text(&post("json", json!("{nada}")).unwrap()), "{}");
    let form = post(
        "form",
        json!({"l": "{lista}", "t": "{texto}", "n": "{nada}"}),
    )
    .unwrap();
    assert_eq!(form.content_type, Some("application/x-www-form-urlencoded"));
    assert_eq!(text(&form), "l=1&l=dois&l=true&t=%C3%A9");
    for refused in [json!({"o": "{obj}"}), json!("{texto}"), json!([1])] {
        let built = post("form", refused.clone());
        assert_eq!(built, Err(BuildError::Unfit("a form")), "{refused}");
    }
    assert_eq!(
        post("json", json!({"a": "um {lista}"})),
        Err(BuildError::Unfit("the middle of a text"))
    );
}

#[test]
fn queries_join_and_lists_have_an_end() {
    let query = |values: Value| {
        let http =
            json!({"method": "GET", "url": "https://a.example/b?v={v}", "query": {"a b": "{l}"}});
        made(http, values).map(|built| built.url)
    };
    assert_eq!(
        query(json!({"v": "1&2", "l": [1, "x y"]})).unwrap(),
        "https://a.example/b?v=1%262&a%20b=1&a%20b=x%20y"
    );
    assert_eq!(
        query(json!({"v": true, "l": []})).unwrap(),
        "https://a.example/b?v=true"
    );
    assert!(query(json!({"v": 1, "l": vec![1; 50]})).is_ok());
    assert_eq!(
        query(json!({"v": 1, "l": vec![1; 51]})),
        Err(BuildError::TooLarge)
    );
    assert_eq!(query(json!({"l": 1})), Err(BuildError::Missing));
    for values in [
        json!({"v": [1], "l": 1}),
        json!({"v": 1, "l": [[1]]}),
        json!({"v": 1, "l": {"a": 1}}),
    ] {
        let refused = query(values.clone());
        assert_eq!(refused, Err(BuildError::Unfit("the query")), "{values}");
    }
}

#[test]
fn addresses_and_headers_have_a_length() {
    let url = |length: usize| {
        let http = json!({"method": "GET", "url": "https://a.example/{v}"});
        made(http, json!({"v": "x".repeat(length)})).is_ok()
    };
    let most = 8_192 - "https://a.example/".len();
    assert!(url(most) && !url(most + 1));
    let header = |value: Value| {
        let http = json!({"method": "GET", "url": "https://a.example/", "headers": {"x-a": "{v}"}});
        made(http, json!({"v": value}))
    };
    assert!(header("x".repeat(1_024).into()).is_ok());
    for refused in [json!("x".repeat(1_025)), json!([1]), json!("\t")] {
        assert_eq!(header(refused), Err(BuildError::Unfit("a header")));
    }
    assert_eq!(
        header(json!(false)).unwrap().headers,
        [("x-a".to_owned(), "false".to_owned())]
    );
}

#[test]
fn encoding_leaves_only_what_is_never_special() {
    assert_eq!(encode("azAZ09-._~"), "azAZ09-._~");
    assert_eq!(
        encode(" !\"#$%&'()*+,/"),
        "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F"
    );
    assert_eq!(encode("ç€😀"), "%C3%A7%E2%82%AC%F0%9F%98%80");
    assert_eq!(encode("\0\n\u{7f}"), "%00%0A%7F");
}

#[test]
fn what_a_request_uses_is_found_in_every_part_once() {
    let http: Http = serde_json::from_value(json!({
        "method": "PUT", "url": "https://a.example/{d}/{a}?x={e}",
        "query": {"q": "{c}"}, "headers": {"x-a": "{b} {a}"},
        "body": {"m": [{"n": "{f}"}, 1, null, true, "{{g}}"]}
    }))
    .unwrap();
    assert_eq!(used(&http).unwrap(), ["a", "b", "c", "d", "e", "f"]);
    for (pointer, source) in [
        ("url", json!("https://a.example/{")),
        ("query", json!({"q": "}"})),
        ("headers", json!({"x": "{ }"})),
        ("body", json!([["{"]])),
    ] {
        let mut broken = serde_json::to_value(&http).unwrap();
        broken[pointer] = source;
        let broken: Http = serde_json::from_value(broken).unwrap();
        assert!(
            matches!(used(&broken), Err(BuildError::Template(_))),
            "{pointer}"
        );
    }
}
