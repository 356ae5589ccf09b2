//! Crawls of small sites: what is visited, kept, passed over, noticed as gone, and never asked.
//!
//! In: sites as tables of pages, and one real server on loopback behind the guarded client. Out: documents
//! and reports. Absent: the parsers' corners, which stand beside them.

use crate::api_kit::{Kit, id, kit};
use axum::http::{HeaderMap, StatusCode};
use ponte::egress::{Allow, Egress};
use ponte::knowledge::Knowledge;
use ponte::knowledge::crawl::fetch::{self, Fetched, Fetcher, Page, Visit};
use ponte::knowledge::faq::new_source;
use ponte::knowledge::progress::Progress;
use ponte_store::Commit;
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState, SourceKind};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// A site as a table; every visit is noted.
#[derive(Clone, Default)]
struct Site {
    pages: Arc<Mutex<BTreeMap<String, (u16, String)>>>,
    visits: Arc<Mutex<Vec<String>>>,
}

impl Site {
    fn put(&self, path: &str, status: u16, body: &str) {
        let url = format!("https://loja.example{path}");
        self.pages
            .lock()
            .unwrap()
            .insert(url, (status, body.to_owned()));
    }

    fn fetcher(&self) -> Fetcher {
        let site = self.clone();
        Arc::new(move |visit| {
            let fetched = site.answer(&visit);
            Box::pin(std::future::ready(fetched))
        })
    }

    fn answer(&self, visit: &Visit) -> Fetched {
        self.visits.lock().unwrap().push(visit.url.clone());
        let pages = self.pages.lock().unwrap();
        let Some((status, body)) = pages.get(&visit.url).cloned() else {
            return Fetched::Answered(Page {
                status: 404,
                url: visit.url.clone(),
                ..Page::default()
            });
        };
        let etag = format!("\"{}\"", body.len());
        let known = visit.etag.as_ref() == Some(&etag);
        Fetched::Answered(Page {
            status: if known && status == 200 { 304 } else { status },
            url: visit.url.clone(),
            media: "text/html; charset=utf-8".into(),
            etag: Some(etag),
            modified: None,
            hidden: false,
            body: if known {
                Vec::new().into()
            } else {
                body.into_bytes().into()
            },
        })
    }

    fn visited(&self) -> Vec<String> {
        let visits = std::mem::take(&mut *self.visits.lock().unwrap());
        let host = "https://loja.example";
        visits
            .iter()
            .map(|url| url.trim_start_matches(host).to_owned())
            .collect()
    }
}

fn page(title: &str, text: &str, links: &[&str]) -> String {
    let links: String = links
        .iter()
        .map(|link| format!("<a href='{link}'>x</a>"))
        .collect();
    format!(
        "<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p>{links}</main></body></html>"
    )
}

struct World {
    kit: Kit,
    knowledge: Knowledge,
}

impl World {
    async fn new(fetch: Fetcher, start: &str) -> World {
        let kit = kit().await;
        let env = &kit.app.env;
        let (clock, ids) = (Arc::clone(&env.clock), Arc::clone(&env.ids));
        let knowledge = Knowledge::new(kit.store.clone(), clock, ids, id(9), fetch);
        while knowledge.work_once().await.unwrap() {}
        let now = env.clock.now();
        let mut source = new_source(id(500), kit.home.workspace, SourceKind::Site, "Site", now);
        source.settings =
            json!({"address": start, "crawl": {"delay_ms": 200, "pages": 20, "depth": 3}});
        let mut commit = Commit::new();
        commit.put_source(&source, 0);
        assert!(kit.store.commit(commit).await.unwrap().stored());
        World { kit, knowledge }
    }

    /// One crawl; how it went.
    async fn crawl(&self, n: u128) -> (JobState, Progress) {
        let now = self.kit.app.env.clock.now();
        let mut commit = Commit::new();
        commit.add_knowledge_job(&JobRow {
            id: id(600 + n),
            workspace: self.kit.home.workspace,
            source: id(500),
            kind: JobKind::Crawl,
            state: JobState::Waiting,
            name: "Site".into(),
            media: String::new(),
            bytes: None,
            progress: Progress::default().value(),
            place: None,
            cancel: false,
            attempts: 0,
            created: now,
            updated: now,
        });
        assert!(self.kit.store.commit(commit).await.unwrap().stored());
        assert!(self.knowledge.work_once().await.unwrap());
        let workspace = self.kit.home.workspace;
        let row = self.kit.store.knowledge_job(workspace, id(600 + n)).await;
        let row = row.unwrap().unwrap();
        (row.state, Progress::of(&row.progress))
    }

    async fn keys(&self) -> Vec<String> {
        let workspace = self.kit.home.workspace;
        let page = self
            .kit
            .store
            .knowledge_documents(workspace, id(500), false, None, 100)
            .await
            .unwrap();
        let mut keys: Vec<String> = page.items.into_iter().map(|row| row.key).collect();
        keys.sort();
        keys
    }
}

#[tokio::test]
async fn a_site_is_visited_once_politely_and_again_only_for_what_changed() {
    let site = Site::default();
    site.put("/robots.txt", 200, "User-agent: *\nDisallow: /painel\n");
    site.put(
        "/sitemap.xml",
        200,
        "<urlset><url><loc>https://loja.example/solta</loc></url></urlset>",
    );
    let links = [
        "/entrega",
        "/painel/x",
        "https://outra.example/",
        "/foto.png",
        "/entrega#topo",
    ];
    site.put("/", 200, &page("Loja", "Vendemos bolos.", &links));
    site.put(
        "/entrega",
        200,
        &page("Entrega", "Entregamos até as 18h.", &["/"]),
    );
    site.put("/solta", 200, &page("Solta", "Só no mapa do site.", &[]));
    let world = World::new(site.fetcher(), "https://loja.example").await;
    let (state, progress) = world.crawl(1).await;
    assert_eq!((state, progress.added), (JobState::Done, 3), "{progress:?}");
    assert_eq!(
        site.visited(),
        ["/robots.txt", "/sitemap.xml", "/", "/solta", "/entrega"]
    );
    let (_, progress) = world.crawl(2).await;
    assert_eq!(
        (progress.unchanged, progress.changed),
        (3, 0),
        "{progress:?}"
    );

    site.put(
        "/entrega",
        200,
        &page("Entrega", "Entregamos até as 22 horas.", &["/nova"]),
    );
    site.put("/nova", 200, &page("Nova", "Página nova.", &[]));
    site.put("/solta", 404, "");
    let (_, progress) = world.crawl(3).await;
    assert_eq!(
        (progress.changed, progress.added, progress.removed),
        (1, 1, 0),
        "{progress:?}"
    );
    assert!(
        world
            .keys()
            .await
            .contains(&"https://loja.example/solta".into()),
        "one miss"
    );
    let (_, progress) = world.crawl(4).await;
    assert_eq!(progress.removed, 1, "two misses");
    assert_eq!(
        world.keys().await,
        [
            "https://loja.example/",
            "https://loja.example/entrega",
            "https://loja.example/nova"
        ]
    );
}

#[tokio::test]
async fn pages_that_fail_are_spared_and_a_cut_crawl_takes_nothing_away() {
    let site = Site::default();
    let links: Vec<String> = (0..6).map(|n| format!("/p{n}")).collect();
    let links: Vec<&str> = links.iter().map(String::as_str).collect();
    site.put("/", 200, &page("Loja", "Bolos.", &links));
    for n in 0..6 {
        site.put(
            &format!("/p{n}"),
            200,
            &page(&format!("P{n}"), "Um texto.", &[]),
        );
    }
    let world = World::new(site.fetcher(), "https://loja.example/").await;
    let (_, progress) = world.crawl(1).await;
    assert_eq!(progress.added, 7, "{progress:?}");
    site.put("/p1", 500, "");
    for n in 2..4 {
        let (state, progress) = world.crawl(n).await;
        assert_eq!(
            (state, progress.removed, progress.set_aside),
            (JobState::Done, 0, 1)
        );
        assert!(progress.troubles[0].what.ends_with("/p1"));
    }
    // A limit that is reached: what was not visited is not gone.
    let workspace = world.kit.home.workspace;
    let mut row = world
        .kit
        .store
        .source(workspace, id(500))
        .await
        .unwrap()
        .unwrap();
    row.settings["crawl"]["pages"] = json!(2);
    let mut commit = Commit::new();
    commit.put_source(&row, row.revision);
    assert!(world.kit.store.commit(commit).await.unwrap().stored());
    for n in 4..7 {
        let (_, progress) = world.crawl(n).await;
        assert_eq!(progress.ended.unwrap().code, "cut");
    }
    assert_eq!(world.keys().await.len(), 7);
}

#[tokio::test]
async fn without_rules_that_can_be_read_nothing_is_visited() {
    let site = Site::default();
    site.put("/robots.txt", 503, "");
    site.put("/", 200, &page("Loja", "Bolos.", &[]));
    let world = World::new(site.fetcher(), "https://loja.example/").await;
    let (state, progress) = world.crawl(1).await;
    assert_eq!(
        (state, progress.ended.unwrap().code.as_str()),
        (JobState::Failed, "robots")
    );
    assert_eq!(site.visited(), ["/robots.txt"]);
}

/// The same over a socket, through the client that judges addresses.
#[tokio::test]
async fn a_real_server_is_visited_only_where_the_operator_allows_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = axum::Router::new()
        .route(
            "/",
            axum::routing::get(|headers: HeaderMap| async move {
                if headers.contains_key("if-none-match") {
                    return (
                        StatusCode::NOT_MODIFIED,
                        [("etag", "\"1\""), ("content-type", "text/html")],
                        String::new(),
                    );
                }
                let body = page("Loja", "Aberta até as 22h.", &["/sobre"]);
                (
                    StatusCode::OK,
                    [("etag", "\"1\""), ("content-type", "text/html")],
                    body,
                )
            }),
        )
        .route(
            "/sobre",
            axum::routing::get(|| async {
                (
                    [("content-type", "text/html")],
                    page("Sobre", "Desde 1998.", &[]),
                )
            }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let start = format!("http://{at}/");
    let kit = kit().await;
    let clock = Arc::clone(&kit.app.env.clock);
    let closed = Egress::new(Arc::clone(&clock), Allow::default());
    let world = World::new(fetch::outside(closed), &start).await;
    let (state, _) = world.crawl(1).await;
    assert_eq!(state, JobState::Failed, "nothing inside the house is asked");
    let open = Egress::new(clock, Allow::parse(&at.to_string()).unwrap());
    let world = World::new(fetch::outside(open), &start).await;
    let (state, progress) = world.crawl(1).await;
    assert_eq!((state, progress.added), (JobState::Done, 2), "{progress:?}");
    let (_, progress) = world.crawl(2).await;
    assert_eq!(progress.unchanged, 2, "{progress:?}");
}
