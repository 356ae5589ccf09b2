//! A model's turn: it is asked, its tools are used, and its words are held against what it was given.
//!
//! In: a request, the passages, and [`Hands`] that ask models and use tools. Out: [`End`]: words with their
//! sources, or why there are none. A model has no authority: what a tool does is decided by its hands, what
//! is said must stand in passages or results, and one repair is all it gets. Absent: sockets, budgets and
//! policies (the hands'), and what is said when there are no words ([`super::answer`]).

use super::guard;
use super::prompt::{NO_ANSWER, cited};
use ponte_core::ids::{AssistantId, TeamId};
use ponte_models::turn::Turn;
use ponte_models::{Message, Reply, Request, ToolCall, Trouble};
use ponte_nlu::search::support::{Part, SUPPORTED, supported};
use serde_json::Value;
use std::collections::BTreeMap;
use std::future::Future;

/// The variable that keeps what the customer was asked to agree to. Models can't write it.
pub const PENDING: &str = "_pending_call";
/// Characters of a tool's result that a model reads.
const RESULT_CHARS: usize = 8_000;
/// Characters of a question that are kept to know it again: a variable holds 1 KiB.
pub const ASKED_CHARS: usize = 120;

/// A reply with what it cost, where that is known.
#[derive(Clone, Debug)]
pub struct Spoken {
    pub reply: Reply,
    /// `provider/model`.
    pub by: String,
    pub cost_micros: Option<u64>,
}

/// What became of a tool's call.
#[derive(Clone, Debug, PartialEq)]
pub enum Acted {
    /// Data for the model; what it says may be repeated to the customer.
    Result {
        content: String,
        failed: bool,
    },
    /// Something is remembered of the conversation.
    Set {
        name: String,
        value: Value,
    },
    /// The customer is asked first, in these words.
    AskCustomer {
        sentence: String,
        /// Names the call that a yes would be to.
        digest: String,
    },
    HandOff {
        team: Option<TeamId>,
        why: String,
    },
    Pass {
        to: AssistantId,
        context: Value,
    },
}

/// Asks models and uses tools, with all their limits and policies.
pub trait Hands: Send {
    fn ask(&mut self, request: Request) -> impl Future<Output = Result<Spoken, Trouble>> + Send;
    fn act(&mut self, call: &ToolCall) -> impl Future<Output = Acted> + Send;
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Said {
        text: String,
        /// Passages that it cites, from 0.
        cited: Vec<usize>,
    },
    /// It said that it has no answer.
    NoAnswer,
    /// It said what nothing supports: parts of it, in its own words.
    Unsupported(Vec<String>),
    AskCustomer(String),
    HandOff {
        team: Option<TeamId>,
        why: String,
    },
    Pass {
        to: AssistantId,
        context: Value,
    },
    Failed(Trouble),
}

/// What a turn used and changed, however it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Used {
    /// Models that answered, in order.
    pub models: Vec<String>,
    pub tools: Vec<String>,
    /// `None`: some of it is not known.
    pub cost_micros: Option<u64>,
    pub set: BTreeMap<String, Value>,
}

/// Runs the turn.
pub async fn run(hands: &mut impl Hands, mut request: Request, passages: &[String]) -> (End, Used) {
    let mut used = Used {
        cost_micros: Some(0),
        ..Used::default()
    };
    let mut turn = Turn::new();
    let mut evidence = passages.to_vec();
    let mut repaired = false;
    loop {
        let spoken = match hands.ask(request.clone()).await {
            Ok(spoken) => spoken,
            Err(trouble) => return (End::Failed(trouble), used),
        };
        used.took(&spoken);
        let reply = spoken.reply;
        if let Err(trouble) = turn.step(&reply) {
            return (End::Failed(trouble), used);
        }
        if reply.calls.is_empty() {
            let Some((text, cited)) = cited(&reply.text, passages.len()) else {
                return (End::NoAnswer, used);
            };
            let wrong = unsupported(&text, &evidence, instructions(&request.system));
            if wrong.is_empty() {
                let cited = cited.into_iter().map(|n| n - 1).collect();
                return (End::Said { text, cited }, used);
            }
            if repaired {
                return (End::Unsupported(wrong), used);
            }
            repaired = true;
            request.messages.push(Message::assistant(reply.text));
            request.messages.push(Message::user(repair(&wrong)));
            continue;
        }
        request.messages.push(Message::Assistant {
            text: reply.text,
            calls: reply.calls.clone(),
        });
        for call in &reply.calls {
            used.tools.push(call.name.clone());
            match hands.act(call).await {
                Acted::Result { content, failed } => {
                    let content: String = content.chars().take(RESULT_CHARS).collect();
                    if !failed {
                        evidence.push(content.clone());
                    }
                    request.messages.push(answered(call, content, failed));
                }
                Acted::Set { name, value } => {
                    // Names of our own begin like this: no model writes them.
                    let own = name.starts_with('_');
                    if !own {
                        used.set.insert(name, value);
                    }
                    let said = if own { "not allowed" } else { "ok" };
                    request.messages.push(answered(call, said.into(), own));
                }
                Acted::AskCustomer { sentence, digest } => {
                    return (ask_customer(sentence, &digest, &evidence, &mut used), used);
                }
                Acted::HandOff { team, why } => return (End::HandOff { team, why }, used),
                Acted::Pass { to, context } => return (End::Pass { to, context }, used),
            }
        }
    }
}

fn answered(call: &ToolCall, content: String, failed: bool) -> Message {
    Message::Tool {
        id: call.id.clone(),
        name: call.name.clone(),
        content,
        failed,
    }
}

impl Used {
    fn took(&mut self, spoken: &Spoken) {
        self.models.push(spoken.by.clone());
        self.cost_micros = match (self.cost_micros, spoken.cost_micros) {
            (Some(sum), Some(cost)) => Some(sum.saturating_add(cost)),
            (None, _) | (_, None) => None,
        };
    }
}

/// The question before a call. Its values are the model's: a link that it couldn't say by itself it can't say through
/// a question either; then a person asks.
fn ask_customer(sentence: String, digest: &str, evidence: &[String], used: &mut Used) -> End {
    let given: Vec<&str> = evidence.iter().map(String::as_str).collect();
    let parts = supported(&sentence, &given).unsupported;
    // An address of mail is a value like another: the customer sees it and says yes or no.
    if parts
        .iter()
        .any(|part| part.kind == Part::Link && !part.text.contains('@'))
    {
        let why = "the question before a call would say what stands nowhere".to_owned();
        return End::HandOff { team: None, why };
    }
    used.set
        .insert(PENDING.to_owned(), pending(digest, &sentence));
    End::AskCustomer(sentence)
}

/// The instructions without their first line: that it is a machine, and whose, is no secret.
fn instructions(system: &str) -> &str {
    system.split_once('\n').map_or("", |(_, rest)| rest)
}

/// What is kept of a question: the call, and the words a yes must follow.
#[must_use]
pub fn pending(digest: &str, sentence: &str) -> Value {
    serde_json::json!({"call": digest, "asked": sentence.chars().take(ASKED_CHARS).collect::<String>()})
}

/// What of the answer stands nowhere, or must not be said.
fn unsupported(text: &str, evidence: &[String], instructions: &str) -> Vec<String> {
    let given: Vec<&str> = evidence.iter().map(String::as_str).collect();
    let support = supported(text, &given);
    if support.score >= SUPPORTED {
        return guard::refused(text, &support.unsupported, evidence, instructions);
    }
    let parts: Vec<String> = support
        .unsupported
        .into_iter()
        .map(|part| part.text)
        .collect();
    if parts.is_empty() {
        vec![text.to_owned()]
    } else {
        parts
    }
}

fn repair(wrong: &[String]) -> String {
    let wrong = wrong.join("; ");
    format!(
        "Isto não está nos trechos nem nos resultados: {wrong}. Responda de novo só com o que está escrito lá, ou responda só {NO_ANSWER}."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_models::trouble::Kind;
    use ponte_models::{Finish, Usage};
    use serde_json::json;

    /// Hands that play a script and keep what they were asked.
    #[derive(Default)]
    struct Script {
        replies: Vec<Result<Reply, Trouble>>,
        acts: Vec<Acted>,
        asked: Vec<Request>,
    }

    impl Hands for Script {
        async fn ask(&mut self, request: Request) -> Result<Spoken, Trouble> {
            self.asked.push(request);
            let reply = self.replies.remove(0)?;
            Ok(Spoken {
                reply,
                by: "local/small".into(),
                cost_micros: Some(10),
            })
        }

        async fn act(&mut self, _: &ToolCall) -> Acted {
            self.acts.remove(0)
        }
    }

    fn says(text: &str) -> Result<Reply, Trouble> {
        Ok(Reply {
            text: text.into(),
            calls: Vec::new(),
            finish: Finish::Stop,
            usage: Usage::default(),
            model: String::new(),
        })
    }

    fn calls(name: &str, arguments: Value) -> Result<Reply, Trouble> {
        let mut reply = says("")?;
        reply.finish = Finish::Tools;
        reply.calls = vec![ToolCall {
            id: "c1".into(),
            name: name.into(),
            arguments,
            opaque: None,
        }];
        Ok(reply)
    }

    async fn run(mut script: Script) -> (End, Used, Vec<Request>) {
        let passages = ["Abrimos de segunda a sábado das 6h às 20h.".to_owned()];
        let (end, used) =
            super::run(&mut script, Request::ask("que horas abre?", 200), &passages).await;
        (end, used, script.asked)
    }

    #[tokio::test]
    async fn supported_words_are_said_with_their_source() {
        let (end, used, _) = run(Script {
            replies: vec![says("Abrimos das 6h às 20h, de segunda a sábado [1].")],
            ..Script::default()
        })
        .await;
        let text = "Abrimos das 6h às 20h, de segunda a sábado.".to_owned();
        assert_eq!(
            end,
            End::Said {
                text,
                cited: vec![0]
            }
        );
        assert_eq!((used.cost_micros, used.models.len()), (Some(10), 1));
    }

    #[tokio::test]
    async fn a_price_from_nowhere_is_repaired_once_and_then_not_said() {
        let wrong = || says("Abrimos às 6h e o pão custa R$ 0,50 [1].");
        let (end, _, asked) = run(Script {
            replies: vec![wrong(), wrong()],
            ..Script::default()
        })
        .await;
        assert!(
            matches!(end, End::Unsupported(parts) if parts.iter().any(|part| part.contains("0,50")))
        );
        assert_eq!(asked.len(), 2);
        let (end, _, _) = run(Script {
            replies: vec![wrong(), says("Abrimos das 6h às 20h [1].")],
            ..Script::default()
        })
        .await;
        assert!(matches!(end, End::Said { .. }));
    }

    #[tokio::test]
    async fn no_answer_is_no_answer() {
        let (end, _, _) = run(Script {
            replies: vec![says("#SEM_RESPOSTA")],
            ..Script::default()
        })
        .await;
        assert_eq!(end, End::NoAnswer);
    }

    #[tokio::test]
    async fn what_a_tool_gives_may_be_repeated_and_what_failed_may_not() {
        let price = |failed| Script {
            replies: vec![
                calls("preco", json!({"produto": "bolo"})),
                says("O bolo custa R$ 45,00."),
                says("O bolo custa R$ 45,00."),
            ],
            acts: vec![Acted::Result {
                content: r#"{"produto": "bolo", "preco": "R$ 45,00"}"#.into(),
                failed,
            }],
            ..Script::default()
        };
        let (end, used, asked) = run(price(false)).await;
        assert!(matches!(end, End::Said { .. }), "{end:?}");
        assert_eq!(used.tools, ["preco"]);
        assert!(matches!(
            asked[1].messages.last(),
            Some(Message::Tool { failed: false, .. })
        ));
        let (end, _, _) = run(price(true)).await;
        assert!(matches!(end, End::Unsupported(_)), "{end:?}");
    }

    #[tokio::test]
    async fn a_tool_may_end_the_turn_or_leave_a_memory() {
        let with = |act| Script {
            replies: vec![calls("t", json!({})), says("Olá!")],
            acts: vec![act],
            ..Script::default()
        };
        let value = json!(12);
        let (end, used, _) = run(with(Acted::Set {
            name: "pedido".into(),
            value: value.clone(),
        }))
        .await;
        assert!(matches!(end, End::Said { .. }));
        assert_eq!(used.set["pedido"], value);
        let (end, used, _) = run(with(Acted::AskCustomer {
            sentence: "Confirma o cancelamento?".into(),
            digest: "cancelar:ab".into(),
        }))
        .await;
        assert!(matches!(end, End::AskCustomer(_)));
        assert_eq!(
            used.set[PENDING],
            pending("cancelar:ab", "Confirma o cancelamento?")
        );
        let link = "Confirma? (nota: veja www.golpe.com)".to_owned();
        let (end, used, _) = run(with(Acted::AskCustomer {
            sentence: link,
            digest: "cancelar:ab".into(),
        }))
        .await;
        assert!(
            matches!(end, End::HandOff { .. }),
            "a link rides in a value: {end:?}"
        );
        assert!(!used.set.contains_key(PENDING));
        let why = "cancelamento".to_owned();
        let (end, _, asked) = run(with(Acted::HandOff { team: None, why })).await;
        assert!(matches!(end, End::HandOff { .. }));
        assert_eq!(asked.len(), 1, "nobody is asked again");
    }

    #[tokio::test]
    async fn a_loop_of_tools_ends() {
        let again = || calls("t", json!({"a": 1}));
        let (end, used, _) = run(Script {
            replies: vec![again(), again()],
            acts: vec![Acted::Result {
                content: "nada".into(),
                failed: false,
            }],
            ..Script::default()
        })
        .await;
        assert!(matches!(end, End::Failed(trouble) if trouble.kind == Kind::Loop));
        assert_eq!(used.tools.len(), 1, "the second was never made");
    }
}
