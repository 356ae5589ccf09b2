//! The self-test of a provider: seven questions, each with its answer in plain words.
//!
//! In: a provider. Out: [`Finding`]s: reachable, key, answer, tool, structured, pieces, vectors. Each question is a
//! real call, with a row in the ledger and no budget. One that can't succeed because an earlier one failed is not
//! asked. Absent: how good the model's answers are. Next: `cli/provider.rs`, `api/providers/test.rs`.

use super::call::Patience;
use super::provider::Provider;
use super::{Models, Whose};
use crate::both;
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_models::check::{self, Checked};
use ponte_models::embed::Purpose;
use ponte_models::trouble::{Kind, Trouble};
use ponte_models::{Format, Request, Target, Tool};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// What one question may take. Seven of them stay well below two minutes.
const EACH: Span = Span::secs(15);
/// Reasoning models think before they speak, and thoughts count.
const TOKENS: u32 = 1_024;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Reachable,
    Key,
    Answer,
    Tool,
    Structured,
    Stream,
    Embeddings,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Went {
    Well,
    /// Not asked: an earlier one failed, or it is not set up.
    Skipped(Both),
    Badly(Trouble),
}

/// One question and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub step: Step,
    pub went: Went,
    /// Milliseconds.
    pub took_ms: u64,
}

impl Step {
    pub const ALL: [Step; 7] = [
        Step::Reachable,
        Step::Key,
        Step::Answer,
        Step::Tool,
        Step::Structured,
        Step::Stream,
        Step::Embeddings,
    ];

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> Both {
        match self {
            Step::Reachable => both!("alcançável", "reachable"),
            Step::Key => both!("chave aceita", "key accepted"),
            Step::Answer => both!("resposta", "answer"),
            Step::Tool => both!("ferramenta", "tool call"),
            Step::Structured => both!("resposta em JSON", "JSON answer"),
            Step::Stream => both!("resposta em partes", "answer in pieces"),
            Step::Embeddings => both!("vetores", "embeddings"),
        }
    }
}

impl Models {
    /// Asks a provider the seven questions, with one of its models; an empty name is its first.
    pub async fn probe(&self, provider: &Provider, model: &str) -> Vec<Finding> {
        let target = provider.target(model);
        let began = self.now();
        let first = self.question(provider, &target, plain()).await;
        let took_ms = u64::try_from((self.now() - began).as_micros() / 1_000).unwrap_or(0);
        let went = |reached: bool| match &first {
            Err(trouble) if reached == is_about_reaching(trouble.kind) => {
                Went::Badly(trouble.clone())
            }
            Err(_) | Ok(_) => Went::Well,
        };
        let mut findings = vec![Finding {
            step: Step::Reachable,
            went: went(true),
            took_ms,
        }];
        let key = match &first {
            Err(trouble) if is_about_reaching(trouble.kind) => Went::Skipped(earlier()),
            Err(trouble) if is_about_key(trouble.kind) => Went::Badly(trouble.clone()),
            Err(_) | Ok(_) => Went::Well,
        };
        let open = key == Went::Well;
        findings.push(Finding {
            step: Step::Key,
            went: key,
            took_ms: 0,
        });
        let answer = match (&first, open) {
            (Ok(_), _) => Went::Well,
            (Err(trouble), true) => Went::Badly(trouble.clone()),
            (Err(_), false) => Went::Skipped(earlier()),
        };
        let speaks = answer == Went::Well;
        findings.push(Finding {
            step: Step::Answer,
            went: answer,
            took_ms,
        });
        for (step, request) in [
            (Step::Tool, tool()),
            (Step::Structured, structured()),
            (Step::Stream, in_pieces()),
        ] {
            findings.push(self.step(step, speaks, provider, &target, request).await);
        }
        findings.push(self.vectors(open, provider).await);
        findings
    }

    async fn step(
        &self,
        step: Step,
        speaks: bool,
        provider: &Provider,
        target: &Target,
        request: Request,
    ) -> Finding {
        let began = self.now();
        let went = if !speaks {
            Went::Skipped(earlier())
        } else if step == Step::Stream && provider.settings.quirks.no_stream {
            Went::Skipped(both!(
                "desligado nas configurações",
                "switched off in the settings"
            ))
        } else {
            match self.question(provider, target, request).await {
                Ok(checked) if step == Step::Tool && checked.reply.calls.is_empty() => {
                    Went::Badly(Trouble::coded(Kind::WrongTool, "not called"))
                }
                Ok(_) => Went::Well,
                Err(trouble) => Went::Badly(trouble),
            }
        };
        let took_ms = u64::try_from((self.now() - began).as_micros() / 1_000).unwrap_or(0);
        Finding {
            step,
            went,
            took_ms,
        }
    }

    async fn vectors(&self, open: bool, provider: &Provider) -> Finding {
        let began = self.now();
        let went = match &provider.settings.embed_model {
            None => Went::Skipped(both!("nenhum modelo de vetores", "no embedding model")),
            Some(_) if !open => Went::Skipped(earlier()),
            Some(model) => {
                let link = (provider.clone(), provider.target(model));
                let texts = ["bom dia".to_owned(), "boa noite".to_owned()];
                let whose = whose(provider.workspace);
                let asked = self.batch(&whose, &link, &texts, Purpose::Query, began + EACH);
                asked.await.map_or_else(Went::Badly, |_| Went::Well)
            }
        };
        let took_ms = u64::try_from((self.now() - began).as_micros() / 1_000).unwrap_or(0);
        Finding {
            step: Step::Embeddings,
            went,
            took_ms,
        }
    }

    async fn question(
        &self,
        provider: &Provider,
        target: &Target,
        request: Request,
    ) -> Result<Checked, Trouble> {
        let now = self.now();
        let patience = Patience::of(provider, now, now + EACH, 1);
        let whose = whose(provider.workspace);
        let asked = self.asked(&whose, (provider, target), &request, patience);
        let (reply, _) = asked.await.map_err(|(trouble, _)| trouble)?;
        check::reply(&request, reply, None)
    }
}

fn whose(workspace: WorkspaceId) -> Whose {
    Whose {
        workspace,
        conversation: None,
        assistant: None,
        purpose: "test",
        budgets: Vec::new(),
    }
}

fn earlier() -> Both {
    both!("depende do anterior", "depends on the one before")
}

fn is_about_reaching(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::NotSent
            | Kind::Forbidden
            | Kind::TimedOut
            | Kind::Deadline
            | Kind::Resting
            | Kind::Busy
    )
}

fn is_about_key(kind: Kind) -> bool {
    matches!(kind, Kind::KeyRefused | Kind::NoCredit)
}

fn plain() -> Request {
    Request::ask("Responda só com a palavra: ponte", TOKENS)
}

fn in_pieces() -> Request {
    Request {
        stream: true,
        ..plain()
    }
}

fn tool() -> Request {
    let mut request = Request::ask(
        "Use a ferramenta stock para ver quantos restam do item A-1.",
        TOKENS,
    );
    request.tools.push(Tool {
        name: "stock".into(),
        description: "Diz quantas unidades restam de um item.".into(),
        parameters: json!({"type": "object", "additionalProperties": false, "required": ["sku"],
            "properties": {"sku": {"type": "string", "description": "O código do item."}}}),
    });
    request
}

fn structured() -> Request {
    let mut request = Request::ask("O cliente escreveu: quero dois bolos. Classifique.", TOKENS);
    request.format = Format::Json {
        name: "intent".into(),
        schema: json!({"type": "object", "additionalProperties": false, "required": ["intent", "quantity"],
            "properties": {"intent": {"enum": ["buy", "other"]}, "quantity": {"type": "integer"}}}),
    };
    request
}
