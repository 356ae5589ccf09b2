//! The demo as people meet it: the clock's buttons, a restart, the first page, what is open to whom.
//!
//! In: the running demo. Out: what the phones show and what the server answers. Absent: the page of the
//! phones (`tests/browser`). Next: `api_serve.rs`, which starts it.

use crate::api_serve::{Demo, start_in};
use crate::api_workspace::{Temp, temp};
use ponte::api::key::Scope;
use ponte::boot::welcome::Scene;
use ponte::cli::key::make;
use ponte::demo::{NUMBER, samples, world};
use ponte_core::time::Span;
use ponte_sim::{CustomerId, CustomerMessage, CustomerProfile, OwnerMessage};
use ponte_store::Commit;
use std::sync::Arc;
use std::time::Duration;

/// The demo with its clock following the world's.
async fn follow(data: Temp) -> (Demo, tokio::task::JoinHandle<()>) {
    let demo = start_in(data, Scene::Demo).await;
    let clock = Arc::clone(&demo.served.app.env.clock);
    let following = world::follow(Arc::clone(&demo.host), clock, demo.store.clone());
    let following = tokio::spawn(following);
    (demo, following)
}

fn somebody(demo: &Demo, name: &str, phone: &str) -> CustomerId {
    demo.host
        .with(|cloud, _| cloud.customer(CustomerProfile::new(name, phone)))
}

fn writes(demo: &Demo, who: CustomerId, text: &str) {
    demo.host.with(|cloud, now| {
        cloud.customer_sends(now, who, NUMBER, CustomerMessage::text(text));
    });
}

/// What Ponte has said on the customer's phone.
fn answers(demo: &Demo, who: CustomerId) -> Vec<String> {
    let lines = demo.host.with(|cloud, _| cloud.chat(NUMBER, who));
    let ours = lines.iter().filter(|line| line["from"] == "api");
    ours.map(|line| line["text"].as_str().unwrap().to_string())
        .collect()
}

async fn until_answers(demo: &Demo, who: CustomerId, count: usize, what: &str) {
    for _ in 0..600 {
        if answers(demo, who).len() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let lines = demo.host.with(|cloud, _| cloud.chat(NUMBER, who));
    panic!("never came: {what}; there is {lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_owner_a_day_passes_and_the_assistant_answers_again() {
    let (demo, following) = follow(temp("day")).await;
    let zeca = somebody(&demo, "Zeca", "5511977770001");
    writes(&demo, zeca, "Que horas vocês abrem?");
    until_answers(&demo, zeca, 1, "the first answer").await;
    demo.host.with(|cloud, now| {
        cloud.owner_sends(now, NUMBER, zeca, OwnerMessage::text("Oi, é a dona"));
    });
    demo.until("the owner has it", |rows| {
        crate::api_serve::owner(rows, "Zeca") == "person"
    })
    .await;
    writes(&demo, zeca, "Onde fica a padaria?");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(answers(&demo, zeca).len(), 1, "two voices");
    demo.host.stroll(Span::days(1).as_micros()).await;
    // What was asked in the pause was answered when it ended, inside its window.
    until_answers(&demo, zeca, 2, "the answer after the pause").await;
    writes(&demo, zeca, "Vocês aceitam Pix?");
    until_answers(&demo, zeca, 3, "the answer of the next day").await;
    let said = answers(&demo, zeca);
    assert!(
        said[1].contains("Rua da Ponte") && said[2].contains("Pix"),
        "{said:?}"
    );
    following.abort();
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_after_a_hand_off_that_nobody_took_the_customer_is_told_once() {
    let (demo, following) = follow(temp("ghost")).await;
    let hugo = somebody(&demo, "Hugo", "5511966660001");
    writes(&demo, hugo, "Quero falar com um atendente");
    until_answers(&demo, hugo, 1, "the hand-off").await;
    demo.host.stroll(Span::hours(1).as_micros()).await;
    until_answers(&demo, hugo, 2, "the notice").await;
    demo.host.stroll(Span::hours(1).as_micros()).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    let said = answers(&demo, hugo);
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].starts_with("Ainda não conseguimos"), "{said:?}");
    following.abort();
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_brings_conversations_back_and_goes_on_without_alerts() {
    let (demo, following) = follow(temp("again")).await;
    samples::begin(&demo.host, &demo.store).await.unwrap();
    demo.until("the samples are settled", |rows| {
        crate::api_serve::owner(rows, "Bruno Lima") == "queue"
            && rows
                .iter()
                .any(|row| row.name == "Ana Souza" && row.preview.contains("6h"))
    })
    .await;
    // Decided is not sent: a send that is under way when an hour passes has expired.
    for phone in ["5511988880001", "5511988880002"] {
        let who = demo.host.with(|cloud, _| cloud.find_customer(phone));
        until_answers(&demo, who.unwrap(), 1, "a sample's answer").await;
    }
    demo.host.stroll(Span::hours(1).as_micros()).await;
    demo.until("Bruno was told", |rows| {
        rows.iter()
            .any(|row| row.name == "Bruno Lima" && row.preview.starts_with("Ainda não"))
    })
    .await;
    let before = demo.host.now();
    let alerts = demo.rows().await.iter().map(|row| row.alerts).sum::<u32>();
    following.abort();
    let _ended = following.await;
    let data = demo.stop().await;

    let (demo, following) = follow(data).await;
    assert!(demo.host.now() >= before, "time went back");
    samples::begin(&demo.host, &demo.store).await.unwrap();
    let people = demo.host.with(|cloud, _| cloud.customers().len());
    assert_eq!(people, 3, "nobody is there twice");
    let ana = demo
        .host
        .with(|cloud, _| cloud.find_customer("5511988880001"))
        .unwrap();
    assert_eq!(
        answers(&demo, ana).len(),
        1,
        "her old answer is on her phone"
    );
    writes(&demo, ana, "Vocês aceitam Pix?");
    until_answers(&demo, ana, 2, "the answer in the new world").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let rows = demo.rows().await;
    assert_eq!(rows.len(), 3);
    let now = rows.iter().map(|row| row.alerts).sum::<u32>();
    assert_eq!(now, alerts, "the restart made alerts");
    following.abort();
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_teaches_the_next_step_in_the_readers_language() {
    let demo = start_in(temp("first"), Scene::Demo).await;
    let (status, page) = demo.get_with("/", &[("accept-language", "pt-BR")]).await;
    assert_eq!(status, 200);
    assert!(page.contains("lang=\"pt-BR\"") && page.contains("href=\"/simulator/\""));
    let links = page.split(['"']).filter(|part| part.starts_with('/'));
    for path in links.filter(|path| !path.starts_with("/simulator") && *path != "/readyz") {
        assert_eq!(demo.get(path).await.0, 200, "{path}");
    }
    let (_, page) = demo.get("/").await;
    assert!(page.contains("lang=\"en\"") && page.contains("Never two voices"));
    drop(demo.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_for_this_machine_the_demo_and_keys_that_may_read() {
    let demo = start_in(temp("counts"), Scene::Production).await;
    assert_eq!(demo.get("/metrics").await.0, 200, "from this machine");
    let proxied = ("x-forwarded-for", "203.0.113.9");
    assert_eq!(demo.get_with("/metrics", &[proxied]).await.0, 401);
    assert_eq!(demo.get_with("/healthz", &[proxied]).await.0, 200);
    for (scopes, status) in [(&[Scope::Read][..], 200), (&[Scope::Write][..], 403)] {
        let app = &demo.served.app;
        let (workspace, now) = (
            demo.store.workspaces().await.unwrap()[0].id,
            app.env.clock.now(),
        );
        let (row, key) = make(&app.env.ids, workspace, "scraper", scopes, now, None).unwrap();
        let mut commit = Commit::new();
        commit.add_api_key(&row);
        assert!(demo.store.commit(commit).await.unwrap().stored());
        let bearer = format!("Bearer {key}");
        let headers = [proxied, ("authorization", bearer.as_str())];
        assert_eq!(demo.get_with("/metrics", &headers).await.0, status);
    }
    drop(demo.stop().await);
    let demo = start_in(temp("counts"), Scene::Demo).await;
    assert_eq!(
        demo.get_with("/metrics", &[proxied]).await.0,
        200,
        "the demo"
    );
    drop(demo.stop().await);
}
