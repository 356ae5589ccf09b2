//! Starts the server: storage, secrets, rooms, routers, socket; and stops it in the reverse order.
//!
//! In: a settled [`Config`] and secrets. Out: a [`Served`] that listens until it is told to stop, or a
//! refusal that says what to do. Absent: arguments (`cli`) and the demo's content (`demo`).
//! Next: `listen.rs`, `health.rs`, `crate::app`.

use super::config::{Config, GRAPH_URL};
use super::fail::Fail;
use super::health::Health;
use super::secrets::{self, SecretsRead, Vars};
use super::welcome::{self, Scene};
use super::{health, listen, master_key, random};
use crate::api::guard::Hosts;
use crate::api::{self, ApiState};
use crate::app::{self, App, Running};
use crate::both;
use crate::egress::{Allow, Egress};
use crate::env::Env;
use crate::graph::Secret;
use crate::graph::http::Client;
use crate::reading::Reading;
use crate::vault::Keys;
use crate::words::Both;
use ponte_store::{Commit, Engine, Store};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Requests in progress may take this long of a stop; the rooms get the rest of 25 s, which is below
/// the 30 s that service managers usually give.
const REQUESTS_GRACE: Duration = Duration::from_secs(5);
const ROOMS_GRACE: Duration = Duration::from_secs(18);

/// What a server is made of, before it starts.
pub struct Parts {
    pub config: Config,
    pub store: Store,
    pub env: Env,
    pub secrets: app::Secrets,
    pub listener: TcpListener,
    /// Routes that the demo adds.
    pub extra: axum::Router,
    /// What this start is for: it decides what is open, and what the first page teaches.
    pub scene: Scene,
    /// What opens secrets at rest.
    pub master: Keys,
    /// Where files of strangers are read.
    pub reading: Option<Reading>,
}

/// A server that runs.
pub struct Served {
    pub address: SocketAddr,
    pub app: App,
    pub api: ApiState,
    stop: watch::Sender<bool>,
    http: JoinHandle<()>,
    running: Running,
}

/// Binds the address, so that nothing else starts when it can't be had.
///
/// # Errors
/// [`Fail`] with the address.
pub async fn bind(config: &Config) -> Result<TcpListener, Fail> {
    let address = config.listen;
    TcpListener::bind(address).await.map_err(|why| {
        Fail::machine(
            both!(
                "não consigo escutar em {address} ({why}).",
                "can't listen on {address} ({why})."
            ),
            both!(
                "Pare o que usa esta porta, ou escolha outra com --listen.",
                "Stop what uses this port, or choose another with --listen."
            ),
        )
    })
}

/// The environment of the real machine, with the way to the provider.
///
/// # Errors
/// [`Fail`] when the machine's certificates can't be used.
pub fn environment(graph_url: Option<&str>) -> Result<Env, Fail> {
    let clock = Arc::new(crate::env::Clock::real());
    let base = graph_url.unwrap_or(GRAPH_URL);
    let client = Client::new(base, Arc::clone(&clock)).map_err(|why| {
        Fail::usage(
            both!(
                "não há caminho para a Graph API ({why}).",
                "there is no way to the Graph API ({why})."
            ),
            both!("Confira PONTE_GRAPH_URL.", "Check PONTE_GRAPH_URL."),
        )
    })?;
    Ok(Env {
        egress: Egress::new(Arc::clone(&clock), Allow::default()),
        clock,
        ..Env::real(Arc::new(client))
    })
}

/// Opens the way to the outside as far as the operator's list says, and says so once.
pub fn open_egress(env: &mut Env, config: &Config) {
    let allow = config.egress_allow.clone();
    if !allow.is_empty() {
        tracing::info!(%allow, "private places that may be asked");
    }
    env.egress = Egress::new(Arc::clone(&env.clock), allow);
}

/// The secrets of a production start; refuses to begin without the ones that deliveries need.
///
/// # Errors
/// [`Fail`] naming the missing variable.
pub fn secrets_of(read: &SecretsRead) -> Result<app::Secrets, Fail> {
    let missing = |name: &str, pt: &str, en: &str| {
        Fail::usage(
            both!("falta {name}: {pt}.", "{name} is missing: {en}."),
            both!(
                "Defina {name}, ou {name}_FILE; para só experimentar, use `ponte serve --demo`.",
                "Set {name}, or {name}_FILE; just to try Ponte, use `ponte serve --demo`."
            ),
        )
    };
    let app_secret = read.app.clone().ok_or_else(|| {
        missing(
            "PONTE_APP_SECRET",
            "sem ele nenhuma entrega pode ser conferida",
            "no delivery can be verified without it",
        )
    })?;
    let verify = read.verify.clone().ok_or_else(|| {
        missing(
            "PONTE_VERIFY_TOKEN",
            "a Meta pergunta por ele ao ligar o webhook",
            "Meta asks for it when the webhook is set up",
        )
    })?;
    let secrets = app::Secrets::default();
    secrets.set_app(
        [Some(app_secret), read.app_old.clone()]
            .into_iter()
            .flatten()
            .collect(),
    );
    secrets.set_verify(verify);
    if let Some(token) = &read.access {
        secrets.set_default_token(token.clone());
    }
    Ok(secrets)
}

/// Reads the tokens of numbers whose files name a variable.
///
/// # Errors
/// [`Fail`] for a file that can't be read, and from the store.
pub async fn channel_tokens(
    store: &Store,
    secrets: &app::Secrets,
    vars: Vars<'_>,
) -> Result<(), Fail> {
    for workspace in store.workspaces().await? {
        let kept = crate::workspace::kept::load(store, workspace.id).await?;
        for (channel, name) in kept.token_variables() {
            match secrets::secret(vars, &name)? {
                Some(token) => secrets.set_token(channel, token),
                None => {
                    tracing::warn!(%channel, variable = %name, "a number's token variable is not set")
                }
            }
        }
    }
    Ok(())
}

/// Starts everything.
///
/// # Errors
/// [`Fail`] from storage and rooms.
pub async fn start(parts: Parts) -> Result<Served, Fail> {
    let Parts {
        config,
        store,
        env,
        secrets,
        listener,
        extra,
        scene,
        master,
        reading,
    } = parts;
    let address = listener
        .local_addr()
        .map_err(|why| Fail::machine(Both::same(format!("{why}.")), Both::same("")))?;
    let node = env.ids.next(env.clock.now());
    let mut settings = app::Config::new(node, config.data.clone(), tag_key(&store).await?);
    settings.alone = store.engine() == Engine::Sqlite;
    settings.throughput = config.throughput;
    settings.reading = reading;
    settings.mcp_commands = config.mcp_commands.clone();
    settings.ingress_peer_bytes = usize::from(config.peer_bodies) * 1024 * 1024;
    let app = App::new(store, env, settings, secrets);
    app.vault.set(master);
    master_key::compare(&app.store, &app.vault).await?;
    // Before anything is sent: what this file did from here on is known beside it.
    app.mark_run().await;
    if let Some(why) = app.store.frozen().await? {
        tracing::error!(?why, "nothing is sent until `ponte outbox release`");
    }
    let (stop, stopping) = watch::channel(false);
    let api = ApiState::new(app.clone(), stopping.clone());
    let checked = Health::new(api.clone());
    let hosts = Hosts(Arc::new(config.hosts.clone()));
    let running = app.start().await?;
    let router = app
        .webhook_router()
        .merge(api::router(api.clone(), hosts.clone()))
        .merge(health::router(checked.clone(), scene))
        .merge(welcome::router(checked, scene, hosts))
        .merge(extra);
    let http = tokio::spawn(listen::run(listener, router, stopping, REQUESTS_GRACE));
    Ok(Served {
        address,
        app,
        api,
        stop,
        http,
        running,
    })
}

impl Served {
    /// No new requests; those in progress and the rooms finish; then the store closes.
    pub async fn stop(self) {
        tracing::info!("stopping");
        self.stop.send_replace(true);
        if self.http.await.is_err() {
            tracing::error!("the listener ended badly");
        }
        if tokio::time::timeout(ROOMS_GRACE, self.running.stop())
            .await
            .is_err()
        {
            tracing::warn!(
                "the rooms did not stop in time; what they were doing is taken up again at the next start"
            );
        }
        self.app.mark_run().await;
        tracing::info!("stopped");
    }
}

/// The key of our tags: made once per database, so that all its processes know each other's sends.
async fn tag_key(store: &Store) -> Result<Secret, Fail> {
    once(store, "tag_key", || random::secret().map(hex::encode))
        .await
        .map(Secret::new)
}

async fn once(
    store: &Store,
    key: &str,
    make: impl FnOnce() -> Result<String, Fail>,
) -> Result<String, Fail> {
    if let Some(kept) = store.meta(key).await? {
        return Ok(kept);
    }
    let made = make()?;
    let mut commit = Commit::new();
    commit.put_meta_once(key, &made);
    store.commit(commit).await?;
    // Another process may have been faster: what is kept counts.
    Ok(store.meta(key).await?.unwrap_or(made))
}
