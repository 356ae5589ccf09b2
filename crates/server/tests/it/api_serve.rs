//! The whole server in one process with the simulator: started, talked to, looked into, stopped.
//!
//! In: the demo. Out: sample conversations made by the real pipeline, a replay that agrees, a log
//! without a single word of a customer, and commands that reach the running server. Absent: faults
//! (the seeded world). Next: `world`.

use crate::api_workspace::{Temp, temp};
use axum::http::Request;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use ponte::boot::config::{Config, Serving, Shared};
use ponte::boot::serve::{self, Parts, Served};
use ponte::boot::welcome::Scene;
use ponte::cli::replay;
use ponte::demo::{self, recall, samples, world};
use ponte::env::Env;
use ponte::graph::http::Client as GraphClient;
use ponte::reading::{Allowance, Reading};
use ponte::telemetry::logs::{self, LogFormat};
use ponte::workspace::kept;
use ponte_core::ids::ConversationId;
use ponte_core::time::Span;
use ponte_sim::{CustomerMessage, CustomerProfile, Host};
use ponte_store::rows::conversation::{ConversationFilter, ConversationItem};
use ponte_store::{Options, Store, StoreError};
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

/// Words that only a customer, a token or a secret of this test has: none may be in the log.
const CANARIES: [&str; 5] = [
    "canarinho-texto",
    "5511977771234",
    "Canário Pessoa",
    "demo-access-token",
    "demo-app-secret",
];

#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that anything in this process logs, at the most talkative level we support.
pub static LOG: LazyLock<Kept> = LazyLock::new(|| {
    let kept = Kept::default();
    let writer = kept.clone();
    let filter = logs::filter("debug").unwrap();
    let subscriber = logs::subscriber(filter, LogFormat::Json, move || writer.clone());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    kept
});

pub struct Demo {
    pub served: Served,
    pub host: Arc<Host>,
    pub store: Store,
    config: Config,
    data: Temp,
}

async fn start() -> Demo {
    start_in(temp("serve"), Scene::Demo).await
}

/// The demo on a folder that may have been a demo's before, as `ponte serve --demo` starts it.
pub async fn start_in(data: Temp, scene: Scene) -> Demo {
    let shared = Shared {
        data: Some(data.0.clone()),
        ..Shared::default()
    };
    let serving = Serving {
        listen: Some("127.0.0.1:0".into()),
        ..Serving::default()
    };
    let config = Config::settle(&shared, &serving).unwrap();
    let listener = serve::bind(&config).await.unwrap();
    let store = open(&config).await;
    let ahead = recall::ahead(&store).await.unwrap();
    // Another seed at each start, else the new world's ids are the old one's.
    let seed =
        u64::from(std::process::id()) << 16 | u64::from(listener.local_addr().unwrap().port());
    let host = world::start(listener.local_addr().unwrap(), None, seed, ahead)
        .await
        .unwrap();
    let clock = Arc::new(world::clock(&host));
    let graph = GraphClient::new(&host.graph_url(), Arc::clone(&clock)).unwrap();
    let env = Env {
        clock,
        ..Env::real(Arc::new(graph))
    };
    let workspace = demo::prepare(&store, env.clock.now()).await.unwrap();
    recall::recall(&host, &store, workspace).await.unwrap();
    let parts = Parts {
        config: config.clone(),
        store: store.clone(),
        env,
        secrets: demo::secrets(),
        listener,
        extra: axum::Router::new(),
        scene,
        master: ponte::vault::Keys::default(),
        reading: Some(Reading::new(
            env!("CARGO_BIN_EXE_ponte").into(),
            Allowance::default(),
        )),
    };
    let served = serve::start(parts).await.unwrap();
    Demo {
        served,
        host,
        store,
        config,
        data,
    }
}

/// A server of this process that has just stopped lets go of its file a moment later.
async fn open(config: &Config) -> Store {
    for _ in 0..100 {
        match Store::open(&config.database_url(), Options::default()).await {
            Ok(store) => return store,
            Err(StoreError::Locked(_)) => tokio::time::sleep(Duration::from_millis(50)).await,
            Err(error) => panic!("{error}"),
        }
    }
    panic!("the file stays locked");
}

impl Demo {
    pub async fn rows(&self) -> Vec<ConversationItem> {
        let workspace = self.store.workspaces().await.unwrap()[0].id;
        let page = self
            .store
            .conversations(workspace, &ConversationFilter::default(), None, 50)
            .await
            .unwrap();
        page.items
    }

    /// Waits until the conversations are as wanted.
    pub async fn until(
        &self,
        what: &str,
        wanted: impl Fn(&[ConversationItem]) -> bool,
    ) -> Vec<ConversationItem> {
        for _ in 0..400 {
            let rows = self.rows().await;
            if wanted(&rows) {
                return rows;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("never came: {what}; there is {:?}", self.rows().await);
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
        let uri = format!("http://{}{path}", self.served.address);
        let request = headers
            .iter()
            .fold(Request::get(uri), |request, (name, value)| {
                request.header(*name, *value)
            });
        let request = request.body(Full::default()).unwrap();
        let answer = client.request(request).await.unwrap();
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    pub async fn stop(self) -> Temp {
        self.served.stop().await;
        self.host.stop().await;
        self.data
    }
}

pub fn owner<'a>(rows: &'a [ConversationItem], name: &str) -> &'a str {
    rows.iter()
        .find(|row| row.name == name)
        .map_or("", |row| row.owner_kind.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_samples_come_through_the_real_pipeline_once() {
    let demo = start().await;
    samples::begin(&demo.host, &demo.store).await.unwrap();
    demo.until("one waits, one was answered, one is the owner's", |rows| {
        owner(rows, "Bruno Lima") == "queue"
            && owner(rows, "Carla Dias") == "person"
            && rows
                .iter()
                .any(|row| row.name == "Ana Souza" && row.preview.contains("6h"))
    })
    .await;
    samples::begin(&demo.host, &demo.store).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(demo.rows().await.len(), 3);
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn eco_answers_and_the_replay_of_its_conversation_agrees() {
    let demo = start().await;
    let ids: Vec<ConversationId> = {
        demo.host.with(|cloud, now| {
            let customer = cloud.customer(CustomerProfile::new("Eva", "5511966660001"));
            cloud.customer_sends(
                now,
                customer,
                demo::NUMBER,
                CustomerMessage::text("eco Olá, Mundo"),
            );
        });
        let rows = demo
            .until("the echo", |rows| {
                rows.iter().any(|row| row.preview == "Olá, Mundo")
            })
            .await;
        rows.iter().map(|row| row.place.conversation).collect()
    };
    // Statuses come for some seconds; the fold must agree at any time.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let place = demo.rows().await[0].place;
    assert_eq!(place.conversation, ids[0]);
    let mut verdict = replay::replay(&demo.store, place).await.unwrap();
    if verdict.difference.is_some() {
        // An event may have landed between the two reads.
        tokio::time::sleep(Duration::from_secs(5)).await;
        verdict = replay::replay(&demo.store, place).await.unwrap();
    }
    assert_eq!(verdict.difference, None);
    // A later change of settings doesn't change what was decided under the old ones.
    let at = demo.served.app.env.clock.now();
    let kept = kept::load(&demo.store, place.workspace).await.unwrap();
    let mut wanted = kept.settings().unwrap();
    wanted.assistants.get_mut("padaria").unwrap().rules.clear();
    wanted.channels.get_mut("balcao").unwrap().channel.pause = Span::hours(5);
    let plan = kept.plan(place.workspace, &wanted, at).unwrap();
    assert!(demo.store.commit(plan.commit).await.unwrap().stored());
    assert_eq!(
        replay::replay(&demo.store, place).await.unwrap().difference,
        None
    );
    assert!(verdict.events >= 2 && verdict.messages == 2, "{verdict:?}");
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_a_customer_says_or_a_secret_is_ever_logged() {
    let log = LOG.clone();
    let demo = start().await;
    demo.host.with(|cloud, now| {
        let customer = cloud.customer(CustomerProfile::new("Canário Pessoa", "5511977771234"));
        let text = CustomerMessage::text("eco canarinho-texto");
        cloud.customer_sends(now, customer, demo::NUMBER, text);
        cloud.customer_sends(
            now,
            customer,
            demo::NUMBER,
            CustomerMessage::text("falar com atendente canarinho-texto"),
        );
    });
    demo.until("the hand-off", |rows| {
        owner(rows, "Canário Pessoa") == "queue"
    })
    .await;
    demo.get("/api/v1/conversations?name=canarinho-texto").await;
    drop(demo.stop().await);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("stopping"), "the log was not kept: {text}");
    for canary in CANARIES.into_iter().chain(["wamid."]) {
        let line = text.lines().find(|line| line.contains(canary));
        assert!(
            line.is_none(),
            "the log has {canary}: {}",
            line.unwrap_or("")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn health_tells_words_and_counts() {
    let demo = start().await;
    assert_eq!(demo.get("/healthz").await, (200, "ok\n".into()));
    let mut ready = demo.get("/readyz").await;
    for _ in 0..100 {
        if ready.0 == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        ready = demo.get("/readyz").await;
    }
    assert_eq!(ready, (200, "{\"ready\":true,\"reasons\":[]}".into()));
    let (status, text) = demo.get("/metrics").await;
    assert_eq!(status, 200);
    for name in [
        "ponte_deliveries_total",
        "ponte_events_total",
        "ponte_sends_total",
        "ponte_outbox_depth",
        "ponte_journal_lag",
        "ponte_conversations_on_their_way",
        "ponte_quarantined_total",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}");
    }
    assert_eq!(demo.get("/api/v1/conversations").await.0, 401);
    drop(demo.stop().await);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn commands_run_beside_a_server_reach_it() {
    use ponte::boot::control::{self, Handed};
    let demo = start().await;
    let data = demo.data.0.clone();
    let socket = control::open(&data).unwrap();
    let config = demo.config.clone();
    let app = demo.served.app.clone();
    let commands = tokio::spawn(ponte::cli::remote::answer(socket, config, app));
    let handed = |args: &[&str]| Handed {
        args: ["ponte"]
            .iter()
            .chain(args)
            .map(|arg| (*arg).to_string())
            .collect(),
        folder: data.clone(),
        portuguese: true,
        secret: None,
    };
    let exported = control::hand_over(&data, &handed(&["export", "out"]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert!(data.join("out/workspace.yaml").is_file());
    let applied = control::hand_over(&data, &handed(&["apply", "out"]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((applied.code, applied.out.trim()), (0, "Nada mudou."));
    let doctor = control::hand_over(&data, &handed(&["doctor"]))
        .await
        .unwrap()
        .unwrap();
    assert!(
        doctor.out.contains("token válido"),
        "{} {}",
        doctor.out,
        doctor.err
    );
    demo.served.app.vault.set(ponte::vault::Keys {
        current: Some(ponte::vault::MasterKey::new([1; 32])),
        old: None,
    });
    let add = [
        "provider", "add", "main", "--kind", "openai", "--model", "m",
    ];
    let added = Handed {
        secret: Some("sk-of-the-person-1234".into()),
        ..handed(&add)
    };
    assert!(!format!("{added:?}").contains("person"), "it never prints");
    let added = control::hand_over(&data, &added).await.unwrap().unwrap();
    assert_eq!(added.code, 0, "{}", added.err);
    let list = handed(&["provider", "list"]);
    let listed = control::hand_over(&data, &list);
    let asked = handed(&["provider", "list"]);
    let listed = control::hand_over(&data, &asked);
    assert!(listed.await.unwrap().unwrap().out.contains("…1234"));
    let wrong = control::hand_over(&data, &handed(&["apply", "nowhere"]))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(wrong.code, 2);
    assert!(
        wrong.err.starts_with("ponte: não há uma pasta"),
        "{}",
        wrong.err
    );
    commands.abort();
    let _ = commands.await;
    let (host, served) = (demo.host, demo.served);
    served.stop().await;
    host.stop().await;
    assert!(
        control::hand_over(&data, &handed(&["doctor"]))
            .await
            .unwrap()
            .is_none()
    );
}
