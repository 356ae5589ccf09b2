//! Calls tools: writes each call down before it is made, makes it at most once where it does something, and
//! says what came of it.
//!
//! In: an [`Ask`] whose arguments are checked and which policy allows (`ponte_tools::policy`). Out: a
//! [`Called`]: a result, a deed that the router carries out, or a failure with a sentence for the customer.
//! The row comes first ([`ledger`]): a process that dies in between leaves a call that is unsure, never one
//! that is made again. Absent: whether a tool may be called, and what a model makes of a result. Next:
//! [`ledger`], [`http`], [`credential`].

pub mod circuit;
pub mod credential;
pub mod http;
pub mod kept;
pub mod ledger;
pub mod manage;
pub mod mcp;
pub mod oauth;
pub mod rewrap;
pub mod trial;
pub mod words;

use crate::env::Env;
use crate::vault::Vault;
use crate::words::Both;
use circuit::Circuits;
use ponte_core::ids::{ContactId, ConversationId, WorkspaceId};
use ponte_core::time::{Span, Time};
use ponte_store::rows::tools::{AttributeRow, ToolCallEnd, ToolCallState};
use ponte_store::{Commit, Store, StoreError};
use ponte_tools::arguments::Arguments;
use ponte_tools::builtin::Deed;
use ponte_tools::result::{Failure, Output};
use ponte_tools::tool::PROGRESS_AFTER_MS;
use ponte_tools::{Action, Effects, Tool};
use serde_json::json;

/// A call's row is claimed for this much longer than it may take, so that nobody takes it for dead.
const GRACE: Span = Span::secs(30);

/// The room. Cheap to clone.
#[derive(Clone)]
pub struct Tools {
    pub store: Store,
    pub env: Env,
    pub vault: Vault,
    circuits: Circuits,
    pub(crate) refreshes: oauth::Refreshes,
    pub mcp: mcp::Servers,
}

/// A call that is wanted.
#[derive(Clone, Debug)]
pub struct Ask<'a> {
    pub workspace: WorkspaceId,
    /// Absent: tried by a person.
    pub conversation: Option<ConversationId>,
    /// Whom the contact tools are about.
    pub contact: Option<ContactId>,
    pub tool: &'a Tool,
    pub arguments: &'a Arguments,
    /// The same for the same decision: a turn's id and the number of the call in it.
    pub key: String,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Called {
    Done(Output),
    /// To be carried out by the router, in the step.
    Deed(Deed),
    Failed {
        failure: Failure,
        /// For the customer.
        said: Both,
    },
}

/// Told once when a call takes long; the text is for the customer.
pub type OnSlow = Box<dyn FnOnce(Both) + Send>;

impl Tools {
    #[must_use]
    pub fn new(store: Store, env: Env, vault: Vault, mcp: mcp::Servers) -> Tools {
        Tools {
            store,
            env,
            vault,
            circuits: Circuits::default(),
            refreshes: oauth::Refreshes::default(),
            mcp,
        }
    }

    pub(crate) fn now(&self) -> Time {
        self.env.clock.now()
    }

    /// Makes a call, or says what came of it when it was made before.
    ///
    /// # Errors
    /// The store's: nothing was called then.
    pub async fn call(&self, ask: &Ask<'_>, on_slow: Option<OnSlow>) -> Result<Called, StoreError> {
        let begun = match self.begin(ask).await? {
            ledger::Begun::New(begun) => begun,
            ledger::Begun::Known(called) => return Ok(called),
        };
        let from = self.now();
        let work = self.work(ask, &begun);
        tokio::pin!(work);
        let slow = self
            .env
            .clock
            .sleep(Span::millis(i64::from(PROGRESS_AFTER_MS)));
        let worked = tokio::select! {
            worked = &mut work => worked,
            () = slow => {
                if let Some(on_slow) = on_slow {
                    on_slow(words::progress(ask.tool));
                }
                work.await
            }
        };
        let latency = (self.now() - from).as_micros();
        let worked = worked.map(|mut worked| {
            worked.latency_us = u64::try_from(latency).unwrap_or(0);
            worked
        });
        match worked {
            Ok(worked) => self.end(ask, &begun, worked).await,
            Err(error) => Err(error),
        }
    }

    async fn work(&self, ask: &Ask<'_>, begun: &ledger::Running) -> Result<Worked, StoreError> {
        let outcome = match &ask.tool.action {
            Action::Http(http) => self.http(ask, http, begun).await,
            Action::Mcp(one) => self.mcp.call(self, ask, one, begun.deadline).await,
            Action::Builtin(builtin) => match builtin.deed(&ask.arguments.values) {
                None => Err(Failure::Failed { status: None }),
                Some(deed) if builtin.is_of_conversation() => {
                    return Ok(Worked::deed(deed));
                }
                Some(deed) => return self.about_contact(ask, deed).await,
            },
        };
        let now = self.now();
        let is_trouble = outcome.as_ref().is_err_and(circuit::counts);
        self.circuits
            .note(ask.workspace, &ask.tool.name, is_trouble, now);
        Ok(Worked::outcome(outcome))
    }

    /// The tools about the contact of the conversation. Without one there is nobody to speak of.
    async fn about_contact(&self, ask: &Ask<'_>, deed: Deed) -> Result<Worked, StoreError> {
        let Some(contact) = ask.contact else {
            return Ok(Worked::outcome(Err(Failure::NotFound)));
        };
        let (name, value) = match deed {
            Deed::UpdateContact { attribute, value } => (attribute, value),
            Deed::CreateLead { interest, note } => {
                let note = note.map(|note| format!(": {note}")).unwrap_or_default();
                ("lead".to_owned(), format!("{interest}{note}"))
            }
            Deed::LookUpContact
            | Deed::SetVariable { .. }
            | Deed::HandOff { .. }
            | Deed::ScheduleMessage { .. }
            | Deed::AskSatisfaction => return self.look_up(ask.workspace, contact).await,
        };
        let mut commit = Commit::new();
        commit.put_attribute(&AttributeRow {
            workspace: ask.workspace,
            contact,
            name,
            value,
            source: "assistant".into(),
            updated: self.now(),
        });
        self.store.commit(commit).await?;
        let value = json!({"kept": true});
        Ok(Worked::outcome(Ok(Output {
            value,
            trimmed: false,
        })))
    }

    async fn look_up(&self, workspace: WorkspaceId, id: ContactId) -> Result<Worked, StoreError> {
        let found = self.store.contact(id).await?;
        let Some(contact) = found.filter(|contact| contact.workspace == workspace) else {
            return Ok(Worked::outcome(Err(Failure::NotFound)));
        };
        let attributes: serde_json::Map<String, serde_json::Value> = self
            .store
            .attributes(workspace, id)
            .await?
            .into_iter()
            .map(|row| (row.name, row.value.into()))
            .collect();
        let value = json!({"name": contact.name, "attributes": attributes});
        Ok(Worked::outcome(Ok(Output {
            value,
            trimmed: false,
        })))
    }
}

/// What came of the work itself, before it is written down.
pub(crate) struct Worked {
    called: Result<Done, Failure>,
    latency_us: u64,
}

enum Done {
    Output(Output),
    Deed(Deed),
}

impl Worked {
    fn outcome(outcome: Result<Output, Failure>) -> Worked {
        Worked {
            called: outcome.map(Done::Output),
            latency_us: 0,
        }
    }

    fn deed(deed: Deed) -> Worked {
        Worked {
            called: Ok(Done::Deed(deed)),
            latency_us: 0,
        }
    }

    /// How it stands in the ledger; the result is sealed by the caller.
    fn end(&self) -> ToolCallEnd {
        let (state, outcome, http) = match &self.called {
            Ok(_) => (ToolCallState::Done, "ok", None),
            Err(failure) if failure.is_unsure() => {
                (ToolCallState::Unsure, failure.code(), status(failure))
            }
            Err(failure) => (ToolCallState::Failed, failure.code(), status(failure)),
        };
        ToolCallEnd {
            state,
            outcome: outcome.to_owned(),
            http,
            result: None,
            latency_us: self.latency_us,
        }
    }
}

fn status(failure: &Failure) -> Option<u16> {
    match failure {
        Failure::Rejected { status, .. } => Some(*status),
        Failure::Failed { status } | Failure::Unsure { status } => *status,
        Failure::NotFound
        | Failure::Credential
        | Failure::Busy
        | Failure::Unfit(_)
        | Failure::TooLarge
        | Failure::Schema(_) => None,
    }
}

/// Whether a tool does something in the world.
fn has_effects(tool: &Tool) -> bool {
    match tool.effects {
        Effects::Reads => false,
        Effects::Writes => true,
    }
}

/// Ends calls of processes that are gone, now and then. `clean` of the app asks for it.
///
/// # Errors
/// The store's.
pub async fn settle(store: &Store, now: Time) -> Result<(), StoreError> {
    let mut commit = Commit::new();
    commit.settle_tool_calls(now);
    store.commit(commit).await.map(|_| ())
}
