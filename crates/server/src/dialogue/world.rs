//! The world of one test: the whole server on played time, and one customer at the simulated platform.
//!
//! In: a workspace's settings and what is given. Out: a [`World`] in which people do things and time passes,
//! until nothing is under way. The same settings and deeds give the same run. Absent: sockets, files (but
//! for media, in a folder that goes with the world), and what a test expects. Next: [`super::play`].

use super::outside::{Outside, put_providers, put_tools};
use super::wires::Platform;
use crate::app::{App, Config, Running, Secrets};
use crate::cli::apply;
use crate::egress::{Allow, Egress};
use crate::env::{Clock, CrashPoints, Env, Ids, Played};
use crate::graph::Secret;
use crate::workspace::convert::Settings;
use crate::workspace::dialogue::{ModelFile, ToolFile};
use crate::workspace::taught::{self, Taught};
use ponte_core::State;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::{Span, Time};
use ponte_sim::{Cloud, CloudConfig, CustomerId, CustomerProfile, NumberConfig, TemplateConfig};
use ponte_store::rows::Place;
use ponte_store::{Options, Store};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinHandle;
use uuid::Uuid;

/// The platform's seed and the ids': a run repeats itself.
const SEED: u64 = 0x5eed;
/// The customer's phone; there is only one customer in a world.
const PHONE: &str = "+55 11 98000-0001";
/// How often it is looked whether anything is still under way.
const LOOK: Span = Span::millis(200);
/// Statuses and retries of the platform that come later than this don't hold a test up.
const SOON: Span = Span::secs(10);
/// Before something falls due, this much time really passes: leases are renewed meanwhile.
const LEAD: Span = Span::secs(2);
/// What falls due in one wait: a month of ghost notices and reminders is far below.
const STOPS_MAX: u32 = 2_000;

const APP_SECRET: &str = "secret of a test's world";
const TOKEN: &str = "token of a test's world";

/// What stands before the first step.
#[derive(Clone, Debug, PartialEq)]
pub struct Begin {
    pub at: Time,
    pub customer: String,
    /// The provider's id of the number that is written to.
    pub number: String,
    pub variables: Map<String, Value>,
    /// The customer has written before.
    pub known: bool,
    /// What models answer.
    pub models: Vec<ModelFile>,
    /// What tools answer.
    pub tools: Vec<ToolFile>,
}

/// One test's world.
pub struct World {
    pub app: App,
    pub platform: Platform,
    pub workspace: WorkspaceId,
    pub number: String,
    pub customer: CustomerId,
    /// Models, and whoever else is called.
    pub outside: Arc<Outside>,
    time: Arc<Played>,
    place: Option<Place>,
    data: PathBuf,
    _running: Running,
    delivering: JoinHandle<()>,
}

impl Drop for World {
    fn drop(&mut self) {
        self.delivering.abort();
        if self.data.exists() {
            // Media of a test; what can't be removed is the machine's temporary folder's to clean.
            let _left = std::fs::remove_dir_all(&self.data);
        }
    }
}

/// Why a world could not begin; a fault of the machine or of ours.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct NoWorld(String);

fn no_world(why: impl std::fmt::Display) -> NoWorld {
    NoWorld(why.to_string())
}

impl World {
    /// Begins. Within a runtime that tells `time` when it is idle.
    ///
    /// # Errors
    /// The store's, and the folder's where it can't be applied.
    pub async fn begin(
        time: &Arc<Played>,
        (settings, taught): (&Settings, &Taught),
        begin: &Begin,
        nth: u64,
    ) -> Result<World, NoWorld> {
        let store = Store::open("sqlite::memory:", inline()).await;
        let store = store.map_err(no_world)?;
        let workspace = crate::cli::tools::first_workspace();
        let plan = apply::plan(&store, workspace, settings, begin.at).await;
        let mut plan = plan.map_err(no_world)?;
        put_providers(&mut plan.commit, workspace, settings, begin.at);
        let (tools, models) = (&begin.tools, &begin.models);
        put_tools(&mut plan.commit, workspace, tools, models, begin.at);
        store.commit(plan.commit).await.map_err(no_world)?;
        let clock = Arc::new(Clock::played(time));
        let platform = Platform::new(Cloud::new(cloud(settings), SEED), Arc::clone(&clock));
        let outside = Outside::new(Arc::clone(&clock), &begin.models, &begin.tools);
        let profile = CustomerProfile::new(&begin.customer, PHONE);
        let customer = platform.with(|cloud, _| cloud.customer(profile));
        let data = format!("ponte-test-{}-{nth}", std::process::id());
        let data = std::env::temp_dir().join(data);
        let mut app = App::new(
            store,
            env(clock, &platform, &outside),
            config(data.clone()),
            secrets(),
        );
        app.decide = decide(begin);
        let learnt = taught::plan(&app.knowledge, workspace, taught).await;
        let learnt = learnt.map_err(no_world)?;
        app.store.commit(learnt.commit).await.map_err(no_world)?;
        let running = app.start().await.map_err(no_world)?;
        let delivering = tokio::spawn(platform.clone().deliver(app.webhook_router()));
        Ok(World {
            app,
            platform,
            workspace,
            number: begin.number.clone(),
            customer,
            outside,
            time: Arc::clone(time),
            place: None,
            data,
            _running: running,
            delivering,
        })
    }

    #[must_use]
    pub fn now(&self) -> Time {
        self.time.now()
    }

    /// The conversation, once there is one.
    pub async fn place(&mut self) -> Option<Place> {
        if self.place.is_some() {
            return self.place;
        }
        let names = self.platform.look(|cloud, _| {
            let found = cloud.customers().iter().find(|one| one.id == self.customer);
            found.map(|one| (one.wa_id.clone(), one.bsuid.clone()))
        })?;
        let store = &self.app.store;
        let names = [("wa_id", names.0.as_str()), ("bsuid", names.1.as_str())];
        let found = store.aliases(self.workspace, &names).await.ok()?;
        let contact = found.first()?.contact;
        let channel = store.channel_by_number(&self.number).await.ok()??.id;
        let row = store.conversation_of(contact, channel).await.ok()??;
        self.place = Some(row.place);
        self.place
    }

    /// The conversation's state.
    pub async fn state(&mut self) -> Option<State> {
        let place = self.place().await?;
        let loaded = self.app.store.load(&place, &[]).await.ok()??;
        Some(loaded.row.state)
    }

    /// Lets time pass until nothing is under way. `Err`: what it still waits for after `limit`.
    ///
    /// # Errors
    /// What was still under way, in English, for the report.
    pub async fn settle(&mut self, limit: Span) -> Result<(), String> {
        let end = self.now() + limit;
        loop {
            self.app.env.clock.sleep(LOOK).await;
            let Some(waits) = self.under_way().await else {
                return Ok(());
            };
            if self.now() >= end {
                return Err(waits);
            }
        }
    }

    /// Lets a span pass: time goes from one thing that falls due to the next, and everything is done that a
    /// real wait would have done.
    ///
    /// # Errors
    /// As [`World::settle`].
    pub async fn wait(&mut self, span: Span, limit: Span) -> Result<(), String> {
        let end = self.now() + span;
        for _ in 0..STOPS_MAX {
            let next = self.next_due().await.filter(|due| *due < end);
            let stop = next.unwrap_or(end);
            if stop - self.now() > LEAD {
                self.time.jump(stop - LEAD);
            }
            self.app.env.clock.sleep_until(stop).await;
            if next.is_none() {
                return Ok(());
            }
            self.settle(limit).await?;
            if self.now() >= end {
                return Ok(());
            }
        }
        Err("too much falls due in one wait".into())
    }

    /// What is under way, if anything is.
    async fn under_way(&mut self) -> Option<String> {
        let soon = self.now() + SOON;
        let delivering = self.platform.look(|cloud, _| {
            cloud.unanswered() > 0 || cloud.next_due().is_some_and(|due| due < soon.micros())
        });
        if delivering {
            return Some("the platform's deliveries".into());
        }
        let Ok(counts) = self.app.store.counts().await else {
            return Some("the store".into());
        };
        let open = [
            (counts.deliveries_waiting, "a delivery"),
            (counts.journal_pending, "an event that is not applied"),
            (
                counts.outbox_pending + counts.outbox_claimed,
                "a message that has not left",
            ),
            (counts.calls_open, "an answer (models, tools, knowledge)"),
        ];
        if let Some((_, what)) = open.iter().find(|(count, _)| *count > 0) {
            return Some((*what).into());
        }
        let state = self.state().await?;
        let thinking = state.timers.iter().find(|(reason, _)| {
            matches!(
                reason,
                ponte_core::event::TimerReason::Debounce | ponte_core::event::TimerReason::Retry
            )
        });
        thinking.map(|(reason, _)| format!("the timer {reason:?}"))
    }

    /// When the next timer of the conversation or delivery of the platform falls due.
    async fn next_due(&mut self) -> Option<Time> {
        let timer = match self.state().await {
            Some(state) => state.timers.values().min().copied(),
            None => None,
        };
        let post = self.platform.look(|cloud, _| cloud.next_due()).map(Time);
        timer.into_iter().chain(post).min()
    }
}

/// Nothing but this thread touches the store.
fn inline() -> Options {
    Options {
        inline: true,
        ..Options::default()
    }
}

fn env(clock: Arc<Clock>, platform: &Platform, outside: &Arc<Outside>) -> Env {
    let stage = Arc::clone(outside);
    let mut bits = SEED;
    let ids = Ids::from_source(move || {
        bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let low = bits ^ (bits >> 29);
        (u128::from(bits) << 64) | u128::from(low)
    });
    Env {
        egress: Egress::staged(Arc::clone(&clock), Allow::default(), stage),
        clock,
        ids: Arc::new(ids),
        graph: Arc::new(platform.clone()),
        crash: CrashPoints::none(),
    }
}

fn config(data: PathBuf) -> Config {
    let tag_key = Secret::new("tag key of a test's world");
    let mut config = Config::new(Uuid::from_u128(1), data, tag_key);
    config.alone = true;
    config
}

fn secrets() -> Secrets {
    let secrets = Secrets::default();
    secrets.set_app(vec![Secret::new(APP_SECRET)]);
    secrets.set_verify(Secret::new(TOKEN));
    secrets.set_default_token(Secret::new(TOKEN));
    secrets
}

/// The product's own step; the conversation's first event finds what is given.
fn decide(begin: &Begin) -> Arc<crate::engine::fold::Decide> {
    /// A customer who is known wrote this long ago.
    const AGO: Span = Span::days(3);
    let given = begin.clone();
    Arc::new(move |book, mut state, envelope| {
        if state.version == 0 {
            let variables = given.variables.clone().into_iter();
            state.variables.extend(variables);
            if given.known {
                state.last_customer_at = Some(given.at - AGO);
            }
        }
        ponte_core::step(book, state, envelope)
    })
}

/// The platform with this workspace's numbers.
fn cloud(settings: &Settings) -> CloudConfig {
    let mut config = CloudConfig::demo();
    config.app_secret = APP_SECRET.into();
    config.verify_token = TOKEN.into();
    config.access_token = TOKEN.into();
    config.numbers.clear();
    for held in settings.channels.values() {
        let channel = &held.channel;
        config.waba_id.clone_from(&channel.account);
        config.pair_limit &= channel.pair_burst > 0;
        config.numbers.push(NumberConfig {
            phone_number_id: channel.number.clone(),
            display_phone_number: channel.display.clone(),
            coexistence: channel.coexistence,
            mps: channel.per_second.max(1),
            verified_name: settings.name.clone(),
        });
        let known = |name: &str| config.templates.iter().any(|one| one.name == name);
        if let Some(template) = channel.ghost_template.as_ref()
            && !known(&template.name)
        {
            let body = filled(&template.preview, &template.components);
            config.templates.push(TemplateConfig {
                name: template.name.clone(),
                language: template.language.clone(),
                category: "UTILITY".into(),
                components: json!([body]),
            });
        }
    }
    config
}

/// The body of a template that has as many places as the workspace fills.
fn filled(preview: &str, components: &[Value]) -> Value {
    let body = components.iter().find(|one| one["type"] == "body");
    let places = body
        .and_then(|body| body["parameters"].as_array())
        .map_or(0, Vec::len);
    let mut text = preview.to_owned();
    for place in 1..=places {
        text.push_str(&format!(" {{{{{place}}}}} "));
    }
    let examples: Vec<String> = (1..=places)
        .map(|place| format!("exemplo {place}"))
        .collect();
    match places {
        0 => json!({"type": "BODY", "text": text}),
        _ => {
            json!({"type": "BODY", "text": format!("{text}."), "example": {"body_text": [examples]}})
        }
    }
}
