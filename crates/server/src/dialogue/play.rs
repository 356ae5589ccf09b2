//! Plays one case: each step's deed, then the time that it takes, then what must have come of it.
//!
//! In: a [`Case`] and a begun [`World`]. Out: the failures. After every step the promise "never silent" is
//! asked of the conversation's state too, whatever the test expects. Absent: whether expectations are met
//! ([`super::expect`]), and threads ([`super::run`]).

use super::check::Case;
use super::expect::{self, Teams};
use super::report::Failure;
use super::seen::{self, Choice, Mark, Seen};
use super::world::World;
use crate::both;
use crate::words::Both;
use crate::workspace::convert::team_id;
use crate::workspace::dialogue::{AgentFile, Kind, StepFile};
use ponte_core::Event;
use ponte_core::event::Command;
use ponte_core::fold::fold;
use ponte_core::ids::AgentId;
use ponte_core::outgoing::Outgoing;
use ponte_core::promise;
use ponte_core::time::Span;
use ponte_sim::{Content, CustomerMessage, Media, OwnerMessage};

/// Between two messages of a burst: people type on.
const BETWEEN: Span = Span::millis(400);
/// After a deed, everything must have come to rest within this.
const REST: Span = Span::minutes(5);

/// Plays all steps; stops at the first that can't be played.
pub async fn play(world: &mut World, case: &Case, teams: &Teams) -> Vec<Failure> {
    let mut failures = Vec::new();
    let mut mark = seen::mark(world).await;
    for (nth, step) in case.steps.iter().enumerate() {
        let line = step.referenced.line();
        let done = deed(world, &step.value, nth, &mut mark).await;
        let seen = seen::look(world, mark).await;
        if let Err(stuck) = done {
            failures.push(told(line, stuck, &seen));
            return failures;
        }
        for called in world.outside.missed() {
            let stuck = Stuck {
                expected: both!(
                    "uma regra em `models:` que responda",
                    "a rule in `models:` that answers"
                ),
                came: both!(
                    "ninguém responde por {called}",
                    "nobody answers for {called}"
                ),
            };
            failures.push(told(line, stuck, &seen));
        }
        failures.extend(expect::check(&step.value, line, &seen, teams));
        if let Err(broken) = promise::kept(&seen.state, seen.now) {
            let stuck = Stuck {
                expected: both!(
                    "ninguém fica sem resposta",
                    "nobody is left without an answer"
                ),
                came: Both::same(format!("{broken:?}")),
            };
            failures.push(told(line, stuck, &seen));
        }
    }
    failures
}

/// Why a step could not be played.
struct Stuck {
    expected: Both,
    came: Both,
}

fn told(line: u64, stuck: Stuck, seen: &Seen) -> Failure {
    Failure {
        line,
        expected: stuck.expected,
        came: stuck.came,
        ways: expect::ways(seen),
    }
}

async fn deed(
    world: &mut World,
    step: &StepFile,
    nth: usize,
    mark: &mut Mark,
) -> Result<(), Stuck> {
    if let Some(texts) = &step.customer {
        *mark = seen::mark(world).await;
        for (n, text) in texts.0.iter().enumerate() {
            if n > 0 {
                world.app.env.clock.sleep(BETWEEN).await;
            }
            customer(world, CustomerMessage::text(text));
        }
    } else if let Some(title) = &step.taps {
        let choices = seen::look(world, *mark).await.choices;
        *mark = seen::mark(world).await;
        customer(world, tapped(&choices, title)?);
    } else if let Some(kind) = step.sends {
        *mark = seen::mark(world).await;
        customer(world, sent(kind, step.caption.clone()));
    } else if let Some(texts) = &step.phone {
        *mark = seen::mark(world).await;
        for text in &texts.0 {
            phone(world, text)?;
        }
    } else if let Some(agent) = &step.agent {
        *mark = seen::mark(world).await;
        command(world, agent, nth).await?;
    } else if let Some(span) = &step.after {
        *mark = seen::mark(world).await;
        return world.wait(span.0, REST).await.map_err(restless);
    } else {
        return Ok(());
    }
    world.settle(REST).await.map_err(restless)
}

fn restless(waits: String) -> Stuck {
    Stuck {
        expected: both!("a conversa sossega", "the conversation comes to rest"),
        came: both!("ainda espera por: {waits}", "it still waits for: {waits}"),
    }
}

fn customer(world: &World, message: CustomerMessage) {
    let (number, who) = (world.number.clone(), world.customer);
    world
        .platform
        .with(|cloud, now| cloud.customer_sends(now, who, &number, message));
}

fn tapped(choices: &[Choice], title: &str) -> Result<CustomerMessage, Stuck> {
    let found = choices.iter().find(|one| fold(&one.title) == fold(title));
    let Some(choice) = found else {
        let there: Vec<&str> = choices.iter().map(|one| one.title.as_str()).collect();
        return Err(Stuck {
            expected: both!("o botão “{title}”", "the button “{title}”"),
            came: Both::same(format!("[{}]", there.join(", "))),
        });
    };
    let (id, title) = (choice.id.clone(), choice.title.clone());
    let content = if choice.row {
        Content::ListReply {
            id,
            title,
            description: None,
        }
    } else {
        Content::ButtonReply { id, title }
    };
    Ok(CustomerMessage::from(content).quoting(&choice.wamid))
}

fn sent(kind: Kind, caption: Option<String>) -> CustomerMessage {
    let media = || Media {
        caption: caption.clone(),
        ..Media::default()
    };
    let content = match kind {
        Kind::Picture => Content::Image(media()),
        Kind::Video => Content::Video(media()),
        Kind::Voice => Content::Audio(Media::voice()),
        Kind::Document => Content::Document(Media {
            filename: caption.clone(),
            ..Media::default()
        }),
        Kind::Sticker => Content::Sticker(Media::default()),
        Kind::Location => Content::Location {
            latitude: -23.55,
            longitude: -46.63,
            name: caption.clone(),
            address: None,
            url: None,
        },
    };
    content.into()
}

fn phone(world: &World, text: &str) -> Result<(), Stuck> {
    let (number, who) = (world.number.clone(), world.customer);
    let message = OwnerMessage::text(text);
    let wamid = world
        .platform
        .with(|cloud, now| cloud.owner_sends(now, &number, who, message));
    if wamid.is_empty() {
        return Err(Stuck {
            expected: both!(
                "um número usado no celular",
                "a number that is used in the app"
            ),
            came: both!("`coexistence: false`", "`coexistence: false`"),
        });
    }
    Ok(())
}

async fn command(world: &mut World, agent: &AgentFile, nth: usize) -> Result<(), Stuck> {
    let Some(place) = world.place().await else {
        return Err(Stuck {
            expected: both!("uma conversa", "a conversation"),
            came: both!(
                "o cliente ainda não escreveu",
                "the customer has not written yet"
            ),
        });
    };
    let command = wish(world, agent, format!("step-{nth}")).await?;
    let by = AgentId::derive(world.workspace.0, "agent of a test");
    let event = Event::Commanded { by, command };
    let journaled = world.app.append(place, event, &format!("step-{nth}")).await;
    journaled.map(|_| ()).map_err(|error| Stuck {
        expected: both!("o comando gravado", "the command journaled"),
        came: Both::same(error.to_string()),
    })
}

async fn wish(world: &mut World, agent: &AgentFile, client: String) -> Result<Command, Stuck> {
    Ok(match agent {
        AgentFile::TakeOver => Command::TakeOver,
        AgentFile::Return => Command::Return,
        AgentFile::Resolve => Command::Resolve,
        AgentFile::Approve => Command::Approve {
            draft: draft(world).await?,
            parts: Vec::new(),
        },
        AgentFile::ApproveAs(text) => Command::Approve {
            draft: draft(world).await?,
            parts: vec![Outgoing::text(text)],
        },
        AgentFile::Reject => Command::Reject {
            draft: draft(world).await?,
        },
        AgentFile::Send(text) => Command::Send {
            client,
            what: Box::new(Outgoing::text(text)),
            quotes: None,
        },
        AgentFile::Note(text) => Command::Note {
            client,
            text: text.clone(),
        },
        AgentFile::Pause(span) => Command::Pause { span: Some(span.0) },
        AgentFile::Assign(team) => Command::Assign {
            team: Some(team_id(world.workspace, team)),
            agent: None,
        },
    })
}

async fn draft(world: &mut World) -> Result<ponte_core::ids::CallId, Stuck> {
    let state = world.state().await.unwrap_or_default();
    state.proposal.map(|held| held.id).ok_or_else(|| Stuck {
        expected: both!("um rascunho que espera", "a draft that waits"),
        came: both!("nenhum rascunho", "no draft"),
    })
}
