//! `ponte serve`: everything in one process, until asked to stop.
//!
//! In: the configuration, and whether it is the demo. Out: the printed address; exit code 0 after a
//! graceful stop. Absent: joining the rooms (`boot/serve.rs`). Next: `demo/mod.rs`.

use super::{Desk, tools};
use crate::api::guard::Hosts;
use crate::boot::config::Serving;
use crate::boot::fail::{Fail, OK};
use crate::boot::secrets::SecretsRead;
use crate::boot::serve::{self, Parts, Served};
use crate::boot::welcome::Scene;
use crate::boot::{master_key, random, stop};
use crate::both;
use crate::demo;
use crate::demo::{recall, world};
use crate::env::Env;
use crate::graph::http::Client;
use crate::reading::{Allowance, Reading};
use crate::telemetry::{logs, metrics};
use crate::vault::Keys;
use ponte_sim::Host;
use ponte_store::{Options, Store};
use serde_json::json;
use std::sync::Arc;

/// Runs the server.
///
/// # Errors
/// [`Fail`] for what keeps it from starting.
pub async fn run(desk: &mut Desk<'_>, serving: &Serving) -> Result<u8, Fail> {
    logs::start(&desk.config.log, desk.config.log_format)?;
    // Before the first count, else it is lost.
    let _ = metrics::handle();
    let started = if serving.demo {
        start_demo(desk, serving).await?
    } else {
        start(desk).await?
    };
    let Started { served, host } = started;
    let commands = super::remote::serve(desk, &served)?;
    stop::asked().await;
    commands.abort();
    served.stop().await;
    if let Some(host) = host {
        host.stop().await;
    }
    Ok(OK)
}

struct Started {
    served: Served,
    host: Option<Arc<Host>>,
}

async fn start(desk: &mut Desk<'_>) -> Result<Started, Fail> {
    let secrets = serve::secrets_of(&SecretsRead::read(desk.vars)?)?;
    let listener = serve::bind(&desk.config).await?;
    let store = tools::open(desk).await?;
    serve::channel_tokens(&store, &secrets, desk.vars).await?;
    let mut env = serve::environment(desk.config.graph_url.as_deref())?;
    serve::open_egress(&mut env, &desk.config);
    let empty = store.channels(None).await?.is_empty();
    let parts = Parts {
        config: desk.config.clone(),
        store,
        env,
        secrets,
        listener,
        extra: axum::Router::new(),
        scene: Scene::Production,
        reading: Some(reader()?),
        master: master(desk, false)?,
    };
    let served = serve::start(parts).await?;
    let address = served.address;
    if desk.json {
        desk.json(&json!({ "address": format!("http://{address}") }));
    } else {
        desk.tell(&both!(
            "Ponte em http://{address}",
            "Ponte at http://{address}"
        ));
        if empty {
            desk.tell(&both!(
                "Ainda não há números: crie-os com `ponte apply PASTA`.",
                "There are no numbers yet: make them with `ponte apply DIR`."
            ));
        }
    }
    Ok(Started { served, host: None })
}

/// Files of strangers are read by this program as a child.
fn reader() -> Result<Reading, Fail> {
    Reading::of_this_program(Allowance::default()).map_err(|why| {
        Fail::machine(
            both!(
                "a máquina não diz onde este programa está ({why}).",
                "the machine doesn't say where this program is ({why})."
            ),
            both!(
                "Chame o ponte pelo caminho inteiro.",
                "Call ponte by its whole path."
            ),
        )
    })
}

/// The master key of secrets at rest; a new one is told of, because no backup of the database has it.
fn master(desk: &mut Desk<'_>, demo: bool) -> Result<Keys, Fail> {
    tools::data_folder(&desk.config)?;
    let loaded = master_key::load(&desk.config.data, desk.vars)?;
    if let Some(path) = &loaded.made
        && !desk.json
        && !demo
    {
        let shown = path.display();
        desk.tell(&both!(
            "Chave mestra criada em {shown}. Guarde uma cópia em outro lugar: sem ela, as chaves dos provedores não abrem.",
            "Master key made at {shown}. Keep a copy elsewhere: without it, the keys of providers can't be opened."
        ));
    }
    Ok(loaded.keys)
}

async fn start_demo(desk: &mut Desk<'_>, serving: &Serving) -> Result<Started, Fail> {
    let config = desk.config.clone();
    tools::data_folder(&config)?;
    let listener = serve::bind(&config).await?;
    let ours = listener.local_addr().unwrap_or(config.listen);
    let options = Options {
        // The simulator's buttons move time, and a database's clock can't be moved.
        callers_clock: true,
        ..Options::default()
    };
    let store = tools::open_with(desk, options).await?;
    let mps = serving.demo_mps;
    let (mut env, host) = demo_environment(config.graph_url.as_deref(), ours, mps, &store).await?;
    serve::open_egress(&mut env, &config);
    let now = env.clock.now();
    let workspace = demo::prepare(&store, now).await?;
    let recalled = match &host {
        // Before the rooms start: what they send first may be for people of the world before.
        Some(host) => recall::recall(host, &store, workspace).await?,
        None => 0,
    };
    let key = demo::key::of(&config.data, &store, &env.ids, workspace, now).await?;
    let extra = host
        .as_ref()
        .map_or_else(axum::Router::new, |host| demo_routes(host, &config.hosts));
    let clock = Arc::clone(&env.clock);
    let reading = Some(reader()?);
    let master = master(desk, true)?;
    let parts = Parts {
        reading,
        config,
        store: store.clone(),
        env,
        secrets: demo::secrets(),
        listener,
        extra,
        scene: if host.is_some() {
            Scene::Demo
        } else {
            Scene::DemoElsewhere
        },
        master,
    };
    let served = serve::start(parts).await?;
    if let Some(host) = &host {
        tokio::spawn(world::follow(Arc::clone(host), clock, store.clone()));
        demo::samples::begin(host, &store).await?;
    }
    greet(desk, ours, &key, host.is_some());
    if recalled > 0 && !desk.json {
        desk.tell(&both!(
            "  O mundo simulado é novo; {recalled} conversas de antes estão de volta nos telefones.",
            "  The simulated world is new; {recalled} conversations of before are back on its phones."
        ));
    }
    Ok(Started { served, host })
}

/// With a Graph URL the calls go there and there is no world of our own.
async fn demo_environment(
    graph_url: Option<&str>,
    ours: std::net::SocketAddr,
    mps: Option<u32>,
    store: &Store,
) -> Result<(Env, Option<Arc<Host>>), Fail> {
    if graph_url.is_some() {
        return Ok((serve::environment(graph_url)?, None));
    }
    let bytes = random::secret()?;
    let seed = bytes
        .iter()
        .take(8)
        .fold(0_u64, |seed, byte| seed << 8 | u64::from(*byte));
    let ahead = recall::ahead(store).await?;
    let host = world::start(ours, mps, seed, ahead).await?;
    let clock = Arc::new(world::clock(&host));
    let client = Client::new(&host.graph_url(), Arc::clone(&clock)).map_err(|why| {
        Fail::machine(
            both!(
                "não há caminho para o simulador ({why}).",
                "there is no way to the simulator ({why})."
            ),
            both!("Tente de novo.", "Try again."),
        )
    })?;
    let env = Env {
        clock,
        ..Env::real(Arc::new(client))
    };
    Ok((env, Some(host)))
}

fn demo_routes(host: &Arc<Host>, hosts: &[String]) -> axum::Router {
    let hosts = Hosts(Arc::new(hosts.to_vec()));
    super::simulate::pages(ponte_sim::http::router(Arc::clone(host)), hosts)
}

fn greet(desk: &mut Desk<'_>, ours: std::net::SocketAddr, key: &str, simulator: bool) {
    let (user, password) = (demo::USER, demo::PASSWORD);
    let base = format!("http://{ours}");
    if desk.json {
        desk.json(&json!({ "address": base, "user": user, "password": password, "key": key }));
        return;
    }
    desk.tell(&both!(
        "Ponte (demonstração) em {base}",
        "Ponte (demo) at {base}"
    ));
    if simulator {
        desk.tell(&both!(
            "  Simulador: {base}/simulator/",
            "  Simulator: {base}/simulator/"
        ));
    }
    desk.tell(&both!(
        "  Usuário do console: {user} / {password}",
        "  Console user: {user} / {password}"
    ));
    desk.tell(&both!("  Chave de API: {key}", "  API key: {key}"));
}
