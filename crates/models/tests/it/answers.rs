//! What answers mean: whole, in pieces however they are cut, and the bad ones.

use crate::kit::{decode, golden, same_text, streams, wanted};
use ponte_models::{Dialect, Finish, Kind};

#[test]
fn every_dialect_gives_the_same_reply_whole_and_in_pieces() {
    for dialect in Dialect::ALL {
        for case in ["plain", "tools", "structured"] {
            let want = wanted(dialect, case);
            let (content_type, ending) = streams(dialect);
            let word = dialect.word();
            let whole = golden(&format!("{word}.{case}.json"));
            let pieces = golden(&format!("{word}.{case}.{ending}"));
            let mut read = vec![decode(dialect, "application/json", &whole, 7).unwrap()];
            for size in [1, 2, 3, 64, usize::MAX] {
                read.push(decode(dialect, content_type, &pieces, size).unwrap());
            }
            for mut got in read {
                assert!(
                    same_text(&got.text, &want.text),
                    "{word} {case}: {}",
                    got.text
                );
                got.text.clone_from(&want.text);
                assert_eq!(got, want, "{word} {case}");
            }
        }
    }
}

#[test]
fn what_the_provider_forbids_or_cuts_off_is_told_apart_from_an_end() {
    for dialect in Dialect::ALL {
        let word = dialect.word();
        let length = golden(&format!("{word}.length.json"));
        let read = decode(dialect, "application/json", &length, 9).unwrap();
        assert_eq!(read.finish, Finish::Length, "{word}");
        if dialect != Dialect::Ollama {
            let refusal = golden(&format!("{word}.refusal.json"));
            let read = decode(dialect, "application/json", &refusal, 9).unwrap();
            assert_eq!(read.finish, Finish::Filter, "{word}");
        }
    }
}

#[test]
fn a_stream_that_turns_into_an_error_is_trouble() {
    for dialect in Dialect::ALL {
        let (content_type, ending) = streams(dialect);
        let body = golden(&format!("{}.error.{ending}", dialect.word()));
        let trouble = decode(dialect, content_type, &body, 5).unwrap_err();
        assert_eq!(trouble.kind, Kind::ProviderDown, "{dialect:?}");
    }
}

#[test]
fn a_server_that_answers_whole_where_pieces_were_wished_is_understood() {
    let body = golden("openai.plain.json");
    let read = decode(
        Dialect::Openai,
        "application/json; charset=utf-8",
        &body,
        100,
    )
    .unwrap();
    assert_eq!(read, wanted(Dialect::Openai, "plain"));
}

/// As a server of somebody else's does it, found by `tests/models`.
#[test]
fn a_stream_under_a_wrong_content_type_is_told_by_its_first_byte() {
    for dialect in [Dialect::Openai, Dialect::Anthropic, Dialect::Gemini] {
        let body = golden(&format!("{}.plain.sse", dialect.word()));
        for content_type in ["text/plain; charset=utf-8", ""] {
            for piece in [1, 50] {
                let read = decode(dialect, content_type, &body, piece).unwrap();
                assert_eq!(read, wanted(dialect, "plain"));
            }
        }
        let whole = golden(&format!("{}.plain.json", dialect.word()));
        let read = decode(dialect, "text/plain", &whole, 3).unwrap();
        assert_eq!(read, wanted(dialect, "plain"));
        assert_eq!(
            decode(dialect, "", b" \n", 1).unwrap_err().kind,
            Kind::Empty
        );
    }
}

#[test]
fn calls_whose_pieces_name_no_index_are_told_apart_by_their_ids() {
    let piece = |call: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"tool_calls\":[{call}]}}}}]}}\n\n")
    };
    let body = [
        piece(r#"{"id":"a","function":{"name":"x","arguments":"{\"n\":"}}"#),
        piece(r#"{"function":{"arguments":"1}"}}"#),
        piece(r#"{"id":"b","function":{"name":"y","arguments":"{}"}}"#),
        "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"
            .into(),
    ]
    .concat();
    let read = decode(Dialect::Openai, "text/event-stream", body.as_bytes(), 9).unwrap();
    let calls: Vec<_> = read
        .calls
        .iter()
        .map(|call| (call.id.as_str(), call.arguments.to_string()))
        .collect();
    assert_eq!(
        calls,
        [("a", r#"{"n":1}"#.to_owned()), ("b", "{}".to_owned())]
    );
    assert_eq!(read.finish, Finish::Tools, "whatever it says itself");
}

#[test]
fn garbage_empty_and_a_megabyte_are_trouble_in_every_dialect() {
    let html = b"<html><body>It works!</body></html>".to_vec();
    let long = format!("{:?}", "a".repeat(1024 * 1024));
    for dialect in Dialect::ALL {
        let (content_type, _) = streams(dialect);
        let kind = |content_type: &str, body: &[u8]| {
            decode(dialect, content_type, body, 1_000).unwrap_err().kind
        };
        assert_eq!(
            kind("application/json", &html),
            Kind::Garbage,
            "{dialect:?}"
        );
        assert_eq!(kind("text/html", &html), Kind::Garbage, "{dialect:?}");
        assert_eq!(kind("application/json", b" \n"), Kind::Empty, "{dialect:?}");
        assert_eq!(
            kind("application/json", b"{}"),
            Kind::Garbage,
            "{dialect:?}"
        );
        assert_eq!(
            kind("application/json", b"[1]"),
            Kind::Garbage,
            "{dialect:?}"
        );
        let told = kind(content_type, &html);
        // A line that doesn't end is one that was cut.
        assert!(matches!(told, Kind::Garbage | Kind::Cut), "{dialect:?}");
        assert_eq!(kind(content_type, b""), Kind::Cut, "{dialect:?}");
        assert_eq!(
            kind(content_type, b"{]\n\ndata: {]\n\n"),
            Kind::Garbage,
            "{dialect:?}"
        );
        let text = match dialect {
            Dialect::Openai => format!(
                r#"{{"choices":[{{"message":{{"content":{long}}},"finish_reason":"stop"}}]}}"#
            ),
            Dialect::Anthropic => format!(
                r#"{{"content":[{{"type":"text","text":{long}}}],"stop_reason":"end_turn"}}"#
            ),
            Dialect::Gemini => format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"text":{long}}}]}},"finishReason":"STOP"}}]}}"#
            ),
            Dialect::Ollama => format!(r#"{{"message":{{"content":{long}}},"done":true}}"#),
        };
        assert_eq!(
            kind("application/json", text.as_bytes()),
            Kind::TooMuch,
            "{dialect:?}"
        );
    }
}

#[test]
fn calls_beyond_the_limits_are_refused() {
    let call = |n: usize, arguments: &str| {
        format!(
            r#"{{"index":{n},"id":"c{n}","function":{{"name":"x","arguments":{arguments:?}}}}}"#
        )
    };
    let body = |calls: Vec<String>| {
        format!(
            r#"{{"choices":[{{"message":{{"tool_calls":[{}]}},"finish_reason":"tool_calls"}}]}}"#,
            calls.join(",")
        )
    };
    let read = |body: String| decode(Dialect::Openai, "application/json", body.as_bytes(), 4096);
    assert_eq!(
        read(body((0..16).map(|n| call(n, "{}")).collect()))
            .unwrap()
            .calls
            .len(),
        16
    );
    let many = read(body((0..17).map(|n| call(n, "{}")).collect())).unwrap_err();
    assert_eq!(
        (many.kind, many.code.as_deref()),
        (Kind::TooMuch, Some("tool calls"))
    );
    let wide = read(body(vec![call(0, &"a".repeat(70_000))])).unwrap_err();
    assert_eq!(wide.code.as_deref(), Some("arguments"));
    let odd = read(body(vec![call(0, "not json"), call(1, "")])).unwrap();
    assert!(odd.calls[0].arguments.is_string() && odd.calls[1].arguments.is_object());
}
