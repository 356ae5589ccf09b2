//! `ponte simulate`: the simulated Cloud API by itself, with the page of two phones.
//!
//! In: an address and where webhooks go. Out: a world with the demo's values that runs until stopped.
//! Absent: any conversation logic of ours. Next: `ponte_sim`.

use super::Desk;
use crate::api::guard::{self, Hosts};
use crate::boot::fail::{Fail, OK};
use crate::boot::stop;
use crate::both;
use axum::Router;
use axum::middleware::from_fn;
use clap::Args;
use ponte_sim::http::Around;
use ponte_sim::models::{ModelOptions, ModelServer};
use ponte_sim::{Cloud, CloudConfig, Host, HostOptions};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Args, Debug)]
pub struct Options {
    /// Address to listen on
    #[arg(
        long,
        env = "PONTE_SIMULATE_LISTEN",
        default_value = "127.0.0.1:9090",
        value_name = "ADDR"
    )]
    pub listen: SocketAddr,
    /// Where webhooks are posted
    #[arg(
        long,
        env = "PONTE_SIMULATE_WEBHOOK",
        default_value = "http://127.0.0.1:8080/webhooks/whatsapp",
        value_name = "URL"
    )]
    pub webhook: String,
    /// The same seed with the same deeds gives the same ids
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Names under which people reach the page, beside localhost and addresses
    #[arg(long, env = "PONTE_HOSTS", value_delimiter = ',', value_name = "NAME")]
    pub hosts: Vec<String>,
    /// Also serve scripted language models at this address
    #[arg(long, env = "PONTE_SIMULATE_MODELS", value_name = "ADDR")]
    pub models: Option<SocketAddr>,
    /// Messages per second of the number
    #[arg(long, value_name = "N")]
    pub mps: Option<u32>,
}

/// Runs the simulator.
///
/// # Errors
/// [`Fail`] when the address can't be had.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let host = start(options).await.map_err(|why| {
        let address = options.listen;
        Fail::machine(
            both!(
                "não consigo escutar em {address} ({why}).",
                "can't listen on {address} ({why})."
            ),
            both!(
                "Escolha outra porta com --listen.",
                "Choose another port with --listen."
            ),
        )
    })?;
    let (address, webhook) = (host.address(), &options.webhook);
    let models = models(options).await?;
    if desk.json {
        let at = models
            .as_ref()
            .map(|server| format!("http://{}", server.address()));
        desk.json(&json!({ "graph_url": host.graph_url(), "webhook": webhook, "models": at }));
    } else {
        desk.tell(&both!(
            "Simulador em http://{address}; webhooks para {webhook}.\n  Dois telefones: http://{address}/simulator/",
            "Simulator at http://{address}; webhooks to {webhook}.\n  Two phones: http://{address}/simulator/"
        ));
    }
    if let Some(server) = models.as_ref().filter(|_| !desk.json) {
        let at = server.address();
        desk.tell(&both!(
            "  Modelos de roteiro: http://{at}/v1 (openai), http://{at} (anthropic, gemini, ollama)",
            "  Scripted models: http://{at}/v1 (openai), http://{at} (anthropic, gemini, ollama)"
        ));
    }
    stop::asked().await;
    if let Some(server) = models {
        server.stop().await;
    }
    host.stop().await;
    Ok(OK)
}

/// The scripted server of language models, where one was asked for.
async fn models(options: &Options) -> Result<Option<ModelServer>, Fail> {
    let Some(address) = options.models else {
        return Ok(None);
    };
    let server = ModelServer::start(address, ModelOptions::default()).await;
    server.map(Some).map_err(|why| {
        Fail::machine(
            both!(
                "não consigo escutar em {address} ({why}).",
                "can't listen on {address} ({why})."
            ),
            both!(
                "Escolha outro endereço com --models.",
                "Choose another address with --models."
            ),
        )
    })
}

async fn start(options: &Options) -> std::io::Result<Arc<Host>> {
    let mut config = CloudConfig::demo();
    config.webhook_url = Some(options.webhook.clone());
    for number in &mut config.numbers {
        number.mps = options.mps.unwrap_or(number.mps);
    }
    let hosts = Hosts(Arc::new(options.hosts.clone()));
    let host = HostOptions {
        listen: options.listen,
        around: Some(Around(Arc::new(move |api| pages(api, hosts.clone())))),
        ..HostOptions::default()
    };
    Host::start(Cloud::new(config, options.seed), host).await
}

/// The simulator's API and its page of two phones, guarded: neither has a key.
pub fn pages(api: Router, hosts: Hosts) -> Router {
    api.layer(from_fn(guard::same_origin))
        .merge(crate::simulator_page::router())
        .layer(from_fn(move |request, next| {
            guard::host(hosts.clone(), request, next)
        }))
        .layer(from_fn(guard::headers))
}
