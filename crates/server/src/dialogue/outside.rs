//! The outside of a test's world: models and tools that answer by rule, and nobody else.
//!
//! In: calls of the one way out, and the `models:` and `tools:` rules of the test. Out: models' answers in OpenAI's protocol,
//! whole or as events, after their delay; what was asked, for the report. Every provider that the workspace
//! names is played here, under an address that nobody has. Absent: understanding, and the other protocols
//! (`ponte-models` has its own tests of them). Next: [`super::world`].

use crate::egress::staged::json;
use crate::egress::{Answer, Cut, Request, Sent, Stage, Why};
use crate::env::Clock;
use crate::tools::kept;
use crate::workspace::convert::Settings;
use crate::workspace::dialogue::{CallFile, ModelFile, ToolFile};
use crate::workspace::length::Length;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use ponte_core::fold::fold;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_store::Commit;
use ponte_store::rows::models::ProviderRow;
use ponte_store::rows::workspace::DocumentRow;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use uuid::Uuid;

/// Where every model of a test is said to be; a name that is promised to lead nowhere.
const HOST: &str = "https://models.example/";
/// Where every tool of a test is.
const TOOLS: &str = "https://tools.example/";
/// What a staged answer is said to have cost: some tokens, so that budgets have something to count.
const TOKENS: u32 = 50;

/// The models of one test.
pub struct Outside {
    clock: Arc<Clock>,
    rules: Mutex<Vec<ModelFile>>,
    tools: Vec<ToolFile>,
    /// Calls that no rule answered, without anybody's words.
    missed: Mutex<Vec<String>>,
    /// Tools that models asked for.
    calls: Mutex<Vec<CallFile>>,
}

impl Outside {
    #[must_use]
    pub fn new(clock: Arc<Clock>, rules: &[ModelFile], tools: &[ToolFile]) -> Arc<Outside> {
        Arc::new(Outside {
            clock,
            rules: Mutex::new(rules.to_vec()),
            tools: tools.to_vec(),
            missed: Mutex::default(),
            calls: Mutex::default(),
        })
    }

    /// Calls that nothing here answers, since the last time.
    pub fn missed(&self) -> Vec<String> {
        std::mem::take(&mut held(&self.missed))
    }

    /// Tools that models have asked for so far.
    #[must_use]
    pub fn calls(&self) -> Vec<CallFile> {
        held(&self.calls).clone()
    }

    async fn answered(&self, request: &Request) -> Sent {
        if let Some(tool) = request.url.strip_prefix(TOOLS) {
            return self.used(tool, request).await;
        }
        let Some((provider, asked)) = read(request) else {
            let host = request.url.split('/').nth(2).unwrap_or_default();
            held(&self.missed).push(host.to_owned());
            return Sent::NotSent {
                why: Why::NoSuchName,
            };
        };
        let model = asked["model"].as_str().unwrap_or_default();
        let Some(rule) = self.rule(&format!("{provider}/{model}"), &asked) else {
            held(&self.missed).push(format!("{provider}/{model}"));
            return json(404, &json!({"error": {"message": "no rule"}}));
        };
        if let Err(late) = self.passed(rule.delay, request).await {
            return late;
        }
        held(&self.calls).extend(rule.call.clone());
        said(&rule, model, asked["stream"] == true)
    }

    /// A tool's answer.
    async fn used(&self, tool: &str, request: &Request) -> Sent {
        let with = serde_json::from_slice(&request.body).unwrap_or_default();
        let fits = |rule: &&ToolFile| rule.tool == tool && among(&with, &rule.when);
        let Some(rule) = self.tools.iter().find(fits) else {
            held(&self.missed).push(tool.to_owned());
            return json(404, &json!({"error": "no rule"}));
        };
        if let Err(late) = self.passed(rule.delay, request).await {
            return late;
        }
        match rule.error {
            Some(status) => json(status, &json!({"error": "as the test says"})),
            None => json(200, &rule.result),
        }
    }

    /// Lets the answer's delay pass; an answer that would come too late doesn't.
    async fn passed(&self, delay: Option<Length>, request: &Request) -> Result<(), Sent> {
        let end = request.head_by.unwrap_or(request.deadline);
        let end = end.min(request.deadline);
        let comes = self.clock.now() + delay.map_or(Span::ZERO, |delay| delay.0);
        self.clock.sleep_until(comes.min(end)).await;
        if comes <= end {
            return Ok(());
        }
        Err(Sent::Broken {
            why: Cut::TooSlow,
            status: None,
        })
    }

    /// The first rule that fits; one that is counted is used up.
    fn rule(&self, model: &str, asked: &Value) -> Option<ModelFile> {
        let mut rules = held(&self.rules);
        let found = rules
            .iter_mut()
            .find(|rule| rule.times != Some(0) && fits(rule, model, asked))?;
        found.times = found.times.map(|left| left - 1);
        Some(found.clone())
    }
}

impl Stage for Outside {
    fn act<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Sent> {
        Box::pin(self.answered(request))
    }
}

/// Adds the providers that the workspace's assistants name.
pub fn put_providers(commit: &mut Commit, workspace: WorkspaceId, settings: &Settings, at: Time) {
    let mut models: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let named = settings
        .assistants
        .values()
        .flat_map(|one| &one.brain.models);
    for name in named {
        let (provider, model) = name.split_once('/').unwrap_or((name, ""));
        models.entry(provider).or_default().insert(model);
    }
    for (provider, models) in models {
        let models: Vec<&str> = models.into_iter().filter(|name| !name.is_empty()).collect();
        let row = ProviderRow {
            id: Uuid::new_v5(&workspace.0, format!("provider/{provider}").as_bytes()),
            workspace,
            name: provider.to_owned(),
            dialect: "openai".into(),
            base: format!("{HOST}{provider}/v1"),
            settings: json!({ "models": models }),
            sealed: None,
            hint: String::new(),
            enabled: true,
            revision: 0,
            created: at,
            updated: at,
        };
        commit.put_provider(&row, 0);
    }
}

/// Adds the tools that a test answers for, in place of the workspace's own of that name: their parameters
/// are those that the test names.
pub fn put_tools(
    commit: &mut Commit,
    workspace: WorkspaceId,
    tools: &[ToolFile],
    models: &[ModelFile],
    at: Time,
) {
    let names: BTreeSet<&str> = tools.iter().map(|rule| rule.tool.as_str()).collect();
    for name in names {
        let named = tools.iter().filter(|rule| rule.tool == name);
        let calls = models.iter().flat_map(|rule| &rule.call);
        let asked = calls
            .filter(|call| call.tool == name)
            .map(|call| &call.with);
        let all = named.map(|rule| &rule.when).chain(asked).flatten();
        let mut properties = Map::new();
        let mut body = Map::new();
        for (parameter, value) in all {
            properties.insert(parameter.clone(), json!({ "type": kind(value) }));
            body.insert(parameter.clone(), json!(format!("{{{parameter}}}")));
        }
        let tool = json!({
            "name": name,
            "description": "A tool of a test.",
            "effects": "reads",
            "parameters": {"type": "object", "properties": properties},
            "action": {"http": {"method": "POST", "url": format!("{TOOLS}{name}"), "body": body}},
        });
        let row = DocumentRow {
            workspace,
            kind: kept::TOOL.into(),
            id: kept::id(workspace, name),
            name: name.to_owned(),
            body: tool,
            revision: 0,
            updated: at,
        };
        commit.put_document(&row, 0);
    }
}

/// A value's type, as JSON Schema calls it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn among(given: &Value, wanted: &Map<String, Value>) -> bool {
    wanted
        .iter()
        .all(|(name, value)| given.get(name) == Some(value))
}

/// The provider and the body of a request to a model; `None` for anything else.
fn read(request: &Request) -> Option<(String, Value)> {
    let rest = request.url.strip_prefix(HOST)?;
    let (provider, path) = rest.split_once('/')?;
    let chat = path.starts_with("v1/chat/completions");
    let body = serde_json::from_slice(&request.body).ok()?;
    chat.then(|| (provider.to_owned(), body))
}

fn fits(rule: &ModelFile, model: &str, asked: &Value) -> bool {
    let messages = asked["messages"].as_array().cloned().unwrap_or_default();
    // What came since the model spoke last; more may stand behind a tool's result.
    let mut since = messages
        .iter()
        .rev()
        .take_while(|one| one["role"] != "assistant");
    let told = since.find(|one| one["role"] == "tool").map(words);
    let user = messages.iter().rev().find(|one| one["role"] == "user");
    let user = user.map(words).unwrap_or_default();
    let holds = |text: &str, part: &str| fold(text).contains(&fold(part));
    let right_model = rule.model.as_deref().is_none_or(|name| name == model);
    let right_words = rule.when.as_deref().is_none_or(|part| holds(&user, part));
    let right_turn = match (&rule.when_tool, told) {
        (Some(part), Some(result)) => holds(&result, part),
        (Some(_), None) => false,
        // After a tool's result, a rule that calls tools would call for ever.
        (None, told) => told.is_none() || rule.call.is_empty(),
    };
    right_model && right_words && right_turn
}

/// The text of a message: a string, or the text among its parts.
fn words(message: &Value) -> String {
    match &message["content"] {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect::<Vec<_>>().join("\n")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

fn said(rule: &ModelFile, model: &str, stream: bool) -> Sent {
    if let Some(status) = rule.error {
        return json(status, &json!({"error": {"message": "as the test says"}}));
    }
    let calls: Vec<Value> = rule
        .call
        .iter()
        .enumerate()
        .map(|(n, call)| {
            let arguments = Value::Object(call.with.clone()).to_string();
            json!({
                "index": n, "id": format!("call_{n}"), "type": "function",
                "function": {"name": call.tool, "arguments": arguments},
            })
        })
        .collect();
    let end = if calls.is_empty() {
        "stop"
    } else {
        "tool_calls"
    };
    let mut message = json!({"role": "assistant", "content": rule.say});
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    let usage = json!({
        "prompt_tokens": TOKENS, "completion_tokens": TOKENS, "total_tokens": 2 * TOKENS,
    });
    if stream {
        let chunk = |choices: Value, usage: &Value| {
            let body = json!({
                "id": "staged", "object": "chat.completion.chunk", "model": model,
                "choices": choices, "usage": usage,
            });
            format!("data: {body}\n\n")
        };
        let first = json!([{"index": 0, "delta": message, "finish_reason": null}]);
        let last = json!([{"index": 0, "delta": {}, "finish_reason": end}]);
        let text = [
            chunk(first, &Value::Null),
            chunk(last, &Value::Null),
            chunk(json!([]), &usage),
            "data: [DONE]\n\n".into(),
        ];
        return events(text.concat());
    }
    let choices = json!([{"index": 0, "message": message, "finish_reason": end}]);
    let body = json!({
        "id": "staged", "object": "chat.completion", "model": model,
        "choices": choices, "usage": usage,
    });
    json(200, &body)
}

fn events(text: String) -> Sent {
    let kind = http::HeaderValue::from_static("text/event-stream");
    Sent::Answered(Answer {
        status: 200,
        headers: [(http::header::CONTENT_TYPE, kind)].into_iter().collect(),
        body: Bytes::from(text),
        url: String::new(),
    })
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Played;

    const NOW: Time = Time(1_795_176_000_000_000);

    fn rule(change: impl FnOnce(&mut ModelFile)) -> ModelFile {
        let mut rule = ModelFile::default();
        change(&mut rule);
        rule
    }

    fn asked(text: &str, last_tool: Option<&str>) -> Value {
        let mut messages = vec![json!({"role": "user", "content": text})];
        if let Some(result) = last_tool {
            messages.push(json!({"role": "tool", "content": result}));
        }
        json!({"model": "small", "messages": messages})
    }

    async fn call(outside: &Outside, body: &Value) -> (u16, Value) {
        let url = format!("{HOST}local/v1/chat/completions");
        let request = Request::post_json(url, body.to_string(), NOW + Span::secs(5));
        let Sent::Answered(answer) = outside.act(&request).await else {
            return (0, Value::Null);
        };
        (answer.status, serde_json::from_slice(&answer.body).unwrap())
    }

    #[tokio::test]
    async fn the_first_rule_that_fits_answers_and_a_counted_one_is_used_up() {
        let clock = Arc::new(Clock::played(&Played::from(NOW)));
        let rules = [
            rule(|rule| {
                rule.when = Some("ENTREGA".into());
                rule.say = Some("primeira".into());
                rule.times = Some(1);
            }),
            rule(|rule| {
                rule.when = Some("entrega".into());
                rule.error = Some(503);
            }),
        ];
        let outside = Outside::new(clock, &rules, &[]);
        let question = asked("tem entrega?", None);
        let (status, body) = call(&outside, &question).await;
        assert_eq!(status, 200);
        assert_eq!(body["choices"][0]["message"]["content"], "primeira");
        assert_eq!(call(&outside, &question).await.0, 503);
        assert_eq!(call(&outside, &asked("oi", None)).await.0, 404);
        assert_eq!(outside.missed(), ["local/small"]);
        assert!(outside.missed().is_empty());
    }

    #[tokio::test]
    async fn a_tool_is_called_once_and_its_result_has_its_own_rule() {
        let clock = Arc::new(Clock::played(&Played::from(NOW)));
        let rules = [
            rule(|rule| {
                rule.call = vec![CallFile {
                    tool: "pedido".into(),
                    with: serde_json::Map::from_iter([("numero".into(), json!("7"))]),
                }];
            }),
            rule(|rule| {
                rule.when_tool = Some("enviado".into());
                rule.say = Some("Saiu!".into());
            }),
        ];
        let outside = Outside::new(clock, &rules, &[]);
        let (_, body) = call(&outside, &asked("cadê?", None)).await;
        let function = &body["choices"][0]["message"]["tool_calls"][0]["function"];
        assert_eq!(function["name"], "pedido");
        assert_eq!(function["arguments"], r#"{"numero":"7"}"#);
        assert_eq!(outside.calls().len(), 1);
        let (_, body) = call(&outside, &asked("cadê?", Some("já enviado"))).await;
        assert_eq!(body["choices"][0]["message"]["content"], "Saiu!");
    }

    #[test]
    fn an_answer_after_the_deadline_is_none_and_only_played_time_passes() {
        let time = Played::from(NOW);
        let idle = Arc::clone(&time);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .on_thread_park(move || idle.idle())
            .build()
            .unwrap();
        let clock = Arc::new(Clock::played(&time));
        let rules = [rule(|rule| rule.delay = Some(Length(Span::secs(60))))];
        let outside = Outside::new(clock, &rules, &[]);
        let (status, _) = runtime.block_on(call(&outside, &asked("oi", None)));
        assert_eq!((status, time.now()), (0, NOW + Span::secs(5)));
    }
}
