//! Two real apps on one PostgreSQL share the work: no second copy, the rate exact while a number moves.
//!
//! In: `PONTE_TEST_POSTGRES` (as `scripts/with-postgres` exports it), else a private server that this
//! test starts through that script. Never skipped: without PostgreSQL it fails and says so. Real time,
//! since the database has its own clock. Absent: one node's faults, which are in `faults_*`.

use crate::world::judge::{Excuses, judge};
use crate::world::{NUMBER, World};
use ponte::env::Env;
use ponte::graph::http::Client;
use ponte::intake::people::People;
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::ids::{ChannelId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::{Commit, Options, Refused, Store};
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use uuid::Uuid;

/// A PostgreSQL server; a private one ends with its standard input.
struct Server {
    url: String,
    _private: Option<(Child, Option<ChildStdin>)>,
}

fn server() -> Server {
    if let Ok(url) = std::env::var("PONTE_TEST_POSTGRES") {
        return Server {
            url,
            _private: None,
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
        "PostgreSQL is needed and never skipped: see the message above"
    );
    let stdin = child.stdin.take();
    Server {
        url: url.trim().to_owned(),
        _private: Some((child, stdin)),
    }
}

/// A fresh database on it.
async fn database(server: &Server, label: &str) -> String {
    let (client, way) = tokio_postgres::connect(&server.url, tokio_postgres::NoTls)
        .await
        .unwrap();
    tokio::spawn(way);
    let name = format!("two_nodes_{label}_{}", std::process::id());
    for sql in [
        format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        format!("CREATE DATABASE {name}"),
    ] {
        client.batch_execute(&sql).await.unwrap();
    }
    let (base, _) = server.url.rsplit_once('/').unwrap();
    format!("{base}/{name}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_apps_on_one_postgres_share_the_work_while_the_number_moves() {
    let server = server();
    let url = database(&server, "work").await;
    let mut stores = Vec::new();
    for _ in 0..2 {
        stores.push(Store::open(&url, Options::default()).await.unwrap());
    }
    let now = stores[0].lease_time(Time::ZERO).await.unwrap();
    let mut world = World::over(stores, now, 71, 2, |_| {}, |_| {}).await;
    let customers: Vec<_> = (0..40).map(|n| world.customer(n)).collect();
    for (n, customer) in customers.iter().enumerate() {
        world.says(*customer, if n % 2 == 0 { "partes" } else { "eco sim" });
        world.run(Span::millis(120)).await;
        if n % 13 == 12 {
            // Whoever owns the number gives it back in order; the other takes it.
            world.restart((n / 13) % 2).await;
        }
    }
    world.settle(Span::minutes(3)).await;
    for (n, customer) in customers.iter().enumerate() {
        let heard = world.heard(*customer);
        if n % 2 == 0 {
            assert_eq!(heard, ["um", "dois", "tres"]);
        } else {
            assert_eq!(heard, ["sim"]);
        }
    }
    let (most, refused) = world.shared.cloud(|cloud, _| {
        let ledger = cloud.ledger();
        let refused = ledger.refused_by_code().get(&130_429).copied();
        (ledger.max_in_any_second(NUMBER, false), refused)
    });
    assert!(most <= 20, "{most} in a second");
    // In real time the platform counts a customer's message before it has reached us; what it
    // refuses for that is waited out, and is rare.
    assert!(refused.unwrap_or(0) <= 10, "{refused:?}");
    judge(
        &world,
        Excuses {
            flood: true,
            refusals: true,
            ..Excuses::default()
        },
    )
    .await;
}

/// Brazilian numbers come with and without their ninth digit. Two nodes that have looked up one spelling
/// each, and found nobody, can't both make a contact.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_spellings_of_a_number_met_at_once_by_two_nodes_are_one_contact() {
    let server = server();
    let url = database(&server, "spellings").await;
    let (workspace, channel) = (
        WorkspaceId(Uuid::from_u128(1)),
        ChannelId(Uuid::from_u128(2)),
    );
    let clock = Arc::new(ponte::env::Clock::real());
    let env = Env::real(Arc::new(Client::new("http://127.0.0.1:9", clock).unwrap()));
    let at = env.clock.now();
    let spelled = |number: &str| Person {
        wa_id: Some(number.into()),
        ..Person::default()
    };
    let people = [spelled("5511987654321"), spelled("551187654321")];
    let mut stores = Vec::new();
    for _ in 0..2 {
        stores.push(Store::open(&url, Options::default()).await.unwrap());
    }
    let mut commits = Vec::new();
    for (store, person) in stores.iter().zip(&people) {
        let mut commit = Commit::new();
        People::default()
            .place(
                store,
                &env,
                &mut commit,
                at,
                (workspace, channel),
                (person, None),
            )
            .await
            .unwrap();
        commits.push(commit);
    }
    let (second, first) = (commits.pop().unwrap(), commits.pop().unwrap());
    let (first, second) = tokio::join!(stores[0].commit(first), stores[1].commit(second));
    let refused = [first.unwrap().refused, second.unwrap().refused];
    assert!(
        refused == [None, Some(Refused::Constraint)]
            || refused == [Some(Refused::Constraint), None],
        "one of them must look again: {refused:?}"
    );
    let mut places = Vec::new();
    for (store, person) in stores.iter().zip(&people) {
        let mut commit = Commit::new();
        let place = People::default()
            .place(
                store,
                &env,
                &mut commit,
                at,
                (workspace, channel),
                (person, None),
            )
            .await
            .unwrap();
        assert!(store.commit(commit).await.unwrap().stored());
        places.push(place);
    }
    assert_eq!(places[0], places[1]);
    let all = stores[0].contacts(workspace, "", None, 10).await.unwrap();
    assert_eq!(all.items.len(), 1);
}
