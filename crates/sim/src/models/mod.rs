//! A scripted server of language models: four protocols, answers by rule, faults by name, a ledger.
//!
//! In: requests of OpenAI's chat completions, Anthropic's messages, Google's `generateContent` and Ollama's chat,
//! whole and in pieces, and of three kinds of embeddings. Out: what the [`Script`] says, spoiled where a
//! [`ModelFault`] is armed. The same script and the same requests give the same bytes. Absent: language; it
//! understands nothing. Next: [`script`], [`fault`], `serve.rs`.

mod asked;
pub mod fault;
pub mod script;
mod serve;
mod speak;
#[cfg(test)]
mod tests;
mod vectors;

pub use asked::{Asked, Protocol};
pub use fault::ModelFault;
pub use script::{Answer, Rule, Say, Script, ToolUse, When};

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Calls that the ledger remembers; a test has some hundreds.
const LEDGER_MAX: usize = 10_000;

/// How it is to behave.
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    /// Without it, any key is taken.
    pub key: Option<String>,
    pub script: Script,
}

/// A server that runs until it is dropped or stopped.
pub struct ModelServer {
    address: SocketAddr,
    state: Arc<State>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

struct State {
    key: Option<String>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    script: Script,
    /// Spoils the next calls, one each, in order.
    faults: std::collections::VecDeque<ModelFault>,
    /// Spoils every call that no other fault spoils.
    always: Option<ModelFault>,
    ledger: Vec<Asked>,
}

impl State {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ModelServer {
    /// Listens on the address; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address can't be had.
    pub async fn start(listen: SocketAddr, options: ModelOptions) -> std::io::Result<ModelServer> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let state = Arc::new(State {
            key: options.key,
            held: Mutex::new(Held {
                script: options.script,
                ..Held::default()
            }),
        });
        let (stop, stopping) = watch::channel(false);
        let task = tokio::spawn(serve::run(Arc::clone(&state), listener, stopping));
        Ok(ModelServer {
            address,
            state,
            stop,
            task,
        })
    }

    /// A server on a free port of the loopback with the script of [`Script::default`].
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn local() -> std::io::Result<ModelServer> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        ModelServer::start(any, ModelOptions::default()).await
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base address under which a protocol is spoken here.
    #[must_use]
    pub fn base(&self, protocol: Protocol) -> String {
        let root = format!("http://{}", self.address);
        match protocol {
            Protocol::Openai => format!("{root}/v1"),
            Protocol::Anthropic | Protocol::Gemini | Protocol::Ollama => root,
        }
    }

    /// Changes what it says from now on.
    pub fn script(&self, script: Script) {
        self.state.held().script = script;
    }

    /// Spoils the next call that no earlier fault spoils.
    pub fn arm(&self, fault: ModelFault) {
        self.state.held().faults.push_back(fault);
    }

    /// Spoils every call until told otherwise.
    pub fn always(&self, fault: Option<ModelFault>) {
        self.state.held().always = fault;
    }

    /// What it was asked, oldest first, refused and spoiled calls too.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.state.held().ledger.clone()
    }

    /// Faults that are armed and were not met: a test that leaves one has tested nothing.
    #[must_use]
    pub fn armed(&self) -> usize {
        self.state.held().faults.len()
    }

    /// Stops listening; calls in progress are broken off.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        drop((&mut self.task).await);
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        self.task.abort();
    }
}
