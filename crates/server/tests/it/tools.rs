//! Tools against servers on loopback: what has effects happens once whatever breaks, credentials go where
//! they belong, and a failure is told truthfully.
//!
//! In: raw servers by script, a store in memory, a vault with a fixed key. Out: a verdict per promise.
//! Absent: whether a tool may be called (`ponte_tools::policy`) and models.

use crate::egress::{Seen, ok, serve};
use ponte::egress::{Allow, Egress};
use ponte::env::{Clock, CrashPoints, Env, Ids};
use ponte::graph::{Secret, http::Client};
use ponte::tools::credential::{Kind, OAuth, Settings, secret_place};
use ponte::tools::{Ask, Called, Tools, oauth};
use ponte::vault::{Keys, MasterKey, Vault};
use ponte_core::ids::{ContactId, WorkspaceId};
use ponte_core::time::Time;
use ponte_store::rows::tools::{CredentialRow, ToolCallState};
use ponte_store::rows::workspace::WorkspaceRow;
use ponte_store::{Commit, Options, Store};
use ponte_tools::builtin::{Builtin, Deed};
use ponte_tools::result::Failure;
use ponte_tools::tool::Words;
use ponte_tools::{Action, Effects, Facts, Tool, arguments};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

pub async fn room() -> Tools {
    let store = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    let mut commit = Commit::new();
    commit.put_workspace(&WorkspaceRow {
        id: WORKSPACE,
        name: "Loja".into(),
        settings: json!({}),
        created: Time(0),
    });
    assert!(store.commit(commit).await.unwrap().stored());
    let clock = Arc::new(Clock::real());
    let graph = Client::new("http://127.0.0.1:9", Arc::clone(&clock)).unwrap();
    let env = Env {
        egress: Egress::new(Arc::clone(&clock), Allow::parse("127.0.0.1").unwrap()),
        clock,
        ids: Arc::new(Ids::random()),
        graph: Arc::new(graph),
        crash: CrashPoints::none(),
    };
    let next = AtomicU8::new(1);
    let random = Arc::new(move |bytes: &mut [u8]| {
        bytes.fill_with(|| next.fetch_add(37, Ordering::Relaxed));
        true
    });
    let keys = Keys {
        current: Some(MasterKey::new([7; 32])),
        old: None,
    };
    Tools::new(
        store,
        env,
        Vault::new(keys, random),
        ponte::tools::mcp::Servers::default(),
    )
}

fn tool(at: SocketAddr, effects: Effects) -> Tool {
    let action = json!({"http": {
        "method": "POST", "url": format!("http://{at}/pedidos/{{n}}"),
        "idempotency_header": "Idempotency-Key", "body": {"nota": "{nota}"}
    }});
    let parameters = json!({"type": "object", "required": ["n"],
        "properties": {"n": {"type": "integer"}, "nota": {"type": "string"}}});
    let action: Action = serde_json::from_value(action).unwrap();
    let mut tool = Tool::new("cancelar", "Cancela um pedido", parameters, action);
    tool.effects = effects;
    tool
}

async fn call(room: &Tools, tool: &Tool, key: &str, written: Value) -> Called {
    let arguments = arguments::prepare(tool, &written.to_string(), &Facts::default()).unwrap();
    let ask = Ask {
        workspace: WORKSPACE,
        conversation: None,
        contact: Some(ContactId(Uuid::from_u128(5))),
        tool,
        arguments: &arguments,
        key: key.into(),
    };
    room.call(&ask, None).await.unwrap()
}

fn failure(called: &Called) -> &Failure {
    match called {
        Called::Failed { failure, .. } => failure,
        Called::Done(_) | Called::Deed(_) => panic!("{called:?}"),
    }
}

fn done(called: &Called) -> &Value {
    match called {
        Called::Done(output) => &output.value,
        Called::Failed { .. } | Called::Deed(_) => panic!("{called:?}"),
    }
}

async fn state(room: &Tools, key: &str) -> ToolCallState {
    room.store
        .tool_call(WORKSPACE, key)
        .await
        .unwrap()
        .unwrap()
        .state
}

fn count(seen: &Seen) -> usize {
    seen.lock().unwrap().len()
}

#[tokio::test]
async fn a_call_is_made_once_and_asked_again_gives_the_same_answer() {
    let (at, seen) = serve(|_| ok(r#"{"situacao": "cancelado"}"#)).await;
    let room = room().await;
    let tool = tool(at, Effects::Writes);
    for _ in 0..3 {
        let called = call(&room, &tool, "turn:1", json!({"n": 7, "nota": "a {n} b"})).await;
        assert_eq!(done(&called), &json!({"situacao": "cancelado"}));
    }
    assert_eq!(count(&seen), 1);
    let request = seen.lock().unwrap()[0].clone();
    assert!(request.starts_with("POST /pedidos/7 HTTP/1.1"), "{request}");
    assert!(request.ends_with(r#"{"nota":"a {n} b"}"#), "{request}");
    let row = room
        .store
        .tool_call(WORKSPACE, "turn:1")
        .await
        .unwrap()
        .unwrap();
    assert!(request.contains(&format!("idempotency-key: {}", row.id)));
    assert_eq!(
        (row.state, row.outcome.as_str()),
        (ToolCallState::Done, "ok")
    );
    let sealed = row.arguments.clone().unwrap();
    assert!(
        !String::from_utf8_lossy(&sealed).contains("nota"),
        "nothing to read in the row"
    );
    let opened = room.opened(row.id, "arguments", Some(&sealed)).unwrap();
    assert_eq!(opened, r#"{"n":7,"nota":"a {n} b"}"#);
    call(&room, &tool, "turn:2", json!({"n": 7})).await;
    assert_eq!(count(&seen), 2, "another decision is another call");
}

#[tokio::test]
async fn what_may_have_happened_is_unsure_and_never_made_again() {
    let (at, seen) = serve(|_| Vec::new()).await;
    let room = room().await;
    let writes = tool(at, Effects::Writes);
    for _ in 0..2 {
        let called = call(&room, &writes, "turn:1", json!({"n": 1})).await;
        assert_eq!(failure(&called), &Failure::Unsure { status: None });
        let Called::Failed { said, .. } = &called else {
            unreachable!()
        };
        assert!(said.pt.contains("Não consegui confirmar"), "{said:?}");
    }
    assert_eq!(count(&seen), 1, "cut after the request: once");
    assert_eq!(state(&room, "turn:1").await, ToolCallState::Unsure);

    let reads = Tool {
        name: "ver".into(),
        ..tool(at, Effects::Reads)
    };
    for _ in 0..2 {
        let called = call(&room, &reads, "turn:2", json!({"n": 1})).await;
        assert_eq!(failure(&called), &Failure::Failed { status: None });
    }
    assert_eq!(count(&seen), 3, "what only reads may be asked for again");
}

#[tokio::test]
async fn a_process_that_died_while_calling_leaves_a_call_that_is_unsure() {
    let (at, seen) = serve(|_| ok("{}")).await;
    let room = room().await;
    let tool = tool(at, Effects::Writes);
    let arguments = arguments::prepare(&tool, r#"{"n": 1}"#, &Facts::default()).unwrap();
    let ask = Ask {
        workspace: WORKSPACE,
        conversation: None,
        contact: None,
        tool: &tool,
        arguments: &arguments,
        key: "turn:1".into(),
    };
    let row = room.note(&ask).await.unwrap();
    let mut commit = Commit::new();
    commit.claim_tool_call(WORKSPACE, row.id, Time(1));
    assert!(room.store.commit(commit).await.unwrap().stored());
    let called = room.call(&ask, None).await.unwrap();
    assert_eq!(failure(&called), &Failure::Unsure { status: None });
    ponte::tools::settle(&room.store, Time(2)).await.unwrap();
    assert_eq!(state(&room, "turn:1").await, ToolCallState::Unsure);
    assert_eq!(count(&seen), 0);
}

#[tokio::test]
async fn many_at_once_with_one_decision_make_one_call() {
    let (at, seen) = serve(|_| ok("{}")).await;
    let room = room().await;
    let mut tries = Vec::new();
    for _ in 0..12 {
        let room = room.clone();
        tries.push(tokio::spawn(async move {
            call(&room, &tool(at, Effects::Writes), "turn:1", json!({"n": 1})).await
        }));
    }
    for one in tries {
        one.await.unwrap();
    }
    assert_eq!(count(&seen), 1);
}

#[tokio::test]
async fn a_key_is_good_for_one_call_and_a_refused_one_is_not_made() {
    let (at, seen) = serve(|_| ok("{}")).await;
    let room = room().await;
    let tool = tool(at, Effects::Writes);
    call(&room, &tool, "turn:1", json!({"n": 1})).await;
    let other = arguments::prepare(&tool, r#"{"n": 2}"#, &Facts::default()).unwrap();
    let ask = Ask {
        workspace: WORKSPACE,
        conversation: None,
        contact: None,
        tool: &tool,
        arguments: &other,
        key: "turn:1".into(),
    };
    assert!(
        room.call(&ask, None).await.is_err(),
        "another call under the same key"
    );
    let ask = Ask {
        key: "turn:2".into(),
        ..ask
    };
    let row = room.note(&ask).await.unwrap();
    assert!(room.refuse(WORKSPACE, row.id, "customer").await.unwrap());
    assert!(!room.confirm(WORKSPACE, row.id).await.unwrap());
    assert_eq!(
        failure(&room.call(&ask, None).await.unwrap()),
        &Failure::Failed { status: None }
    );
    assert_eq!(count(&seen), 1);
}

#[tokio::test]
async fn nothing_sent_is_tried_once_more_and_said_as_nothing_done() {
    let room = room().await;
    let tool = tool("127.0.0.1:1".parse().unwrap(), Effects::Writes);
    let called = call(&room, &tool, "turn:1", json!({"n": 1})).await;
    assert_eq!(
        failure(&called),
        &Failure::Failed { status: None },
        "certainly not done"
    );
}

#[tokio::test]
async fn a_quota_and_a_circuit_hold_calls_back() {
    let broken = Arc::new(AtomicUsize::new(0));
    let (at, seen) = serve(|_| b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
    let room = room().await;
    let mut reads = tool(at, Effects::Reads);
    for n in 0..8 {
        let called = call(&room, &reads, &format!("c:{n}"), json!({"n": n})).await;
        broken.fetch_add(
            usize::from(failure(&called) == &Failure::Busy),
            Ordering::Relaxed,
        );
    }
    assert_eq!(count(&seen), 5, "then it is left alone");
    assert_eq!(broken.load(Ordering::Relaxed), 3);

    let (at, seen) = serve(|_| ok("{}")).await;
    reads = Tool {
        name: "outra".into(),
        per_minute: Some(2),
        ..tool(at, Effects::Reads)
    };
    for n in 0..4 {
        call(&room, &reads, &format!("q:{n}"), json!({"n": n})).await;
    }
    assert_eq!(count(&seen), 2);
}

#[tokio::test]
async fn a_slow_tool_is_told_of_once() {
    let (at, _seen) = serve(|_| {
        std::thread::sleep(std::time::Duration::from_millis(4_300));
        ok("{}")
    })
    .await;
    let room = room().await;
    let mut tool = tool(at, Effects::Reads);
    tool.progress_text = Some(Words::One("Já vejo isso.".into()));
    let arguments = arguments::prepare(&tool, r#"{"n": 1}"#, &Facts::default()).unwrap();
    let ask = Ask {
        workspace: WORKSPACE,
        conversation: None,
        contact: None,
        tool: &tool,
        arguments: &arguments,
        key: "k".into(),
    };
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let hears = Arc::clone(&heard);
    let told = room.call(
        &ask,
        Some(Box::new(move |said| hears.lock().unwrap().push(said.pt))),
    );
    assert!(matches!(told.await.unwrap(), Called::Done(_)));
    assert_eq!(*heard.lock().unwrap(), ["Já vejo isso."]);
}

async fn credential(room: &Tools, kind: Kind, hosts: &[String], secret: &str) -> CredentialRow {
    let now = room.env.clock.now();
    let mut row = CredentialRow {
        id: Uuid::from_u128(77),
        workspace: WORKSPACE,
        name: "loja".into(),
        settings: serde_json::to_value(Settings {
            hosts: hosts.to_vec(),
            kind,
        })
        .unwrap(),
        sealed: None,
        tokens: None,
        expires: Time(0),
        state: oauth::READY.into(),
        hint: String::new(),
        revision: 1,
        created: now,
        updated: now,
    };
    row.sealed = Some(
        room.vault
            .seal(&secret_place(&row), &Secret::new(secret))
            .unwrap(),
    );
    let kept = room.store.credential(WORKSPACE, row.id).await.unwrap();
    let mut commit = Commit::new();
    commit.put_credential(&row, kept.map_or(0, |kept| kept.revision));
    assert!(room.store.commit(commit).await.unwrap().stored());
    row
}

fn with_credential(mut tool: Tool) -> Tool {
    if let Action::Http(http) = &mut tool.action {
        http.credential = Some("loja".into());
    }
    tool
}

#[tokio::test]
async fn a_credential_is_shown_as_it_says_and_to_its_hosts_only() {
    let (at, seen) = serve(|_| ok("{}")).await;
    let room = room().await;
    let ours = [at.to_string()];
    let tool = with_credential(tool(at, Effects::Reads));
    let cases = [
        (Kind::Bearer, "authorization: Bearer s3 cr&t\r\n"),
        (
            Kind::Header {
                header: "X-Key".into(),
            },
            "x-key: s3 cr&t\r\n",
        ),
        (
            Kind::Query {
                parameter: "k".into(),
            },
            "POST /pedidos/1?k=s3%20cr%26t HTTP",
        ),
        (
            Kind::Basic { user: "u".into() },
            "authorization: Basic dTpzMyBjciZ0\r\n",
        ),
    ];
    for (n, (kind, shown)) in cases.into_iter().enumerate() {
        credential(&room, kind, &ours, "s3 cr&t").await;
        done(&call(&room, &tool, &format!("a:{n}"), json!({"n": 1})).await);
        let last = seen.lock().unwrap().last().cloned().unwrap();
        assert!(last.contains(shown), "{last}");
    }
    let before = count(&seen);
    credential(&room, Kind::Bearer, &["api.other.example".to_owned()], "s").await;
    let called = call(&room, &tool, "b", json!({"n": 1})).await;
    assert_eq!(failure(&called), &Failure::Credential);
    assert_eq!(count(&seen), before, "not even asked");
}

#[tokio::test]
async fn after_a_change_of_the_master_key_everything_opens_with_the_new_one_alone() {
    let room = room().await;
    let mut row = credential(
        &room,
        Kind::Bearer,
        &["api.loja.example".to_owned()],
        "canary",
    )
    .await;
    let place = format!("tool_credential:{}:tokens", row.id);
    let tokens = room.vault.seal(&place, &Secret::new("tokens")).unwrap();
    row.tokens = Some(tokens);
    let mut commit = Commit::new();
    commit.put_tokens(&row);
    assert!(room.store.commit(commit).await.unwrap().stored());
    let (at, _) = serve(|_| ok("{\"situacao\": \"pago\"}")).await;
    let tool = tool(at, Effects::Writes);
    // More than are read at once.
    let calls = 205;
    for n in 0..calls {
        call(&room, &tool, &format!("k{n}"), json!({"n": n})).await;
    }
    let sealed = 2 + 2 * calls;
    let (first, second) = (MasterKey::new([7; 32]), MasterKey::new([9; 32]));
    room.vault.set(Keys {
        current: Some(second.clone()),
        old: Some(first.clone()),
    });
    let done = room.rewrap().await.unwrap();
    assert_eq!((done.moved, done.already, done.lost), (sealed, 0, 0));
    let again = room.rewrap().await.unwrap();
    assert_eq!((again.moved, again.already), (0, sealed));
    room.vault.set(Keys {
        current: Some(second),
        old: None,
    });
    assert_eq!(room.opens().await.unwrap(), (2, 0));
    for n in 0..calls {
        let key = format!("k{n}");
        let kept = room.store.tool_call(WORKSPACE, &key);
        let kept = kept.await.unwrap().unwrap();
        let arguments = room.opened(kept.id, "arguments", kept.arguments.as_deref());
        assert_eq!(arguments.unwrap(), json!({"n": n}).to_string());
        let result = room.opened(kept.id, "result", kept.result.as_deref());
        assert!(result.unwrap().contains("pago"));
    }
    room.vault.set(Keys {
        current: Some(first),
        old: None,
    });
    assert_eq!(room.opens().await.unwrap(), (0, 2));
    let lost = room.rewrap().await.unwrap();
    assert_eq!((lost.moved, lost.lost), (0, sealed));
}

fn client(at: SocketAddr) -> OAuth {
    OAuth {
        token_url: format!("http://{at}/token"),
        authorize_url: Some("https://conta.example/agree".into()),
        client_id: "ponte".into(),
        scopes: vec!["pedidos".into()],
        secret_in_body: false,
    }
}

#[tokio::test]
async fn a_token_is_got_once_for_many_and_again_when_refused() {
    let (at, seen) = serve({
        let tokens = AtomicUsize::new(0);
        move |request| {
            if request.starts_with("POST /token") {
                let n = tokens.fetch_add(1, Ordering::SeqCst) + 1;
                return ok(&format!(
                    r#"{{"access_token": "t{n}", "expires_in": 3600}}"#
                ));
            }
            // The first token stops being good after the first round.
            if request.contains("Bearer t1\r\n") && request.contains("/pedidos/99") {
                return b"HTTP/1.1 401 No\r\ncontent-length: 0\r\n\r\n".to_vec();
            }
            ok("{}")
        }
    })
    .await;
    let room = room().await;
    credential(
        &room,
        Kind::ClientCredentials(client(at)),
        &[at.to_string()],
        "segredo",
    )
    .await;
    let tool = with_credential(tool(at, Effects::Reads));
    let mut tries = Vec::new();
    for n in 0..8 {
        let (room, tool) = (room.clone(), tool.clone());
        tries.push(tokio::spawn(async move {
            call(&room, &tool, &format!("k:{n}"), json!({"n": n})).await
        }));
    }
    for one in tries {
        done(&one.await.unwrap());
    }
    let tokens = |seen: &Seen| {
        seen.lock()
            .unwrap()
            .iter()
            .filter(|one| one.starts_with("POST /token"))
            .count()
    };
    assert_eq!(tokens(&seen), 1, "one asks, all have it");
    let asked = seen
        .lock()
        .unwrap()
        .iter()
        .find(|one| one.starts_with("POST /token"))
        .cloned()
        .unwrap();
    assert!(
        asked.ends_with("grant_type=client_credentials&scope=pedidos"),
        "{asked}"
    );
    assert!(
        asked.contains("authorization: Basic cG9udGU6c2VncmVkbw==\r\n"),
        "{asked}"
    );
    done(&call(&room, &tool, "again", json!({"n": 99})).await);
    assert_eq!(tokens(&seen), 2);
    let row = room
        .store
        .credential_named(WORKSPACE, "loja")
        .await
        .unwrap()
        .unwrap();
    assert!(
        !String::from_utf8_lossy(&row.tokens.unwrap()).contains("t2"),
        "sealed"
    );
}

#[tokio::test]
async fn an_agreement_gives_tokens_and_a_refused_refresh_asks_for_a_new_one() {
    let (at, seen) = serve(|request| {
        if request.contains("grant_type=authorization_code") {
            return ok(r#"{"access_token": "a1", "refresh_token": "r1", "expires_in": 1}"#);
        }
        if request.contains("refresh_token=r1") {
            return ok(r#"{"access_token": "a2", "refresh_token": "r2", "expires_in": "1"}"#);
        }
        if request.contains("refresh_token=r2") {
            return b"HTTP/1.1 400 No\r\ncontent-length: 25\r\n\r\n{\"error\":\"invalid_grant\"}"
                .to_vec();
        }
        ok("{}")
    })
    .await;
    let room = room().await;
    let row = credential(
        &room,
        Kind::AuthorizationCode(client(at)),
        &[at.to_string()],
        "s",
    )
    .await;
    let tool = with_credential(tool(at, Effects::Reads));
    let before = call(&room, &tool, "k:0", json!({"n": 1})).await;
    assert_eq!(
        failure(&before),
        &Failure::Credential,
        "nobody has agreed yet"
    );

    let url = room
        .connect(WORKSPACE, row.id, "https://ponte.example/cb")
        .await
        .unwrap();
    let get = |name: &str| {
        let rest = url.split_once(&format!("{name}=")).unwrap().1;
        rest.split('&').next().unwrap().to_owned()
    };
    assert!(url.starts_with("https://conta.example/agree?response_type=code&client_id=ponte&redirect_uri=https%3A%2F%2Fponte.example%2Fcb"));
    assert_eq!(get("code_challenge_method"), "S256");
    let state = get("state");
    for wrong in [
        "",
        "x",
        &format!("{state}x"),
        &state.replace(&row.id.to_string(), &Uuid::nil().to_string()),
    ] {
        assert!(room.connected(wrong, "code").await.is_err(), "{wrong}");
    }
    assert_eq!(count(&seen), 0, "no code goes anywhere for them");
    room.connected(&state, "c0de").await.unwrap();
    assert!(room.connected(&state, "c0de").await.is_err(), "good once");
    let asked = seen.lock().unwrap()[0].clone();
    assert!(
        asked.contains("code=c0de") && asked.contains("code_verifier="),
        "{asked}"
    );
    // Its life is shorter than what clocks may differ by: each call renews it.
    done(&call(&room, &tool, "k:1", json!({"n": 1})).await);
    let used = seen.lock().unwrap().last().cloned().unwrap();
    assert!(used.contains("authorization: Bearer a2\r\n"), "{used}");
    let kept = async || {
        room.store
            .credential_named(WORKSPACE, "loja")
            .await
            .unwrap()
            .unwrap()
    };
    assert_eq!(kept().await.state, oauth::READY);
    for n in 2..4 {
        let called = call(&room, &tool, &format!("k:{n}"), json!({"n": 1})).await;
        assert_eq!(failure(&called), &Failure::Credential);
    }
    assert_eq!(kept().await.state, oauth::RECONNECT);
    let refused = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|one| one.contains("refresh_token=r2"))
        .count();
    assert_eq!(refused, 1, "a refusal is not asked for again");
}

#[tokio::test]
async fn built_in_tools_give_deeds_or_write_to_the_contact() {
    let room = room().await;
    let called = call(
        &room,
        &Builtin::HandOff.tool(),
        "h",
        json!({"reason": "pediu"}),
    )
    .await;
    assert_eq!(
        called,
        Called::Deed(Deed::HandOff {
            reason: "pediu".into(),
            team: None
        })
    );
    let written = json!({"attribute": "tamanho", "value": "M"});
    done(&call(&room, &Builtin::UpdateContact.tool(), "u", written).await);
    let lead = json!({"interest": "bolo", "note": "sábado"});
    done(&call(&room, &Builtin::CreateLead.tool(), "l", lead).await);
    let kept = room
        .store
        .attributes(WORKSPACE, ContactId(Uuid::from_u128(5)))
        .await
        .unwrap();
    let kept: Vec<(&str, &str)> = kept
        .iter()
        .map(|row| (row.name.as_str(), row.value.as_str()))
        .collect();
    assert_eq!(kept, [("lead", "bolo: sábado"), ("tamanho", "M")]);
    let nobody = call(&room, &Builtin::LookUpContact.tool(), "c", json!({})).await;
    assert_eq!(failure(&nobody), &Failure::NotFound);
}
