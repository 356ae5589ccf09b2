//! What people see of a conversation before they write in it, through the API.
//!
//! In: a conversation in the store, a scripted model where one is wished. Out: the glance, suggestions,
//! translations and decisions; with models that are slow, broken or too dear, what needs none still comes.
//! Absent: how well texts are understood (the crate of understanding measures that).

use crate::api_kit::{Kit, id, kit};
use ponte::api::key::Scope;
use ponte::egress::{Allow, Egress};
use ponte::knowledge::faq::{Written, new_source};
use ponte::models::Models;
use ponte::vault::{Keys, MasterKey};
use ponte_core::content::{Content, Context};
use ponte_core::effect::{MessageBody, MessageRow};
use ponte_core::event::Answer;
use ponte_core::ids::{AgentId, CallId, EventId, MessageId};
use ponte_core::outgoing::Outgoing;
use ponte_core::ownership::Provenance;
use ponte_core::time::Span;
use ponte_core::{Envelope, Event};
use ponte_sim::models::script::{Say, Script, When};
use ponte_sim::models::{ModelFault, ModelServer, Protocol};
use ponte_store::Commit;
use ponte_store::rows::journal::JournalNew;
use ponte_store::rows::knowledge::SourceKind;
use serde_json::{Value, json};
use std::sync::Arc;

const CARD: &str = "4111 1111 1111 1111";

struct Desk {
    kit: Kit,
    key: String,
    ord: i64,
}

impl Desk {
    async fn new() -> Desk {
        let mut kit = kit().await;
        let mut env = kit.app.env.clone();
        env.egress = Egress::new(Arc::clone(&env.clock), Allow::parse("127.0.0.1").unwrap());
        kit.app.models = Models::new(kit.store.clone(), env, kit.app.vault.clone());
        let current = Some(MasterKey::new([3; 32]));
        kit.app.vault.set(Keys { current, old: None });
        kit.app.settings.reload(&kit.store).await.unwrap();
        kit.remount();
        let key = kit.full_key().await;
        Desk { kit, key, ord: 1 }
    }

    /// One more message: `c` is the customer's, `p` a person's.
    async fn says(&mut self, by: char, text: &str) {
        self.ord += 1;
        let customer = by == 'c';
        let now = self.kit.app.env.clock.now() + Span::secs(self.ord);
        let row = MessageRow {
            id: MessageId(id(500 + u128::try_from(self.ord).unwrap())),
            provenance: if customer {
                Provenance::Customer
            } else {
                Provenance::Agent {
                    agent: AgentId(id(7)),
                }
            },
            wamid: None,
            content: if customer {
                MessageBody::In(Content::Text { body: text.into() })
            } else {
                MessageBody::Out(Outgoing::text(text))
            },
            context: Context::default(),
            referral: None,
            sent: now,
            received: now,
            send: None,
            unread: false,
        };
        let mut commit = Commit::new();
        commit.put_message(&self.kit.home, self.ord.unsigned_abs(), &row);
        assert!(self.kit.store.commit(commit).await.unwrap().stored());
    }

    async fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let path = format!("/api/v1/{path}");
        let path = self.kit.fill(&path, false);
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let answer = self.kit.call(method, &path, Some(&self.key), &body).await;
        (answer.status.as_u16(), answer.json())
    }

    async fn get(&self, what: &str) -> Value {
        let path = format!("conversations/{{conversation}}/{what}");
        let (status, body) = self.ask("GET", &path, &Value::Null).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn translate(&self, body: Value) -> (u16, Value) {
        self.ask("POST", "conversations/{conversation}/translate", &body)
            .await
    }

    /// A scripted model, with little patience.
    async fn model(&self) -> ModelServer {
        let server = ModelServer::local().await.unwrap();
        let wish = json!({
            "name": "main", "kind": "openai", "models": ["gpt-4o-mini"], "key": "sk-1",
            "base": server.base(Protocol::Openai),
            "limits": {"first_byte_ms": 500, "total_ms": 1_000},
        });
        let (status, made) = self.ask("POST", "providers", &wish).await;
        assert_eq!(status, 201, "{made}");
        server
    }

    async fn dear(&self) {
        let book = json!({"prices": [{
            "provider": "main", "model": "*", "input": 900_000_000_000_u64,
            "output": 900_000_000_000_u64, "seen": "2026-11-01",
        }]});
        let (status, body) = self.ask("PUT", "usage/prices", &book).await;
        assert_eq!(status, 200, "{body}");
    }

    async fn knows(&self, n: u128, question: &str, answer: &str, audience: &str) {
        let (now, workspace) = (self.kit.app.env.clock.now(), self.kit.home.workspace);
        let mut source = new_source(id(n), workspace, SourceKind::Upload, &format!("s{n}"), now);
        source.settings = json!({ "audience": audience });
        let written = Written {
            questions: vec![question.into()],
            answer: answer.into(),
            tags: Vec::new(),
            enabled: true,
        };
        let mut commit = Commit::new();
        commit
            .put_source(&source, 0)
            .put_faq(&written.row(id(n + 1), workspace, id(n), now), 0);
        assert!(self.kit.store.commit(commit).await.unwrap().stored());
    }
}

fn says(say: Say) -> Script {
    Script::of(vec![(When::Any, say)])
}

#[tokio::test]
async fn a_glance_tells_points_things_and_moods_without_any_model() {
    let mut desk = Desk::new().await;
    desk.says('c', "Quero encomendar um bolo de milho, custa R$ 40,00?")
        .await;
    desk.says('p', "Vou verificar e te aviso.").await;
    desk.says('c', &format!("meu cartão é {CARD}")).await;
    desk.says(
        'c',
        "PELA TERCEIRA VEZ, que atendimento horrível, vou cancelar tudo!!!",
    )
    .await;
    let seen = desk.get("insight").await;
    assert_eq!(
        (&seen["turns"], &seen["language"]),
        (&json!(5), &json!("pt"))
    );
    assert_eq!(seen["summary"]["by"], "sentences");
    assert!(
        seen["summary"]["wants"]["text"]
            .as_str()
            .unwrap()
            .contains("bolo"),
        "{seen}"
    );
    assert!(
        !seen["summary"]["wants"]["messages"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let values: Vec<&str> = seen["entities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|held| held["value"].as_str().unwrap())
        .collect();
    assert!(values.contains(&"BRL 40.00"), "{values:?}");
    assert_eq!(seen["moods"][0]["feeling"], "negative");
    assert!(!seen["moods"][0]["reasons"].as_array().unwrap().is_empty());
    assert!(
        seen["purchase"]["percent"].as_i64().unwrap() >= 50,
        "{seen}"
    );
    let text = seen.to_string();
    assert!(
        !text.contains("4111 1111") && !text.contains("41111111"),
        "{text}"
    );
    let english = desk.get("insight?language=en").await;
    assert_eq!(english["summary"]["language"], "en");
    let path = "conversations/{conversation}/insight?language=fr";
    assert_eq!(desk.ask("GET", path, &Value::Null).await.0, 400);
    let none = desk.get("insight?model=true").await;
    assert_eq!(none["summary"]["instead"], "no_provider");
}

#[tokio::test]
async fn a_model_words_the_summary_and_falls_back_when_it_cant() {
    let mut desk = Desk::new().await;
    desk.says('c', &format!("Quero 3 bolos para sábado, cartão {CARD}"))
        .await;
    let server = desk.model().await;
    let good = json!({"wants": "Quer 3 bolos para sábado.", "done": "Nada foi feito ainda.", "open": "Falta responder."});
    server.script(says(Say::Json(good.clone())));
    let seen = desk.get("insight?model=true").await;
    assert_eq!(seen["summary"]["by"], "model", "{seen}");
    assert_eq!(seen["summary"]["model"], "main/gpt-4o-mini");
    assert_eq!(seen["summary"]["wants"]["text"], good["wants"]);
    let asked = format!("{:?}", server.asked());
    assert!(!asked.contains(CARD), "a card left the house");
    let mut wrong = good.clone();
    wrong["done"] = json!("Foi cobrado R$ 99,00.");
    server.script(says(Say::Json(wrong)));
    let seen = desk.get("insight?model=true").await;
    assert_eq!(seen["summary"]["instead"], "unsupported", "{seen}");
    server.script(says(Say::Json(good)));
    desk.dear().await;
    let seen = desk.get("insight?model=true").await;
    assert_eq!(seen["summary"]["by"], "sentences");
    assert_eq!(seen["summary"]["instead"], "budget", "{seen}");
}

#[tokio::test]
async fn a_silent_or_broken_model_leaves_the_sentences() {
    for fault in [
        ModelFault::Silent,
        ModelFault::Garbage,
        ModelFault::WrongJson,
    ] {
        let mut desk = Desk::new().await;
        desk.says('c', "Quero um bolo").await;
        let server = desk.model().await;
        server.always(Some(fault.clone()));
        let seen = desk.get("insight?model=true").await;
        assert_eq!(seen["summary"]["by"], "sentences", "{fault:?}");
        let why = seen["summary"]["instead"].as_str().unwrap();
        assert!(!why.is_empty() && why != "no_provider", "{fault:?}: {why}");
        assert!(!server.asked().is_empty(), "{fault:?}");
    }
}

#[tokio::test]
async fn replies_are_suggested_with_sources_and_nothing_is_sent() {
    let mut desk = Desk::new().await;
    desk.knows(
        700,
        "Fazem festa de casamento?",
        "Fazemos festas de casamento com 60 dias.",
        "public",
    )
    .await;
    desk.knows(
        710,
        "Qual desconto de festa de casamento?",
        "Desconto da equipe para festa de casamento: 12%.",
        "internal",
    )
    .await;
    desk.says('c', "Qual é o endereço?").await;
    let seen = desk.get("suggestions").await;
    assert_eq!(
        (&seen["answered"], &seen["no_model"]),
        (&json!(false), &json!("no_provider"))
    );
    let first = &seen["suggestions"][0];
    assert_eq!(
        (&first["kind"], &first["sources"][0]),
        (&json!("written"), &json!("endereco")),
        "{seen}"
    );
    desk.says('p', "Rua da Ponte, 100.").await;
    assert_eq!(desk.get("suggestions").await["answered"], true);
    desk.says('c', "Qual desconto de festa de casamento?").await;
    let seen = desk.get("suggestions?model=false").await;
    let all = seen["suggestions"].as_array().unwrap();
    let secret = all
        .iter()
        .find(|held| held["text"].as_str().unwrap().contains("12%"));
    assert_eq!(
        secret.map(|held| &held["internal"]),
        Some(&json!(true)),
        "{seen}"
    );
    assert!(all.len() <= 3);
    assert_eq!(seen["no_model"], "not_asked");
    let server = desk.model().await;
    server.script(says(Say::Text(
        "Fazemos festas de casamento com 60 dias [1].".into(),
    )));
    let seen = desk.get("suggestions").await;
    assert!(
        !format!("{:?}", server.asked()).contains("12%"),
        "an internal passage went to a model"
    );
    let all = seen["suggestions"].as_array().unwrap();
    assert!(seen["no_model"].is_null(), "{seen}");
    assert!(all.len() <= 3 && !all.is_empty());
    server.script(says(Say::Text(
        "Claro, sai por R$ 9.999,00 amanhã às 23h!".into(),
    )));
    assert_eq!(desk.get("suggestions").await["no_model"], "unsupported");
    let journal = desk
        .kit
        .store
        .journal_of(desk.kit.home.conversation, None, 10)
        .await
        .unwrap();
    assert!(journal.is_empty(), "looking journals nothing");
}

#[tokio::test]
async fn a_text_is_translated_by_a_model_or_not_at_all() {
    let desk = Desk::new().await;
    let wish = json!({"text": "Bom dia, o pão está pronto.", "to": "en"});
    let (status, problem) = desk.translate(wish.clone()).await;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("urn:ponte:problem:no-provider"))
    );
    assert!(
        problem["todo"]
            .as_str()
            .unwrap()
            .contains("ponte provider add")
    );
    let server = desk.model().await;
    server.script(says(Say::Text("Good morning, the bread is ready.".into())));
    let (status, done) = desk.translate(wish.clone()).await;
    assert_eq!(
        (status, &done["text"]),
        (200, &json!("Good morning, the bread is ready.")),
        "{done}"
    );
    assert_eq!(
        (&done["to"], &done["model"]),
        (&json!("en"), &json!("main/gpt-4o-mini"))
    );
    for wrong in [
        json!({"text": "", "to": "en"}),
        json!({"text": "x".repeat(4_097), "to": "en"}),
        json!({"text": "oi", "to": "fr"}),
    ] {
        assert_eq!(desk.translate(wrong).await.0, 400);
    }
    server.always(Some(ModelFault::Garbage));
    let (status, problem) = desk.translate(wish).await;
    assert_eq!(
        (status, &problem["type"]),
        (409, &json!("urn:ponte:problem:no-translation"))
    );
}

#[tokio::test]
async fn decisions_are_listed_newest_first_page_by_page() {
    let desk = Desk::new().await;
    let answers = [
        Answer::DontKnow {
            how: json!({"by": "nothing"}),
        },
        Answer::failed("gone"),
        Answer::Say {
            parts: vec![Outgoing::text("segredo do cliente")],
            sources: vec!["endereco".into()],
            draft: true,
            set: Default::default(),
            how: json!({"by": "written"}),
        },
    ];
    let mut entry = 950_u128;
    for (n, answer) in (0_u128..).zip(answers) {
        for event in [
            Event::CallAnswered {
                call: CallId(id(900 + n)),
                answer,
            },
            Event::ChannelSuspended { suspended: false },
        ] {
            entry += 1;
            let unique = id(entry);
            let mut commit = Commit::new();
            commit.append(&JournalNew {
                place: desk.kit.home,
                envelope: Envelope {
                    id: EventId(unique),
                    at: desk.kit.app.env.clock.now(),
                    event,
                },
                dedupe: unique.to_string(),
                delivery: None,
            });
            assert!(desk.kit.store.commit(commit).await.unwrap().stored());
        }
    }
    let mut seen = Vec::new();
    let mut path = "decisions?limit=2".to_owned();
    loop {
        let page = desk.get(&path).await;
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else {
            break;
        };
        assert!(seen.len() < 4, "no end");
        path = format!("decisions?limit=2&after={next}");
    }
    let outcomes: Vec<&str> = seen
        .iter()
        .map(|held| held["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["drafted", "failed", "did_not_know"]);
    assert_eq!(
        (&seen[0]["how"]["by"], &seen[0]["sources"][0]),
        (&json!("written"), &json!("endereco"))
    );
    assert_eq!(seen[1]["why"], "gone");
    assert!(
        !json!(seen).to_string().contains("segredo"),
        "what was said is the message's to show"
    );
}

#[tokio::test]
async fn another_workspace_and_a_key_without_the_scope_see_nothing() {
    let desk = Desk::new().await;
    let write_only = desk.kit.key(&[Scope::Write], |_| {}).await;
    let read_only = desk.kit.key(&[Scope::Read], |_| {}).await;
    let body = json!({"text": "oi", "to": "en"}).to_string();
    for (method, what, lacking) in [
        ("GET", "insight", &write_only),
        ("GET", "suggestions", &write_only),
        ("GET", "decisions", &write_only),
        ("POST", "translate", &read_only),
    ] {
        let path = format!("/api/v1/conversations/{{conversation}}/{what}");
        let body = if method == "POST" { body.as_str() } else { "" };
        let foreign = desk.kit.fill(&path, true);
        let answer = desk.kit.call(method, &foreign, Some(&desk.key), body).await;
        assert_eq!(answer.status, 404, "{what}");
        let home = desk.kit.fill(&path, false);
        let answer = desk.kit.call(method, &home, Some(lacking), body).await;
        assert_eq!(answer.status, 403, "{what}");
    }
}
