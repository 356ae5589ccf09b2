//! One crawl: from the start address to the last page that may be visited.
//!
//! In: a source with its start address and limits, and a job. Out: documents; what was not found twice in
//! a row is taken away. A crawl that was interrupted goes on near where it was. Where robots.txt can't
//! be read nothing is visited. A crawl that a limit cut short takes nothing away. Next: `frontier.rs`.

use super::address::{canonical, path, same_host};
use super::fetch::{Fetched, Page, Visit};
use super::frontier::Frontier;
use super::links::{self, Told};
use super::robots::{self, Robots};
use super::sitemap;
use crate::both;
use crate::knowledge::import::Incoming;
use crate::knowledge::jobs::{Desk, End, facts};
use crate::knowledge::progress::Became;
use crate::knowledge::reading;
use crate::knowledge::settings::{CrawlSettings, SourceSettings};
use crate::knowledge::trouble::Trouble;
use ponte_core::time::{Span, Time};
use ponte_store::rows::knowledge::{JobState, KnowledgeDocument, SourceRow};
use ponte_store::{Commit, LIST_MAX};
use serde_json::{Value, json};

/// Bytes of one page.
const PAGE_MOST: usize = 4 << 20;
/// Sitemaps that are read.
const MAPS_MOST: usize = 10;
/// The place is kept each so many pages: it can be large, and visiting some twice does no harm.
const KEEP_EVERY: u32 = 10;
/// Visits in a row that must find a page gone.
const MISSES: u32 = 2;

/// Visits a site.
pub(crate) async fn crawl(desk: &mut Desk<'_>, source: &SourceRow) -> Result<JobState, End> {
    let settings = SourceSettings::of(source);
    let start = settings.address.as_deref().and_then(canonical);
    let Some(start) = start else {
        desk.progress.ended = Some(Trouble::new(
            "no_address",
            both!(
                "A fonte não tem um endereço válido. Ponha o endereço do site, com https://.",
                "The source has no valid address. Put the site's address, with https://."
            ),
        ));
        return Ok(JobState::Failed);
    };
    let Some(robots) = rules(desk, &start).await else {
        desk.progress.ended = Some(Trouble::new(
            "robots",
            both!(
                "O robots.txt do site não pôde ser lido, por isso nada foi visitado. Confira o endereço e tente mais tarde.",
                "The site's robots.txt could not be read, so nothing was visited. Check the address and try later."
            ),
        ));
        return Ok(JobState::Failed);
    };
    let pause = settings.crawl.delay_ms.max(robots.pause_ms.unwrap_or(0));
    let mut crawl = Crawl {
        start,
        robots,
        limits: settings.crawl,
        pause: Span::millis(i64::from(pause)),
        frontier: Frontier::default(),
    };
    let kept = desk.job.place.take();
    match kept.and_then(|place| serde_json::from_value(place).ok()) {
        Some(frontier) => crawl.frontier = frontier,
        None => crawl.seed(desk, source).await?,
    }
    crawl.visit_all(desk).await
}

/// The site's rules; none where it can't be told whether there are any.
async fn rules(desk: &Desk<'_>, start: &str) -> Option<Robots> {
    let origin = super::address::origin(start)?;
    let visit = Visit {
        url: format!("{origin}/robots.txt"),
        limit_bytes: robots::BYTES_MOST,
        ..Visit::default()
    };
    match (desk.knowledge.fetch)(visit).await {
        Fetched::Answered(page) if page.status == 200 => {
            Some(Robots::read(&String::from_utf8_lossy(&page.body)))
        }
        Fetched::Answered(page) if (400..500).contains(&page.status) => Some(Robots::default()),
        Fetched::Answered(_) | Fetched::Refused | Fetched::Failed => None,
    }
}

struct Crawl {
    start: String,
    robots: Robots,
    limits: CrawlSettings,
    pause: Span,
    frontier: Frontier,
}

impl Crawl {
    /// The start, what sitemaps name, and what was there last time.
    async fn seed(&mut self, desk: &mut Desk<'_>, source: &SourceRow) -> Result<(), End> {
        self.frontier.began = desk.knowledge.clock.now().micros();
        let start = self.start.clone();
        self.found(&start, 0);
        let mut maps = self.robots.sitemaps.clone();
        if let Some(origin) = super::address::origin(&self.start) {
            maps.push(format!("{origin}/sitemap.xml"));
        }
        let mut read = 0;
        while let Some(url) = maps.pop().and_then(|url| canonical(&url)) {
            if read >= MAPS_MOST {
                break;
            }
            if !same_host(&self.start, &url) || !self.robots.allows(path(&url)) {
                continue;
            }
            read += 1;
            let visit = Visit {
                url,
                limit_bytes: PAGE_MOST,
                ..Visit::default()
            };
            if let Fetched::Answered(page) = (desk.knowledge.fetch)(visit).await
                && page.status == 200
            {
                let map = sitemap::read(&String::from_utf8_lossy(&page.body));
                maps.extend(map.maps);
                for url in map.pages.iter().filter_map(|url| canonical(url)) {
                    self.found(&url, 1);
                }
            }
        }
        let mut after = None;
        loop {
            let store = &desk.knowledge.store;
            let page = store
                .knowledge_documents(source.workspace, source.id, false, after, LIST_MAX)
                .await?;
            for document in &page.items {
                self.found(&document.key, 1);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    fn found(&mut self, url: &str, depth: u32) {
        self.frontier
            .found(url, depth, &self.start, &self.robots, &self.limits);
    }

    async fn visit_all(&mut self, desk: &mut Desk<'_>) -> Result<JobState, End> {
        let began = Time(self.frontier.began);
        let until = began + Span::secs(i64::from(self.limits.seconds));
        while let Some((url, depth)) = self.frontier.next(&self.limits) {
            if desk.knowledge.clock.now() >= until {
                self.frontier.cut = true;
                break;
            }
            self.visit(desk, &url, depth).await?;
            desk.progress.total =
                desk.progress.done + u32::try_from(self.frontier.waiting()).unwrap_or(u32::MAX);
            let place = (self.frontier.pages % KEEP_EVERY == 0)
                .then(|| serde_json::to_value(&self.frontier).unwrap_or_default());
            desk.note(place.as_ref()).await?;
            desk.knowledge.clock.sleep(self.pause).await;
        }
        if self.frontier.cut {
            desk.progress.ended = Some(Trouble::new(
                "cut",
                both!(
                    "O site é maior que os limites; o resto ficou de fora e nada foi retirado. Aumente os limites da fonte se precisar.",
                    "The site is larger than the limits; the rest was left out and nothing was removed. Raise the source's limits if needed."
                ),
            ));
        } else {
            self.sweep(desk, began).await?;
        }
        desk.progress.total = desk.progress.done;
        Ok(JobState::Done)
    }

    /// One page.
    async fn visit(&mut self, desk: &mut Desk<'_>, url: &str, depth: u32) -> Result<(), End> {
        self.frontier.pages += 1;
        let (workspace, source) = (desk.job.workspace, desk.job.source);
        let store = &desk.knowledge.store;
        let known = store.knowledge_by_key(workspace, source, url).await?;
        let known = known.filter(|known| known.deleted.is_none());
        let mark = |name: &str| {
            let facts = &known.as_ref()?.facts;
            facts.get(name)?.as_str().map(str::to_owned)
        };
        let visit = Visit {
            url: url.to_owned(),
            etag: mark("etag"),
            modified: mark("modified"),
            limit_bytes: PAGE_MOST,
        };
        let page = match (desk.knowledge.fetch)(visit).await {
            Fetched::Answered(page) => page,
            Fetched::Refused | Fetched::Failed => {
                self.frontier.spared.insert(url.to_owned());
                desk.progress.aside(url, unreachable());
                return Ok(());
            }
        };
        self.frontier.bytes += page.body.len() as u64;
        match (page.status, known) {
            (304, Some(known)) => self.same(desk, &known, depth).await,
            (200, _) => self.page(desk, url, page, depth).await,
            (404 | 410, _) => Ok(()),
            (_, _) => {
                self.frontier.spared.insert(url.to_owned());
                desk.progress.aside(url, unreachable());
                Ok(())
            }
        }
    }

    /// The page is as it was.
    async fn same(
        &mut self,
        desk: &mut Desk<'_>,
        known: &KnowledgeDocument,
        depth: u32,
    ) -> Result<(), End> {
        let links = known.facts.get("links").and_then(Value::as_array);
        for link in links.into_iter().flatten().filter_map(Value::as_str) {
            self.found(link, depth + 1);
        }
        let row = KnowledgeDocument {
            misses: 0,
            checked: desk.knowledge.clock.now(),
            ..known.clone()
        };
        let mut commit = Commit::new();
        commit.under_job(desk.job.id, desk.knowledge.node);
        commit.put_knowledge(&row, Some(known.version));
        desk.knowledge.store.commit(commit).await?;
        desk.progress.count(Became::Unchanged);
        Ok(())
    }

    /// A page came: its text is kept, its links are followed.
    async fn page(
        &mut self,
        desk: &mut Desk<'_>,
        asked: &str,
        page: Page,
        depth: u32,
    ) -> Result<(), End> {
        let Some(at) = canonical(&page.url).filter(|at| same_host(&self.start, at)) else {
            return Ok(());
        };
        // Another address led here, and this one was or will be visited by itself.
        if at != asked && !self.frontier.visited(&at) {
            return Ok(());
        }
        let html = page.media.is_empty() || page.media.contains("html");
        let told = if html {
            links::read(&String::from_utf8_lossy(&page.body), &at)
        } else {
            Told::default()
        };
        if !told.nofollow {
            for link in &told.links {
                self.found(link, depth + 1);
            }
        }
        let own = told.canonical.clone().unwrap_or_else(|| at.clone());
        let elsewhere = own != at && same_host(&self.start, &own);
        if elsewhere {
            self.found(&own, depth);
        }
        if told.noindex || page.hidden || elsewhere {
            return Ok(());
        }
        self.keep(desk, at, page, told).await
    }

    async fn keep(
        &self,
        desk: &mut Desk<'_>,
        at: String,
        page: Page,
        told: Told,
    ) -> Result<(), End> {
        let media = if page.media.is_empty() {
            "text/html".to_owned()
        } else {
            page.media
        };
        let name = path(&at).split('?').next().unwrap_or("").to_owned();
        let document = match reading::read(
            desk.knowledge.reader.as_ref(),
            page.body.to_vec(),
            &name,
            &media,
        )
        .await
        {
            Ok(document) => document,
            Err(trouble) => {
                desk.progress.aside(&at, trouble);
                return Ok(());
            }
        };
        let mut facts = facts(&document);
        facts["etag"] = json!(page.etag);
        facts["modified"] = json!(page.modified);
        facts["links"] = json!(told.links);
        let incoming = Incoming {
            workspace: desk.job.workspace,
            source: desk.job.source,
            key: at,
            title: None,
            media,
            // A page is a visit away: only its text is kept.
            original: Vec::new(),
            document,
            facts,
        };
        desk.put(incoming, None).await
    }

    /// What was not found this time counts a miss, and goes with the second.
    async fn sweep(&self, desk: &mut Desk<'_>, began: Time) -> Result<(), End> {
        let (workspace, source) = (desk.job.workspace, desk.job.source);
        let mut after = None;
        loop {
            let store = &desk.knowledge.store;
            let page = store
                .knowledge_documents(workspace, source, false, after, LIST_MAX)
                .await?;
            let now = desk.knowledge.clock.now();
            let mut commit = Commit::new();
            commit.under_job(desk.job.id, desk.knowledge.node);
            let mut gone = 0_u32;
            for row in page.items.iter().filter(|row| row.checked < began) {
                if self.frontier.spared.contains(&row.key) {
                    continue;
                }
                if row.misses + 1 >= MISSES {
                    commit.delete_knowledge(workspace, row.id, now);
                    gone += 1;
                    continue;
                }
                let missed = KnowledgeDocument {
                    misses: row.misses + 1,
                    ..row.clone()
                };
                commit.put_knowledge(&missed, Some(row.version));
            }
            if let Some(refused) = store.commit(commit).await?.refused {
                tracing::info!(
                    ?refused,
                    "pages that are gone are looked at again next time"
                );
                gone = 0;
            }
            for _ in 0..gone {
                desk.progress.count(Became::Removed);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

fn unreachable() -> Trouble {
    Trouble::new(
        "unreachable",
        both!(
            "A página não respondeu. Ela fica como estava; visite de novo mais tarde.",
            "The page did not answer. It stays as it was; visit it again later."
        ),
    )
}
