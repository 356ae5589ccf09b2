//! Messages to and from MCP servers: whole bodies as they are sent, and whatever comes back.

use ponte_tools::check::check;
use ponte_tools::mcp::{
    Era, Events, Heard, MESSAGE_MAX_BYTES, Remote, SELF_CONTAINED, SESSIONS, TOOLS_MAX, TooLarge,
    call, chosen, discover, given, hear, initialize, initialized, list, listed, tool,
};
use ponte_tools::result::Failure;
use ponte_tools::tool::{Action, no_parameters};
use ponte_tools::{Effects, Tool};
use serde_json::{Value, json};

fn client() -> Value {
    json!({"name": "ponte", "version": env!("CARGO_PKG_VERSION")})
}

fn meta() -> Value {
    json!({
        "io.modelcontextprotocol/protocolVersion": SELF_CONTAINED,
        "io.modelcontextprotocol/clientInfo": client(),
        "io.modelcontextprotocol/clientCapabilities": {}
    })
}

#[test]
fn a_session_is_opened_with_these_bodies() {
    let first = initialize(1);
    assert_eq!(
        (first.id, first.method, first.name),
        (1, "initialize", None)
    );
    assert_eq!(
        first.message,
        json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client()
        }})
    );
    assert_eq!(
        initialized(),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"})
    );
    let session = Era::Session(SESSIONS.into());
    assert_eq!(
        list(2, &session, Some("mais")).message,
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"cursor": "mais"}})
    );
    let called = call(3, &session, "soma", &json!({"a": 1}));
    assert_eq!(called.name.as_deref(), Some("soma"));
    assert_eq!(
        called.message,
        json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call",
               "params": {"name": "soma", "arguments": {"a": 1}}})
    );
}

#[test]
fn self_contained_requests_carry_their_version_each() {
    let era = Era::SelfContained;
    assert_eq!(
        discover(1).message,
        json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta()}})
    );
    assert_eq!(
        list(2, &era, None).message,
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list", "params": {"_meta": meta()}})
    );
    assert_eq!(
        call(3, &era, "soma", &json!({})).message["params"],
        json!({"name": "soma", "arguments": {}, "_meta": meta()})
    );
}

#[test]
fn a_server_that_names_no_version_speaks_the_one_asked_for() {
    for (answer, version) in [
        (json!({"protocolVersion": "2024-11-05"}), "2024-11-05"),
        (json!({}), SESSIONS),
        (json!({"protocolVersion": 3}), SESSIONS),
        (json!(null), SESSIONS),
    ] {
        assert_eq!(chosen(&answer), Era::Session(version.into()));
    }
}

#[test]
fn whatever_a_server_says_is_an_answer_an_error_a_question_or_news() {
    let ping = |id: Value| json!({"jsonrpc": "2.0", "id": id, "result": {}});
    let no = |id: Value| json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32601, "message": "not offered"}});
    for (message, heard) in [
        (json!({"id": 7, "result": null}), Heard::Answer(Value::Null)),
        (
            json!({"id": 7, "result": 1, "error": {"code": 5}}),
            Heard::Answer(json!(1)),
        ),
        (
            json!({"id": 7, "error": {"code": -5, "message": "x"}}),
            Heard::Error { code: -5 },
        ),
        (json!({"id": 7, "error": "x"}), Heard::Error { code: 0 }),
        (json!({"id": 7}), Heard::Error { code: 0 }),
        (json!({"id": 6, "error": {"code": 1}}), Heard::Nothing),
        (json!({"id": 7.5, "result": 1}), Heard::Nothing),
        (json!({"id": -7, "result": 1}), Heard::Nothing),
        (json!({"result": 1}), Heard::Nothing),
        (json!({"method": "ping"}), Heard::Nothing),
        (
            json!({"method": "ping", "id": 9}),
            Heard::Reply(ping(json!(9))),
        ),
        (
            json!({"method": "ping", "id": "a"}),
            Heard::Reply(ping(json!("a"))),
        ),
        (
            json!({"method": "roots/list", "id": 1}),
            Heard::Reply(no(json!(1))),
        ),
        (
            json!({"method": "elicitation/create", "id": 7}),
            Heard::Reply(no(json!(7))),
        ),
        (
            json!({"method": "notifications/tools/list_changed"}),
            Heard::Nothing,
        ),
        (json!("texto"), Heard::Nothing),
    ] {
        assert_eq!(hear(&message, 7), heard, "{message}");
    }
}

fn remote(value: Value) -> Remote {
    listed(&json!({"tools": [value]})).0.remove(0)
}

#[test]
fn a_list_keeps_what_is_a_tool_up_to_its_limit() {
    let all: Vec<Value> = (0..=TOOLS_MAX)
        .map(|n| json!({"name": format!("t{n}")}))
        .collect();
    let (tools, cursor) = listed(&json!({"tools": all}));
    assert_eq!((tools.len(), cursor), (TOOLS_MAX, None));
    assert_eq!(tools[255].name, "t255");
    for nothing in [
        json!({}),
        json!([]),
        json!({"tools": {}}),
        json!({"tools": [{"name": 7}, null]}),
    ] {
        assert_eq!(listed(&nothing), (vec![], None), "{nothing}");
    }
    assert_eq!(listed(&json!({"nextCursor": 7})).1, None);
    let bare = remote(json!({"name": "t", "inputSchema": "x", "description": 7}));
    assert_eq!(
        (bare.description.as_str(), &bare.parameters),
        ("t", &no_parameters())
    );
}

#[test]
fn a_digest_covers_what_a_model_reads_and_nothing_else() {
    let base = json!({"name": "t", "description": "d", "inputSchema": {"type": "object"}});
    let digest = remote(base.clone()).digest;
    for (member, value, same) in [
        ("title", json!("x"), true),
        ("annotations", json!({"readOnlyHint": true}), true),
        ("outputSchema", json!({}), false),
        ("description", json!("d "), false),
        (
            "inputSchema",
            json!({"type": "object", "required": []}),
            false,
        ),
        ("name", json!("u"), false),
    ] {
        let mut other = base.clone();
        other[member] = value;
        assert_eq!(remote(other).digest == digest, same, "{member}");
    }
}

#[test]
fn a_servers_tool_becomes_a_sound_one_whatever_it_is_called() {
    for (server, name, ours) in [
        ("loja", "get-sum", "loja_get_sum"),
        ("Loja", "Preço", "loja_pre_o"),
        ("a", "b/c.d e", "a_b_c_d_e"),
    ] {
        let made = tool(server, &remote(json!({"name": name})));
        assert_eq!(made.name, ours);
        assert_eq!((made.effects, made.confirm), (Effects::Writes, true));
        let Action::Mcp(action) = &made.action else {
            panic!("{:?}", made.action);
        };
        assert_eq!(
            (action.server.as_str(), action.tool.as_str()),
            (server, name)
        );
        assert_eq!(action.approved, remote(json!({"name": name})).digest);
        assert_eq!(check(&made), []);
    }
    let long = tool(
        "s",
        &remote(json!({"name": "n".repeat(100), "description": "é".repeat(2_000)})),
    );
    assert_eq!(long.name.len(), 64);
    assert_eq!(long.description.chars().count(), 1_024);
    assert_eq!(check(&long), []);
}

#[test]
fn schemas_of_servers_are_ours_or_none() {
    let parameters =
        |schema: Value| tool("s", &remote(json!({"name": "t", "inputSchema": schema}))).parameters;
    assert_eq!(
        parameters(
            json!({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {}}})
        ),
        json!({"type": "object", "properties": {"a": {}}})
    );
    for useless in [
        json!({"properties": {"a": {"$ref": "https://a.example/x"}}}),
        json!({"properties": {"a": {"type": "what"}}}),
        json!({"description": "x".repeat(70_000)}),
    ] {
        assert_eq!(parameters(useless), no_parameters());
    }
}

fn made(effects: Effects) -> Tool {
    let mut made = tool("s", &remote(json!({"name": "t"})));
    made.effects = effects;
    made
}

#[test]
fn what_a_call_gives_is_structured_text_or_a_refusal() {
    let writes = made(Effects::Writes);
    for (answer, value) in [
        (
            json!({"structuredContent": null, "content": [{"text": "x"}]}),
            json!(null),
        ),
        (
            json!({"resultType": "complete", "content": [{"text": "x"}]}),
            json!("x"),
        ),
        (
            json!({"isError": false, "content": [{"text": "a"}, {"text": 1}, 7, {"text": "b"}]}),
            json!("a\nb"),
        ),
        (json!({"isError": "true"}), json!("")),
        (json!({"content": "x"}), json!("")),
        (json!(null), json!("")),
    ] {
        assert_eq!(given(&writes, &answer), Ok(value), "{answer}");
    }
    let long = json!({"isError": true, "content": [{"text": "é".repeat(301)}, {"text": "fim"}]});
    assert_eq!(
        given(&writes, &long),
        Err(Failure::Rejected {
            status: 0,
            said: "é".repeat(300)
        })
    );
    let asks = json!({"resultType": "input_required", "structuredContent": {}});
    assert_eq!(given(&writes, &asks), Err(Failure::Unsure { status: None }));
    assert_eq!(
        given(&made(Effects::Reads), &asks),
        Err(Failure::Failed { status: None })
    );
}

#[test]
fn events_are_taken_apart_line_by_line() {
    let read = |stream: &str| -> Vec<String> {
        let whole = Events::default().push(stream.as_bytes()).unwrap();
        whole
            .into_iter()
            .map(|data| String::from_utf8(data).unwrap())
            .collect()
    };
    for (stream, wanted) in [
        ("", vec![]),
        ("\n\n\n", vec![]),
        ("data: a\n\n", vec!["a"]),
        ("data:a\r\n\r\ndata:  b\n\n", vec!["a", " b"]),
        ("data: a\ndata: b\n\n", vec!["a\nb"]),
        (": hm\nid: 1\nretry: 5\ndatax: y\n\n", vec![]),
        ("event: x\ndata: a\nid: 2\n\n", vec!["a"]),
        ("data: a\n", vec![]),
        ("data: a", vec![]),
    ] {
        assert_eq!(read(stream), wanted, "{stream:?}");
    }
}

#[test]
fn an_event_has_a_largest_size_that_is_counted_over_pieces() {
    let mut events = Events::default();
    assert_eq!(events.push(&vec![b'x'; MESSAGE_MAX_BYTES]), Ok(vec![]));
    assert_eq!(events.push(b"x"), Err(TooLarge));
    assert_eq!(TooLarge.to_string(), "an event larger than 4194304 bytes");
    let mut events = Events::default();
    let line = [b"data: ".as_slice(), &vec![b'x'; 1 << 20], b"\n"].concat();
    for _ in 0..3 {
        assert_eq!(events.push(&line), Ok(vec![]));
    }
    assert_eq!(events.push(b"\n").unwrap()[0].len(), (3 << 20) + 2);
    for _ in 0..3 {
        assert_eq!(events.push(&line), Ok(vec![]), "begins anew");
    }
    assert_eq!(
        events.push(&line),
        Err(TooLarge),
        "lines of one event add up"
    );
}
