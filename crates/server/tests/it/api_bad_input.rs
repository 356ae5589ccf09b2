//! What malformed requests and arguments get: the exact answer for each.
//!
//! In: tables. Out: status, detail and what to do; exit codes and texts. Bad workspace files and
//! configurations have their tables beside their readers (`workspace/tests.rs`, `boot/config.rs`).
//! Absent: webhooks, which have their own. Next: `api_commands.rs`.

use crate::api_kit::kit;
use axum::http::header;

const COMMANDS: &str = "/api/v1/conversations/{conversation}/commands";

/// Method, path, body, status, detail.
const REQUESTS: &[(&str, &str, &str, u16, &str)] = &[
    (
        "GET",
        "/api/v1/nothing",
        "",
        404,
        "There is nothing at this address in this workspace.",
    ),
    (
        "GET",
        "/api/v1/conversations/not-an-id",
        "",
        404,
        "There is nothing at this address in this workspace.",
    ),
    (
        "DELETE",
        "/api/v1/conversations",
        "",
        405,
        "This address does not take this method.",
    ),
    (
        "GET",
        "/api/v1/conversations?limit=0",
        "",
        400,
        "`limit` goes from 1 to 100.",
    ),
    (
        "GET",
        "/api/v1/conversations?limit=101",
        "",
        400,
        "`limit` goes from 1 to 100.",
    ),
    (
        "GET",
        "/api/v1/conversations?limit=many",
        "",
        400,
        "In the query: limit: invalid digit found in string.",
    ),
    (
        "GET",
        "/api/v1/conversations?lmit=5",
        "",
        400,
        "In the query: lmit: unknown field `lmit`, expected one of `limit`, `after`, `channel`, `contact`, `owner`, `owner_id`, `unread`, `unknown_sends`, `alerts`, `closed`, `name`.",
    ),
    (
        "GET",
        "/api/v1/conversations?after=x",
        "",
        400,
        "`after` did not come from a page of this list.",
    ),
    (
        "GET",
        "/api/v1/conversations?owner=robot",
        "",
        400,
        "In the query: owner: unknown variant `robot`, expected one of `assistant`, `person`, `queue`, `nobody`.",
    ),
    (
        "GET",
        "/api/v1/live?after=x",
        "",
        400,
        "`after` did not come from a page of this list.",
    ),
    (
        "POST",
        COMMANDS,
        "",
        400,
        "In the body, line 1, column 0: EOF while parsing a value.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\": 5}",
        400,
        "In the body, line 1, column 12: invalid type: integer `5`, expected a string.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\"}",
        400,
        "In the body, line 1, column 14: missing field `do`.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"\",\"do\":{\"command\":\"resolve\"}}",
        400,
        "`client` has 1 to 100 characters.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"shout\"}}",
        400,
        "In the body, line 1, column 37: unknown variant `shout`, expected one of `send`, `take_over`, `assign`, `return`, `pause`, `note`, `resolve`, `settle_unknown`, `resend`, `approve`, `reject`.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"assign\"}}",
        400,
        "`assign` needs `team` or `agent`.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"pause\",\"minutes\":0}}",
        400,
        "`minutes` begins at 1.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"pause\",\"minutes\":20000}}",
        400,
        "`minutes` goes up to 10080.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"note\",\"text\":\" \"}}",
        400,
        "a note has 1 to 4096 characters.",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"send\",\"message\":{\"type\":\"smell\"}}}",
        400,
        "In `message`: unknown variant `smell`",
    ),
    (
        "POST",
        COMMANDS,
        "{\"client\":\"a\",\"do\":{\"command\":\"send\",\"message\":{\"type\":\"text\",\"body\":\"\"}}}",
        400,
        "In `message.body`: ",
    ),
    (
        "POST",
        "/api/v1/quarantine/deliveries/0/retry",
        "",
        404,
        "There is nothing at this address in this workspace.",
    ),
];

#[tokio::test]
async fn malformed_requests_get_exact_answers() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let mut wrong = Vec::new();
    for (method, path, body, status, detail) in REQUESTS {
        let answer = kit
            .call(method, &kit.fill(path, false), Some(&key), body)
            .await;
        let problem = answer.json();
        let told = problem["detail"].as_str().unwrap_or("");
        let open = detail.ends_with([':', ' ', '`']);
        let good = if open {
            told.starts_with(detail)
        } else {
            told == *detail
        };
        let typed = answer
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "application/problem+json");
        if answer.status.as_u16() != *status
            || !good
            || !typed
            || problem["todo"].as_str().is_none_or(str::is_empty)
        {
            wrong.push(format!(
                "\n{method} {path} {body}\n  {} {told}\n  wanted {status} {detail}",
                answer.status
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[tokio::test]
async fn a_problem_speaks_the_callers_language() {
    let kit = kit().await;
    let answer = kit
        .call_with(
            "GET",
            "/api/v1/numbers",
            None,
            "",
            &[("accept-language", "pt-BR,pt;q=0.9")],
        )
        .await;
    assert_eq!(answer.json()["title"], "Sem chave válida");
    assert_eq!(answer.headers["content-language"], "pt-BR");
    assert_eq!(answer.headers["www-authenticate"], "Bearer");
    let answer = kit.call("GET", "/api/v1/numbers", None, "").await;
    assert_eq!(answer.json()["type"], "urn:ponte:problem:no-key");
    assert_eq!(answer.headers["content-language"], "en");
}

#[tokio::test]
async fn bodies_names_and_addresses_have_limits() {
    let kit = kit().await;
    let key = kit.full_key().await;
    let commands = kit.fill(COMMANDS, false);
    let huge = format!("{{\"client\":\"{}\"", "x".repeat(300_000));
    assert_eq!(
        kit.call("POST", &commands, Some(&key), &huge)
            .await
            .status
            .as_u16(),
        413
    );
    let answer = kit
        .call_with(
            "GET",
            "/api/v1/numbers",
            Some(&key),
            "",
            &[("host", "evil.example")],
        )
        .await;
    assert_eq!(answer.status.as_u16(), 421);
    let long = format!("/api/v1/contacts?name={}", "x".repeat(9_000));
    assert_eq!(
        kit.call("GET", &long, Some(&key), "").await.status.as_u16(),
        414
    );
}

#[tokio::test]
async fn answers_carry_security_headers_and_no_cors() {
    let kit = kit().await;
    let answer = kit
        .call_with(
            "GET",
            "/api/v1/openapi.json",
            None,
            "",
            &[("origin", "https://evil.example")],
        )
        .await;
    assert_eq!(answer.status.as_u16(), 200);
    assert_eq!(answer.json()["openapi"], "3.1.0");
    for name in [
        "content-security-policy",
        "x-content-type-options",
        "x-frame-options",
        "referrer-policy",
    ] {
        assert!(answer.headers.contains_key(name), "{name}");
    }
    assert!(
        !answer
            .headers
            .keys()
            .any(|name| name.as_str().starts_with("access-control"))
    );
}

/// Arguments, exit code, and what standard error holds.
const ARGUMENTS: &[(&[&str], u8, &str)] = &[
    (&["dance"], 2, "error: unrecognized subcommand 'dance'"),
    (
        &["serve", "--listen", "localhost"],
        2,
        "ponte: `localhost` is no address to listen on. Write IP:PORT, such as 127.0.0.1:8080 or 0.0.0.0:8080.",
    ),
    (
        &["serve", "--app-secret", "x"],
        2,
        "error: unexpected argument '--app-secret' found",
    ),
    (
        &["serve", "--database", "mysql://u:canary@h/d"],
        2,
        "ponte: the database address (`mysql:…`) won't do.",
    ),
    (
        &["serve", "--log", "ponte=loud"],
        2,
        "ponte: `ponte=loud` is no log filter.",
    ),
    (
        &["serve"],
        2,
        "ponte: PONTE_APP_SECRET is missing: no delivery can be verified without it. Set PONTE_APP_SECRET, or PONTE_APP_SECRET_FILE; just to try Ponte, use `ponte serve --demo`.",
    ),
    (
        &["serve", "--config", "/nowhere.toml"],
        2,
        "ponte: the configuration /nowhere.toml can't be read",
    ),
    (
        &["serve", "--graph-url", "ftp://x"],
        2,
        "ponte: `ftp://x` is no address of the Graph API.",
    ),
    (
        &["apply"],
        2,
        "error: the following required arguments were not provided",
    ),
    (
        &["apply", "/nowhere"],
        2,
        "ponte: there is no folder /nowhere. Give the folder that holds workspace.yaml.",
    ),
    (
        &["replay", "x"],
        2,
        "error: invalid value 'x' for '<CONVERSATION>'",
    ),
    (
        &["replay", "00000000-0000-0000-0000-000000000001"],
        2,
        "ponte: there is no workspace in this database yet. Make it with `ponte apply DIR`.",
    ),
    (
        &["key", "create", "x", "--scope", "root"],
        2,
        "ponte: there is no workspace in this database yet.",
    ),
    (
        &["restore", "/nowhere.db"],
        2,
        "ponte: there is no file /nowhere.db.",
    ),
    (
        &["schema", "flow"],
        2,
        "ponte: there are no files of kind `flow`. Use workspace, channel, assistant or team.",
    ),
    (
        &["simulate", "--listen", "x"],
        2,
        "error: invalid value 'x' for '--listen <ADDR>'",
    ),
];

#[test]
fn malformed_arguments_get_exact_answers() {
    let mut wrong = Vec::new();
    for (args, code, text) in ARGUMENTS {
        let data = crate::api_workspace::temp("args");
        let told = crate::api_workspace::ponte(&data, args, &[]);
        if told.code != *code || !told.err.starts_with(text) || told.err.contains("canary") {
            wrong.push(format!(
                "\n{args:?}\n  {} {}\n  wanted {code} {text}",
                told.code, told.err
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}
