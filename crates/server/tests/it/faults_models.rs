//! Faults E1 to E4 and E9 of language models, against scripted providers over real sockets.
//!
//! In: a fault by its name. Out: what is answered, what the next provider is asked, what the ledger and the budgets
//! say. Absent: what the router does without an answer. Next: `models_kit.rs`.

use crate::models_kit::{KEY, Kit, WORKSPACE, day, kit, link, settings, whose};
use ponte::models::{Answered, Link, Question};
use ponte_core::time::Span;
use ponte_models::embed::Purpose;
use ponte_models::prices::Cost;
use ponte_models::turn::Turn;
use ponte_models::{Dialect, Format, Kind, Message, Request, Tool};
use ponte_sim::models::{ModelFault, Say, Script, ToolUse, When};
use ponte_store::rows::models::{Budget, BudgetScope};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

fn with_tool(text: &str) -> Request {
    let mut request = Request::ask(text, 200);
    request.tools.push(Tool {
        name: "stock".into(),
        description: "How many are left.".into(),
        parameters: json!({"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}),
    });
    request
}

fn structured(text: &str) -> Request {
    let mut request = Request::ask(text, 200);
    request.format = Format::Json {
        name: "x".into(),
        schema: json!({"type": "object", "required": ["intent"], "properties": {"intent": {"enum": ["buy", "ask"]}}}),
    };
    request
}

#[tokio::test]
async fn every_dialect_answers_calls_tools_and_fills_schemas() {
    for dialect in Dialect::ALL {
        let kit = kit(&[dialect]).await;
        let said = kit.ask("bom dia").await.unwrap();
        assert_eq!(
            said.checked.reply.text, "Você disse: bom dia",
            "{dialect:?}"
        );
        assert!(!said.renamed && said.failed.is_empty());
        let mut turn = with_tool("veja stock do bolo");
        let called = kit
            .models
            .ask(kit.question(turn.clone()))
            .await
            .unwrap()
            .checked
            .reply;
        assert_eq!(called.calls[0].name, "stock", "{dialect:?}");
        assert_eq!(called.calls[0].arguments, json!({"sku": "ok"}));
        turn.messages.push(Message::Assistant {
            text: called.text,
            calls: called.calls.clone(),
        });
        turn.messages.push(Message::Tool {
            id: called.calls[0].id.clone(),
            name: "stock".into(),
            content: "{\"left\":3}".into(),
            failed: false,
        });
        let told = kit.models.ask(kit.question(turn)).await.unwrap();
        assert!(
            told.checked.reply.text.contains("\"left\":3"),
            "{dialect:?}"
        );
        let filled = kit
            .models
            .ask(kit.question(structured("oi")))
            .await
            .unwrap();
        assert_eq!(
            filled.checked.value,
            Some(json!({"intent": "buy"})),
            "{dialect:?}"
        );
        let asked = kit.servers[0].asked();
        assert!(
            asked
                .iter()
                .all(|one| one.key.as_deref() == Some(KEY) && one.stream)
        );
        assert_eq!(kit.ledger().await.len(), 4);
    }
}

/// E1: the next provider is asked, in time, whatever the first one does.
#[tokio::test]
async fn e1_a_provider_that_is_late_busy_or_down_is_followed_by_the_next() {
    let faults = [
        (ModelFault::Silent, Kind::TimedOut),
        (ModelFault::Stalled, Kind::TimedOut),
        (
            ModelFault::Busy {
                retry_after: Some(2),
            },
            Kind::RateLimited,
        ),
        (ModelFault::Refused { status: 500 }, Kind::ProviderDown),
        (ModelFault::Refused { status: 529 }, Kind::ProviderDown),
        (ModelFault::Refused { status: 401 }, Kind::KeyRefused),
        (ModelFault::Refused { status: 404 }, Kind::NoModel),
    ];
    let kit = kit(&[Dialect::Openai, Dialect::Anthropic]).await;
    for (fault, kind) in faults {
        kit.servers[0].arm(fault.clone());
        let said = kit.ask("oi").await.unwrap();
        assert_eq!(
            (said.provider.as_str(), said.failed.len()),
            ("p1", 1),
            "{fault:?}"
        );
        let failed = &said.failed[0];
        assert_eq!(
            (failed.provider.as_str(), failed.trouble.kind),
            ("p0", kind),
            "{fault:?}"
        );
        // Once each: nothing was asked twice.
        assert_eq!(kit.servers[0].armed(), 0);
        // It is well again before the next, so that its circuit stays closed.
        assert_eq!(
            kit.ask("oi").await.unwrap().provider,
            "p0",
            "after {fault:?}"
        );
    }
    assert_eq!(kit.servers[0].asked().len(), 14);
    assert_eq!(kit.servers[1].asked().len(), 7);
}

#[tokio::test]
async fn e1_a_chain_that_fails_whole_ends_in_time_with_every_attempt_told() {
    let kit = kit(&[Dialect::Openai, Dialect::Gemini, Dialect::Ollama]).await;
    for server in &kit.servers {
        server.always(Some(ModelFault::Silent));
    }
    let mut question = kit.question(Request::ask("oi", 50));
    question.deadline = kit.models.now() + Span::secs(6);
    let failed = kit.models.ask(question).await.unwrap_err();
    assert_eq!(failed.trouble.kind, Kind::TimedOut);
    let names: Vec<&str> = failed
        .failed
        .iter()
        .map(|told| told.provider.as_str())
        .collect();
    assert_eq!(names, ["p0", "p1", "p2"]);
    assert_eq!(failed.cost, Cost::Unknown, "they may have worked");
    let outcomes: Vec<String> = kit
        .ledger()
        .await
        .into_iter()
        .map(|row| row.outcome)
        .collect();
    assert_eq!(outcomes, ["timed_out"; 3]);
}

#[tokio::test]
async fn e1_one_that_is_not_there_was_not_sent_and_is_asked_once_more() {
    let kit = kit(&[Dialect::Openai]).await;
    // A port that nobody listens on.
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    kit.provide(0, Dialect::Openai, format!("http://{free}/v1"), &settings())
        .await;
    let failed = kit.ask("oi").await.unwrap_err();
    assert_eq!(
        (failed.trouble.kind, failed.failed.len()),
        (Kind::NotSent, 2)
    );
    assert_eq!(failed.cost, Cost::Known(0));
    kit.provide(0, Dialect::Openai, "http://10.1.2.3/v1".into(), &settings())
        .await;
    let refused = kit.ask("oi").await.unwrap_err();
    assert_eq!(
        (refused.trouble.kind, refused.failed.len()),
        (Kind::Forbidden, 1)
    );
}

#[tokio::test]
async fn e1_a_provider_that_keeps_failing_rests_and_is_not_asked() {
    let kit = kit(&[Dialect::Openai, Dialect::Ollama]).await;
    kit.servers[0].always(Some(ModelFault::Refused { status: 503 }));
    for _ in 0..8 {
        assert_eq!(kit.ask("oi").await.unwrap().provider, "p1");
    }
    assert_eq!(kit.servers[0].asked().len(), 5, "then it rests");
    let said = kit.ask("oi").await.unwrap();
    assert_eq!(said.failed[0].trouble.kind, Kind::Resting);
    assert_eq!(kit.ledger().await.len(), 5 + 9, "who rests costs no row");
}

/// E2: validated, repaired once, then the next provider; never sent raw.
#[tokio::test]
async fn e2_what_is_no_answer_is_not_used() {
    let faults = [
        (ModelFault::Garbage, Kind::Garbage),
        (ModelFault::Nothing, Kind::Cut),
        (ModelFault::Empty, Kind::Empty),
        (ModelFault::Huge, Kind::TooMuch),
        (ModelFault::Half, Kind::Unfinished),
    ];
    let kit = kit(&[Dialect::Openai, Dialect::Gemini]).await;
    for (fault, kind) in faults {
        kit.servers[0].arm(fault.clone());
        let said = kit.ask("oi").await.unwrap();
        assert_eq!(
            (said.provider.as_str(), said.failed[0].trouble.kind),
            ("p1", kind),
            "{fault:?}"
        );
        assert_eq!(said.checked.reply.text, "Você disse: oi");
        assert_eq!(kit.ask("oi").await.unwrap().provider, "p0");
    }
    kit.servers[0].arm(ModelFault::Filtered);
    let failed = kit.ask("oi").await.unwrap_err();
    assert_eq!(
        failed.trouble.kind,
        Kind::Filtered,
        "nobody else is asked to say it"
    );
}

#[tokio::test]
async fn e2_wrong_json_is_repaired_once_and_then_another_is_asked() {
    let kit = kit(&[Dialect::Openai, Dialect::Anthropic]).await;
    kit.servers[0].arm(ModelFault::WrongJson);
    let said = kit
        .models
        .ask(kit.question(structured("oi")))
        .await
        .unwrap();
    assert_eq!((said.provider.as_str(), said.failed.len()), ("p0", 1));
    assert_eq!(said.failed[0].trouble.kind, Kind::WrongShape);
    let asked = kit.servers[0].asked();
    assert_eq!(asked.len(), 2);
    let repair = asked[1].last_user.clone().unwrap();
    assert!(
        repair.contains("not the JSON that was asked for"),
        "{repair}"
    );
    for _ in 0..2 {
        kit.servers[0].arm(ModelFault::WrongJson);
    }
    let said = kit
        .models
        .ask(kit.question(structured("oi")))
        .await
        .unwrap();
    assert_eq!((said.provider.as_str(), said.failed.len()), ("p1", 2));
    assert_eq!(said.checked.value, Some(json!({"intent": "buy"})));
}

#[tokio::test]
async fn e2_the_wrong_language_is_noticed_by_whoever_can_tell() {
    let kit = kit(&[Dialect::Ollama]).await;
    kit.servers[0].arm(ModelFault::WrongLanguage);
    let mut question = kit.question(Request::ask("bom dia", 50));
    question.fluent = Some(Arc::new(|text| text.contains("Você")));
    let said = kit.models.ask(question).await.unwrap();
    assert_eq!(said.failed[0].trouble.kind, Kind::WrongLanguage);
    assert!(
        said.checked
            .reply
            .text
            .starts_with("Você disse: Your last answer was in the wrong language")
    );
}

/// E3: cut at each byte, over a socket, in every dialect; and ended at each byte as if it were whole.
#[tokio::test]
async fn e3_an_answer_cut_at_any_byte_is_never_used() {
    for dialect in Dialect::ALL {
        let kit = kit(&[dialect]).await;
        let text = "sim, temos";
        kit.servers[0].script(Script::of(vec![(When::Any, Say::Text(text.into()))]));
        let base = kit.servers[0].base(crate::models_kit::protocol(dialect));
        let mut cuts = 0;
        loop {
            let byte = cuts * 7;
            let fault = if cuts % 2 == 0 {
                ModelFault::CutAt { byte }
            } else {
                ModelFault::EndsAt { byte }
            };
            kit.servers[0].arm(fault.clone());
            // Another provider each time, so that none rests.
            kit.provide(cuts, dialect, base.clone(), &settings()).await;
            let mut question = kit.question(Request::ask("tem?", 50));
            question.chain = vec![link(cuts)];
            match kit.models.ask(question).await {
                Err(failed) => assert_eq!(failed.trouble.kind, Kind::Cut, "{dialect:?} {fault:?}"),
                // All of it was sent before the fault's byte.
                Ok(said) => {
                    assert_eq!(said.checked.reply.text, text);
                    break;
                }
            }
            cuts += 1;
        }
        assert!(cuts > 20, "{dialect:?}: {cuts}");
    }
}

/// E4: a model that calls the same tool for ever is stopped before the tool runs twice.
#[tokio::test]
async fn e4_a_tool_loop_ends() {
    let kit = kit(&[Dialect::Openai]).await;
    kit.servers[0].always(Some(ModelFault::ToolLoop));
    let (mut turn, mut request, mut ran) = (Turn::new(), with_tool("oi"), 0);
    let stopped = loop {
        let said = kit.models.ask(kit.question(request.clone())).await.unwrap();
        let reply = said.checked.reply;
        if let Err(trouble) = turn.step(&reply) {
            break trouble;
        }
        ran += 1;
        carry_on(&mut request, reply);
    };
    assert_eq!(
        (stopped.kind, stopped.code.as_deref()),
        (Kind::Loop, Some("same call"))
    );
    assert_eq!((ran, kit.asked()), (1, 2));
}

#[tokio::test]
async fn e4_other_arguments_each_time_end_after_eight_steps() {
    let kit = kit(&[Dialect::Openai]).await;
    let (mut turn, mut request) = (Turn::new(), with_tool("oi"));
    let stopped = loop {
        let n = turn.steps();
        let call = ToolUse {
            name: "stock".into(),
            arguments: json!({"sku": format!("A-{n}")}),
        };
        kit.servers[0].script(Script::of(vec![(When::Any, Say::Calls(vec![call]))]));
        let reply = kit
            .models
            .ask(kit.question(request.clone()))
            .await
            .unwrap()
            .checked
            .reply;
        if let Err(trouble) = turn.step(&reply) {
            break trouble;
        }
        carry_on(&mut request, reply);
    };
    assert_eq!(stopped.code.as_deref(), Some("steps"));
    assert_eq!(kit.asked(), 8);
    assert!(turn.used().total() > 0);
}

#[tokio::test]
async fn e4_a_tool_that_nobody_offered_is_never_called() {
    let kit = kit(&[Dialect::Openai]).await;
    kit.servers[0].always(Some(ModelFault::Injected));
    let failed = kit
        .models
        .ask(kit.question(with_tool("oi")))
        .await
        .unwrap_err();
    assert_eq!(failed.trouble.kind, Kind::WrongTool);
    assert_eq!(kit.asked(), 2, "one repair");
}

fn carry_on(request: &mut Request, reply: ponte_models::Reply) {
    let results: Vec<Message> = reply
        .calls
        .iter()
        .map(|call| Message::Tool {
            id: call.id.clone(),
            name: call.name.clone(),
            content: "{}".into(),
            failed: false,
        })
        .collect();
    request.messages.push(Message::Assistant {
        text: reply.text,
        calls: reply.calls,
    });
    request.messages.extend(results);
}

fn asked_for(kit: &Kit, budgets: Vec<Budget>, max_tokens: u32) -> Question {
    let mut question = kit.question(Request::ask("oi", max_tokens));
    question.whose = whose(budgets);
    question
}

/// E9: no call begins that its budget has no room for, and each is settled with what it cost.
#[tokio::test]
async fn e9_a_budget_is_never_overdrawn() {
    let kit = kit(&[Dialect::Openai]).await;
    let budget = day(400);
    let mut answered: Vec<Answered> = Vec::new();
    let refused = loop {
        match kit
            .models
            .ask(asked_for(&kit, vec![budget.clone()], 200))
            .await
        {
            Ok(said) => answered.push(said),
            Err(failed) => break failed,
        }
    };
    assert_eq!(
        (refused.trouble.kind, refused.trouble.code.as_deref()),
        (Kind::Budget, Some("day"))
    );
    assert_eq!(kit.asked(), answered.len(), "who has no room is not asked");
    let spent: u64 = answered
        .iter()
        .filter_map(|said| said.cost.micro_usd())
        .sum();
    assert_eq!(kit.stands(&budget).await, (0, spent));
    assert!(
        spent <= 400 && answered.len() > 5,
        "{spent} {}",
        answered.len()
    );
    let ledger: u64 = kit.ledger().await.iter().filter_map(|row| row.cost).sum();
    assert_eq!(ledger, spent, "the ledger says the same");
}

#[tokio::test]
async fn e9_the_cap_holds_when_many_ask_at_once() {
    let kit = kit(&[Dialect::Openai]).await;
    let budgets = vec![
        day(400),
        Budget {
            scope: BudgetScope::Contact(Uuid::from_u128(9)),
            cap: 400,
        },
    ];
    let all = (0..30).map(|_| kit.models.ask(asked_for(&kit, budgets.clone(), 200)));
    let ended = futures_util::future::join_all(all).await;
    let good: Vec<&Answered> = ended.iter().filter_map(|one| one.as_ref().ok()).collect();
    for failed in ended.iter().filter_map(|one| one.as_ref().err()) {
        assert!(
            matches!(failed.trouble.kind, Kind::Budget | Kind::Busy),
            "{failed:?}"
        );
    }
    let spent: u64 = good.iter().filter_map(|said| said.cost.micro_usd()).sum();
    for budget in &budgets {
        assert_eq!(kit.stands(budget).await, (0, spent));
    }
    assert!(spent <= 400 && !good.is_empty(), "{spent}");
}

#[tokio::test]
async fn e9_what_nobody_counted_is_spent_as_it_was_reserved() {
    let kit = kit(&[Dialect::Openai, Dialect::Openai]).await;
    let budget = day(100_000);
    kit.servers[0].arm(ModelFault::Silent);
    let said = kit
        .models
        .ask(asked_for(&kit, vec![budget.clone()], 200))
        .await
        .unwrap();
    assert_eq!((said.provider.as_str(), said.cost), ("p1", Cost::Unknown));
    let rows = kit.ledger().await;
    assert_eq!(
        (rows[0].cost, rows[0].outcome.as_str()),
        (None, "timed_out")
    );
    let counted = rows[1].cost.unwrap();
    let (reserved, spent) = kit.stands(&budget).await;
    assert_eq!(reserved, 0);
    assert!(spent > counted, "both are paid: {spent} {counted}");
    // A refusal costs nothing.
    kit.servers[0].arm(ModelFault::Busy { retry_after: None });
    kit.models
        .ask(asked_for(&kit, vec![budget.clone()], 200))
        .await
        .unwrap();
    let again = kit.ledger().await.last().unwrap().cost.unwrap();
    assert_eq!(kit.stands(&budget).await, (0, spent + again));
}

#[tokio::test]
async fn e9_a_model_without_a_price_is_said_to_be_unknown_and_counted_dear() {
    let kit = kit(&[Dialect::Openai]).await;
    let budget = day(1_000_000);
    let mut question = asked_for(&kit, vec![budget.clone()], 200);
    question.chain = vec![Link {
        provider: "p0".into(),
        model: "model-of-tomorrow".into(),
    }];
    let said = kit.models.ask(question).await.unwrap();
    assert_eq!(said.cost, Cost::Unknown);
    assert_eq!(kit.ledger().await[0].cost, None);
    let (_, dear) = kit.stands(&budget).await;
    kit.models
        .ask(asked_for(&kit, vec![budget.clone()], 200))
        .await
        .unwrap();
    let (_, both) = kit.stands(&budget).await;
    assert!(dear > 10 * (both - dear), "{dear} {both}");
}

#[tokio::test]
async fn a_model_under_another_name_is_noticed() {
    let kit = kit(&[Dialect::Gemini]).await;
    kit.servers[0].arm(ModelFault::Renamed);
    let said = kit.ask("oi").await.unwrap();
    assert!(said.renamed);
    assert_eq!(kit.ledger().await[0].answered, "gpt-4o-mini-next");
}

#[tokio::test]
async fn texts_become_vectors_in_batches_and_are_paid() {
    for dialect in [Dialect::Openai, Dialect::Gemini, Dialect::Ollama] {
        let kit = kit(&[dialect]).await;
        let texts: Vec<String> = (0..70).map(|n| format!("texto número {n}")).collect();
        let deadline = kit.models.now() + Span::secs(10);
        let budget = day(100_000);
        let whose = whose(vec![budget.clone()]);
        let made = kit
            .models
            .embed(&whose, &texts, Purpose::Document, deadline)
            .await
            .unwrap();
        assert_eq!(
            (made.vectors.len(), made.vectors[0].len()),
            (70, 64),
            "{dialect:?}"
        );
        assert_eq!(kit.servers[0].asked().len(), 2);
        assert_eq!(kit.stands(&budget).await.0, 0);
        kit.servers[0].arm(ModelFault::Busy { retry_after: None });
        let refused = kit
            .models
            .embed(&whose, &texts[..1], Purpose::Query, deadline)
            .await;
        assert_eq!(refused.unwrap_err().kind, Kind::RateLimited);
    }
    let none = kit(&[Dialect::Anthropic]).await;
    let deadline = none.models.now() + Span::secs(10);
    let refused = none
        .models
        .embed(&whose(vec![]), &["x".into()], Purpose::Query, deadline)
        .await;
    assert_eq!(refused.unwrap_err().kind, Kind::NoProvider);
}

#[tokio::test]
async fn a_key_sealed_under_another_master_key_is_told_and_nothing_is_asked() {
    let kit = kit(&[Dialect::Openai]).await;
    kit.vault.set(ponte::vault::Keys {
        current: Some(ponte::vault::MasterKey::new([8; 32])),
        old: None,
    });
    let failed = kit.ask("oi").await.unwrap_err();
    assert_eq!(
        (failed.trouble.kind, failed.trouble.code.as_deref()),
        (Kind::KeyRefused, Some("sealed"))
    );
    assert_eq!(kit.asked(), 0);
    let rows = kit.store.providers(Some(WORKSPACE)).await.unwrap();
    assert!(!format!("{rows:?}").contains("canary"));
}
