//! A store of one kind with a workspace, a channel, a contact and a conversation in it.

use ponte_core::content::{Content, Context, Person, Received};
use ponte_core::effect::{Class, Lane, MessageBody, MessageRow, Send, SendState};
use ponte_core::event::{Envelope, Event};
use ponte_core::ids::{
    ChannelId, ContactId, ConversationId, EventId, MessageId, ReplyId, WorkspaceId,
};
use ponte_core::outgoing::{Address, Outgoing};
use ponte_core::ownership::Provenance;
use ponte_core::state::State;
use ponte_core::time::{Span, Time};
use ponte_store::rows::Place;
use ponte_store::rows::contact::{AliasRow, ContactRow};
use ponte_store::rows::conversation::{ConversationNew, ConversationPut, Unread, Waiting};
use ponte_store::rows::journal::JournalNew;
use ponte_store::rows::outbox::{Claim, LeaseRef, channel_lease};
use ponte_store::rows::workspace::{ChannelRow, WorkspaceRow};
use ponte_store::{Commit, Committed, Options, Store};
use serde_json::json;
use std::future::Future;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Memory,
    Postgres,
}

/// What a test gets.
pub(crate) struct World {
    pub kind: Kind,
    pub store: Store,
    pub url: String,
    pub folder: PathBuf,
    pub place: Place,
    pub contact: ContactId,
}

/// The beginning of time on SQLite; in the past of any PostgreSQL, whose clock is its own.
pub(crate) const T0: Time = Time(1_700_000_000_000_000);
pub(crate) const NODE: Uuid = Uuid::from_u128(0xA);
pub(crate) const NODE_B: Uuid = Uuid::from_u128(0xB);

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Runs one test on one engine, on a runtime of its own.
pub(crate) fn run<F: Future<Output = ()>>(kind: Kind, name: &str, test: impl FnOnce(World) -> F) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
    let label = format!("{}_{serial}_{name}", std::process::id());
    let folder = std::env::temp_dir().join(format!("ponte-store-{label}"));
    std::fs::create_dir_all(&folder).unwrap();
    runtime.block_on(async {
        let url = address(kind, &folder, &label).await;
        let store = Store::open(&url, Options::default()).await.unwrap();
        let world = World::seeded(kind, store, url.clone(), folder.clone()).await;
        test(world).await;
        if kind == Kind::Postgres {
            drop_database(&url).await;
        }
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The address of a fresh, empty database.
pub(crate) async fn address(kind: Kind, folder: &std::path::Path, label: &str) -> String {
    match kind {
        Kind::File => format!("sqlite:{}", folder.join("ponte.db").display()),
        Kind::Memory => "sqlite::memory:".to_owned(),
        Kind::Postgres => {
            let short: String = label.chars().take(60).collect::<String>().to_lowercase();
            let admin = admin().await;
            admin
                .batch_execute(&format!("CREATE DATABASE \"t{short}\""))
                .await
                .unwrap();
            let (server, _) = server_url().rsplit_once('/').unwrap();
            format!("{server}/t{short}")
        }
    }
}

/// On a server of someone else's nothing is left behind; the private one goes as a whole.
pub(crate) async fn drop_database(url: &str) {
    if std::env::var_os("PONTE_TEST_POSTGRES").is_none()
        || std::env::var_os("PONTE_TEST_POSTGRES_KEEP").is_some()
    {
        return;
    }
    let (_, name) = url.rsplit_once('/').unwrap();
    let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
    admin().await.batch_execute(&drop).await.unwrap();
}

pub(crate) async fn admin() -> tokio_postgres::Client {
    connect(server_url()).await
}

pub(crate) async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, way) = tokio_postgres::connect(url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(way);
    client
}

/// The server lives as long as its standard input: it ends with this process.
struct Server {
    url: String,
    _stdin: Option<ChildStdin>,
    _child: Option<Child>,
}

pub(crate) fn server_url() -> &'static str {
    static SERVER: OnceLock<Server> = OnceLock::new();
    &SERVER
        .get_or_init(|| {
            if let Ok(url) = std::env::var("PONTE_TEST_POSTGRES") {
                return Server {
                    url,
                    _stdin: None,
                    _child: None,
                };
            }
            let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/with-postgres");
            let mut child = Command::new(script)
                .args(["sh", "-c", "echo \"$PONTE_TEST_POSTGRES\"; cat >/dev/null"])
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            let mut url = String::new();
            BufReader::new(child.stdout.take().unwrap())
                .read_line(&mut url)
                .unwrap();
            assert!(
                url.starts_with("postgres://"),
                "no PostgreSQL: see the message above"
            );
            let url = url.trim().to_owned();
            Server {
                url,
                _stdin: child.stdin.take(),
                _child: Some(child),
            }
        })
        .url
}

pub(crate) fn uuid(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

pub(crate) fn place_of(n: u128) -> Place {
    Place {
        workspace: WorkspaceId(uuid(1)),
        channel: ChannelId(uuid(2)),
        conversation: ConversationId(uuid(0x1000 + n)),
    }
}

pub(crate) fn contact_row(n: u128, name: &str) -> ContactRow {
    ContactRow {
        id: ContactId(uuid(0x2000 + n)),
        workspace: WorkspaceId(uuid(1)),
        name: name.to_owned(),
        search: name.to_lowercase(),
        person: Person {
            name: Some(name.to_owned()),
            ..Person::default()
        },
        created: T0,
        updated: T0,
        merged_into: None,
    }
}

pub(crate) fn channel_row(n: u128, number: &str) -> ChannelRow {
    ChannelRow {
        id: ChannelId(uuid(n)),
        workspace: WorkspaceId(uuid(1)),
        name: "Loja".into(),
        number: number.into(),
        account: "200".into(),
        display: "+55 11 4000-0001".into(),
        assistant: None,
        settings: json!({"pause": 7_200_000_000_i64}),
        secrets: Some(vec![1, 2, 3]),
        suspended: false,
        suspended_at: Time(0),
        removed: false,
        revision: 0,
        updated: T0,
    }
}

pub(crate) fn received(text: &str) -> Event {
    Event::Received {
        from: Person::default(),
        message: Box::new(Received {
            wamid: format!("wamid.{text}"),
            sent: T0,
            content: Content::Text { body: text.into() },
            context: Context::default(),
            referral: None,
            group: None,
            extra: serde_json::Value::Null,
        }),
    }
}

pub(crate) fn entry(place: Place, key: &str) -> JournalNew {
    let id = EventId::derive(place.channel.0, key);
    JournalNew {
        place,
        envelope: Envelope {
            id,
            at: T0,
            event: received(key),
        },
        dedupe: key.into(),
        delivery: None,
    }
}

pub(crate) fn message(n: u128, sent: Time, text: &str) -> MessageRow {
    MessageRow {
        id: MessageId(uuid(0x3000 + n)),
        provenance: Provenance::Customer,
        wamid: Some(format!("wamid.{n}")),
        content: MessageBody::In(Content::Text { body: text.into() }),
        context: Context::default(),
        referral: None,
        sent,
        received: sent,
        send: None,
        unread: true,
    }
}

pub(crate) fn reply(n: u128, epoch: u64) -> Send {
    Send {
        reply: ReplyId(uuid(0x4000 + n)),
        epoch,
        lane: Lane::Conversation,
        class: Class::Reply,
        to: Address {
            phone: Some("5511999990000".into()),
            bsuid: None,
        },
        what: Outgoing::text(format!("resposta {n}")),
        quotes: None,
        provenance: Provenance::System,
        not_before: T0,
        expires: T0 + Span::days(1),
    }
}

impl World {
    async fn seeded(kind: Kind, store: Store, url: String, folder: PathBuf) -> World {
        let place = place_of(0);
        let mut c = Commit::new();
        let workspace = WorkspaceRow {
            id: place.workspace,
            name: "Padaria".into(),
            settings: json!({}),
            created: T0,
        };
        c.put_workspace(&workspace)
            .put_channel(&channel_row(2, "100"), 0);
        let world = World {
            kind,
            store,
            url,
            folder,
            place,
            contact: ContactId(uuid(0x2000)),
        };
        world.ok(c).await;
        world.talk(0).await;
        world
    }

    /// Stores, and demands that it was stored.
    pub(crate) async fn ok(&self, commit: Commit) -> Committed {
        let done = self.store.commit(commit).await.unwrap();
        assert_eq!(done.refused, None);
        done
    }

    /// Another contact with a conversation.
    pub(crate) async fn talk(&self, n: u128) -> Place {
        let place = place_of(n);
        let contact = contact_row(n, &format!("Cliente {n}"));
        let alias = AliasRow {
            workspace: place.workspace,
            kind: "wa_id".into(),
            value: format!("551199999{n:04}"),
            contact: contact.id,
        };
        let mut c = Commit::new();
        c.add_contact(&contact).add_alias(&alias);
        c.add_conversation(&ConversationNew {
            place,
            contact: contact.id,
            at: T0,
        });
        self.ok(c).await;
        place
    }

    /// Stores a state over the expected version.
    pub(crate) async fn put(&self, place: &Place, state: &State, expected: u64) -> Committed {
        let mut c = Commit::new();
        c.put_conversation(&put_of(place, state), expected);
        self.store.commit(c).await.unwrap()
    }

    /// The time leases go by.
    pub(crate) async fn now(&self) -> Time {
        self.store.lease_time(T0).await.unwrap()
    }

    /// The lease of the channel, held by this node for an hour.
    pub(crate) async fn hold_channel(&self) -> LeaseRef {
        let name = channel_lease(self.place.channel);
        let lease = self
            .store
            .take_lease(&name, NODE, T0, Span::hours(1))
            .await
            .unwrap()
            .unwrap();
        LeaseRef {
            name,
            token: lease.token,
        }
    }

    /// A conversation with an open window and a pending reply that may go now.
    pub(crate) async fn pending(&self, n: u128) -> Claim {
        let place = self.talk(n).await;
        let now = self.now().await;
        let mut state = State {
            version: 1,
            epoch: 3,
            ..State::default()
        };
        state.window.service_until = Some(now + Span::days(36_500));
        let mut send = reply(n, 3);
        send.not_before = now - Span::secs(1);
        send.expires = now + Span::days(36_500);
        let mut row = message(n, now, "resposta");
        row.id = MessageId(send.reply.0);
        row.send = Some(SendState::Pending);
        row.wamid = None;
        let mut c = Commit::new();
        c.put_conversation(&put_of(&place, &state), 0);
        c.put_send(&place, &send).put_message(&place, 1, &row);
        self.ok(c).await;
        let lease = self.hold_channel().await;
        Claim {
            reply: send.reply,
            conversation: place.conversation,
            attempt: 1,
            at: now,
            deadline: now + Span::secs(20),
            node: NODE,
            window_margin: Span::secs(60),
            lease,
        }
    }
}

pub(crate) fn put_of<'a>(place: &Place, state: &'a State) -> ConversationPut<'a> {
    ConversationPut {
        conversation: place.conversation,
        state,
        last_message: None,
        unread: Unread::Keep,
        waiting: Waiting::Fine,
    }
}
