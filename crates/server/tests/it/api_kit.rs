//! A server for tests of the API: in memory, with two workspaces that must never see each other.
//!
//! In: requests as values. Out: status, headers and JSON. No socket: the router is called directly.
//! Absent: the provider (nothing is sent). Next: `api_keys.rs`.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use ponte::api::guard::Hosts;
use ponte::api::key::{self, Scope};
use ponte::api::{self, ApiState};
use ponte::app::{App, Config, Secrets};
use ponte::boot::serve;
use ponte::demo;
use ponte::graph::Secret;
use ponte::knowledge::faq::{Written, new_source};
use ponte::workspace::convert::assistant_id;
use ponte_core::content::{Content, Person};
use ponte_core::effect::{MessageBody, MessageRow};
use ponte_core::ids::{ChannelId, ContactId, ConversationId, EventId, MessageId, WorkspaceId};
use ponte_core::ownership::Provenance;
use ponte_core::{Envelope, Event, Time};
use ponte_store::rows::Place;
use ponte_store::rows::contact::ContactRow;
use ponte_store::rows::conversation::ConversationNew;
use ponte_store::rows::journal::{AccountEventNew, DeliveryNew, JournalNew, Whose};
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState, KnowledgeDocument, SourceKind};
use ponte_store::rows::models::ProviderRow;
use ponte_store::rows::shared::Changes;
use ponte_store::rows::training::{
    ClusterRow, ClusterState, ExampleRow, IntentRow, ModelRow, ModelState, Origin, Split,
};
use ponte_store::rows::workspace::{ApiKeyRow, ChannelRow, WorkspaceRow};
use ponte_store::{Commit, Options, Store};
use serde_json::Value;
use tokio::sync::watch;
use tower::ServiceExt;
use uuid::Uuid;

pub struct Kit {
    pub app: App,
    pub store: Store,
    pub router: axum::Router,
    /// Ours.
    pub home: Place,
    pub message: MessageId,
    pub contact: ContactId,
    /// The other workspace's.
    pub foreign: Foreign,
    pub stop: watch::Sender<bool>,
}

pub struct Foreign {
    pub place: Place,
    pub contact: ContactId,
    pub message: MessageId,
    pub entry: i64,
    pub delivery: i64,
    pub item: i64,
}

impl Foreign {
    fn none(place: Place) -> Foreign {
        Foreign {
            place,
            contact: ContactId(id(0)),
            message: MessageId(id(0)),
            entry: 0,
            delivery: 0,
            item: 0,
        }
    }
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

pub fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn provider(workspace: WorkspaceId, now: Time) -> ProviderRow {
    ProviderRow {
        id: id(105),
        workspace,
        name: "theirs".into(),
        dialect: "openai".into(),
        base: "https://api.example/v1".into(),
        settings: serde_json::json!({"models": ["m"]}),
        sealed: None,
        hint: String::new(),
        enabled: true,
        revision: 0,
        created: now,
        updated: now,
    }
}

pub async fn kit() -> Kit {
    kit_with(true).await
}

/// A kit whose only workspace is ours.
pub async fn kit_of_one() -> Kit {
    kit_with(false).await
}

async fn kit_with(other: bool) -> Kit {
    let store = Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap();
    let env = serve::environment(Some("http://127.0.0.1:9")).unwrap();
    let now = env.clock.now();
    let workspace = demo::prepare_untaught(&store, now).await.unwrap();
    let channel = store.channels(Some(workspace)).await.unwrap()[0].id;
    let home = Place {
        workspace,
        channel,
        conversation: ConversationId(id(1)),
    };
    conversation(&store, home, ContactId(id(2)), MessageId(id(3)), now).await;
    let foreign = if other {
        foreign(&store, now).await
    } else {
        Foreign::none(home)
    };
    let config = Config::new(id(9), std::env::temp_dir(), Secret::new("tag"));
    let app = App::new(store.clone(), env, config, Secrets::default());
    let (stop, stopping) = watch::channel(false);
    let router = api::router(ApiState::new(app.clone(), stopping), Hosts::default());
    Kit {
        app,
        store,
        router,
        home,
        message: MessageId(id(3)),
        contact: ContactId(id(2)),
        foreign,
        stop,
    }
}

async fn foreign(store: &Store, now: Time) -> Foreign {
    let workspace = WorkspaceId(id(100));
    let place = Place {
        workspace,
        channel: ChannelId(id(101)),
        conversation: ConversationId(id(102)),
    };
    let (contact, message) = (ContactId(id(103)), MessageId(id(104)));
    let mut commit = Commit::new();
    commit.put_workspace(&WorkspaceRow {
        id: workspace,
        name: "Outra".into(),
        settings: Value::Null,
        created: now,
    });
    let row = ChannelRow {
        id: place.channel,
        workspace,
        name: "Outro".into(),
        number: "999".into(),
        account: "998".into(),
        display: "+1".into(),
        assistant: None,
        settings: serde_json::json!({}),
        secrets: None,
        suspended: false,
        suspended_at: Time(0),
        removed: false,
        revision: 0,
        updated: now,
    };
    commit.put_channel(&row, 0);
    commit.put_provider(&provider(workspace, now), 0);
    assert!(store.commit(commit).await.unwrap().stored());
    conversation(store, place, contact, message, now).await;
    let mut commit = Commit::new();
    commit.append(&JournalNew {
        place,
        envelope: Envelope {
            id: EventId(id(105)),
            at: now,
            event: Event::ChannelSuspended { suspended: false },
        },
        dedupe: "x".into(),
        delivery: None,
    });
    let entry = store.commit(commit).await.unwrap().journal[0].unwrap();
    let mut commit = Commit::new();
    commit.quarantine_entry(entry);
    commit.add_delivery(DeliveryNew {
        received: now,
        body: b"{".as_slice().into(),
        lease: Some((id(8), now)),
    });
    let committed = store.commit(commit).await.unwrap();
    let delivery = committed.deliveries[0];
    set_aside(store, delivery, Some(workspace), now).await;
    foreign_knowledge(store, workspace, now).await;
    let whose = Whose::Of(workspace);
    let items = store.quarantined_items(whose, None, 10).await.unwrap();
    Foreign {
        place,
        contact,
        message,
        entry,
        delivery,
        item: items[0].id,
    }
}

/// The id of everything that the other workspace knows and teaches.
pub const KNOWN: Uuid = Uuid::from_u128(110);

async fn foreign_knowledge(store: &Store, workspace: WorkspaceId, now: Time) {
    let written = Written {
        questions: vec!["Segredo?".into()],
        answer: "Segredo.".into(),
        tags: Vec::new(),
        enabled: true,
    };
    let example = ExampleRow {
        id: KNOWN,
        workspace,
        intent: Some(KNOWN),
        text: "segredo".into(),
        key: KNOWN,
        origin: Origin::Author,
        split: Split::Train,
        created: now,
    };
    let mut commit = Commit::new();
    commit
        .put_source(
            &new_source(KNOWN, workspace, SourceKind::Upload, "Deles", now),
            0,
        )
        .put_knowledge(
            &KnowledgeDocument {
                id: KNOWN,
                workspace,
                source: KNOWN,
                key: "segredo.md".into(),
                title: "Segredo".into(),
                hash: vec![1],
                version: 1,
                facts: Value::Null,
                misses: 0,
                created: now,
                updated: now,
                checked: now,
                deleted: None,
            },
            None,
        )
        .put_faq(&written.row(KNOWN, workspace, KNOWN, now), 0)
        .add_knowledge_job(&JobRow {
            id: KNOWN,
            workspace,
            source: KNOWN,
            kind: JobKind::File,
            state: JobState::Waiting,
            name: "segredo.md".into(),
            media: String::new(),
            bytes: None,
            progress: Value::Null,
            place: None,
            cancel: false,
            attempts: 0,
            created: now,
            updated: now,
        })
        .put_intent(
            &IntentRow {
                id: KNOWN,
                workspace,
                name: "segredo".into(),
                description: String::new(),
                enabled: true,
                assistants: Vec::new(),
                revision: 0,
                created: now,
                updated: now,
            },
            0,
        )
        .put_example(&example)
        .add_model(&ModelRow {
            workspace,
            version: 1,
            state: ModelState::Training,
            examples: 1,
            bytes: None,
            report: Value::Null,
            progress_percent: 0,
            cancel: false,
            created: now,
            trained: None,
        })
        .put_cluster(
            &ClusterRow {
                id: KNOWN,
                workspace,
                state: ClusterState::Open,
                size: 9,
                body: serde_json::json!({"samples": ["segredo"]}),
                revision: 0,
                created: now,
                updated: now,
            },
            0,
        );
    assert!(store.commit(commit).await.unwrap().stored());
}

/// A delivery that nothing could be made of, and an item of it.
pub async fn set_aside(store: &Store, delivery: i64, workspace: Option<WorkspaceId>, now: Time) {
    let mut commit = Commit::new();
    commit.quarantine_delivery(delivery, id(8), "not JSON");
    if let Some(workspace) = workspace {
        commit.delivery_of(delivery, workspace);
    }
    commit.add_account_event(&AccountEventNew {
        workspace,
        channel: None,
        at: now,
        field: "intake".into(),
        kind: "unreadable".into(),
        body: serde_json::json!({"place": "entry[0]", "why": "entry is not an object", "raw": 1}),
        dedupe: format!("item of {delivery}"),
        delivery: Some(delivery),
    });
    assert!(store.commit(commit).await.unwrap().stored());
}

pub async fn conversation(
    store: &Store,
    place: Place,
    contact: ContactId,
    message: MessageId,
    now: Time,
) {
    let mut commit = Commit::new();
    commit.add_contact(&ContactRow {
        id: contact,
        workspace: place.workspace,
        name: "Ana".into(),
        search: "ana".into(),
        person: Person::default(),
        created: now,
        updated: now,
        merged_into: None,
    });
    commit.add_conversation(&ConversationNew {
        place,
        contact,
        at: now,
    });
    let row = MessageRow {
        id: message,
        provenance: Provenance::Customer,
        wamid: None,
        content: MessageBody::In(Content::Text { body: "oi".into() }),
        context: Default::default(),
        referral: None,
        sent: now,
        received: now,
        send: None,
        unread: true,
    };
    commit
        .put_message(&place, 1, &row)
        .feed(&place, now, Changes::MESSAGE);
    assert!(store.commit(commit).await.unwrap().stored());
}

impl Kit {
    /// A key of our workspace; the change makes it special.
    pub async fn key(&self, scopes: &[Scope], change: impl FnOnce(&mut ApiKeyRow)) -> String {
        let now = self.app.env.clock.now();
        let ids = &self.app.env.ids;
        let (mut row, text) =
            ponte::cli::key::make(ids, self.home.workspace, "test", scopes, now, None).unwrap();
        change(&mut row);
        let mut commit = Commit::new();
        commit.add_api_key(&row);
        assert!(self.store.commit(commit).await.unwrap().stored());
        assert_eq!(key::hash(&text), Some(row.hash));
        text
    }

    /// The routes of the app as it is now, after a test changed it.
    pub fn remount(&mut self) {
        let stopping = self.stop.subscribe();
        let state = ApiState::new(self.app.clone(), stopping);
        self.router = api::router(state, Hosts::default());
    }

    pub async fn full_key(&self) -> String {
        self.key(&Scope::ALL, |_| {}).await
    }

    pub async fn call(&self, method: &str, path: &str, key: Option<&str>, body: &str) -> Answer {
        self.call_with(method, path, key, body, &[]).await
    }

    pub async fn call_with(
        &self,
        method: &str,
        path: &str,
        key: Option<&str>,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "localhost");
        }
        if let Some(key) = key {
            request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_string())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let stream = parts
            .headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind == "text/event-stream");
        let body = if stream {
            Vec::new()
        } else {
            body.collect().await.unwrap().to_bytes().to_vec()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A path of the document with ids filled in.
    pub fn fill(&self, path: &str, foreign: bool) -> String {
        let (place, contact, message) = if foreign {
            let foreign = &self.foreign;
            (foreign.place, foreign.contact, foreign.message)
        } else {
            (self.home, self.contact, self.message)
        };
        let (entry, delivery, item) = if foreign {
            let foreign = &self.foreign;
            (foreign.entry, foreign.delivery, foreign.item)
        } else {
            (1, 999_999, 999_999)
        };
        let assistant = if foreign {
            id(106)
        } else {
            assistant_id(self.home.workspace, "padaria").0
        };
        path.replace("{conversation}", &place.conversation.to_string())
            .replace("{contact}", &contact.to_string())
            .replace("{message}", &message.to_string())
            .replace("{number}", &place.channel.to_string())
            .replace("{delivery}", &delivery.to_string())
            .replace("{item}", &item.to_string())
            .replace("{entry}", &entry.to_string())
            .replace("/files", "/files?name=a.md")
            .replace("{version}", "1")
            .replace("{source}", &KNOWN.to_string())
            .replace("{document}", &KNOWN.to_string())
            .replace("{faq}", &KNOWN.to_string())
            .replace("{reading}", &KNOWN.to_string())
            .replace("{intent}", &KNOWN.to_string())
            .replace("{example}", &KNOWN.to_string())
            .replace("{suggestion}", &KNOWN.to_string())
            .replace("{tool}", "x")
            .replace("{name}", "x")
            .replace("{provider}", &id(105).to_string())
            .replace("{assistant}", &assistant.to_string())
    }
}
