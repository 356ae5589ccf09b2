//! What a crawl still has to visit, as a value that can be kept and taken up again.
//!
//! In: addresses as they are found, with how deep they stand. Out: the next one, nearest first, each
//! once, until a limit is reached. Absent: the wire and the clock. Next: `run.rs`.

use super::address::{may_be_text, same_host};
use super::robots::Robots;
use crate::knowledge::settings::CrawlSettings;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Addresses remembered for each page that may be visited.
const KNOWN_PER_PAGE: usize = 4;

/// Where a crawl stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Frontier {
    queue: BTreeMap<u32, VecDeque<String>>,
    seen: BTreeSet<String>,
    /// Pages that could not be had this time: they are not gone.
    pub spared: BTreeSet<String>,
    pub pages: u32,
    pub bytes: u64,
    /// When the crawl began, in microseconds.
    pub began: i64,
    /// Something was left out because a limit was reached.
    pub cut: bool,
}

impl Frontier {
    /// An address was found, so many links from the start.
    pub fn found(
        &mut self,
        url: &str,
        depth: u32,
        start: &str,
        robots: &Robots,
        limits: &CrawlSettings,
    ) {
        let ours = same_host(start, url) && may_be_text(url);
        if !ours || self.seen.contains(url) || !robots.allows(super::address::path(url)) {
            return;
        }
        let most = (limits.pages as usize).saturating_mul(KNOWN_PER_PAGE);
        if depth > limits.depth || self.seen.len() >= most {
            self.cut = true;
            return;
        }
        self.seen.insert(url.to_owned());
        self.queue
            .entry(depth)
            .or_default()
            .push_back(url.to_owned());
    }

    /// The next to visit, with its depth; none: all was visited, or a limit is reached.
    pub fn next(&mut self, limits: &CrawlSettings) -> Option<(String, u32)> {
        if self.pages >= limits.pages || self.bytes >= limits.total_bytes {
            self.cut |= !self.queue.is_empty();
            return None;
        }
        let mut nearest = self.queue.first_entry()?;
        let depth = *nearest.key();
        let url = nearest.get_mut().pop_front();
        if nearest.get().is_empty() {
            nearest.remove();
        }
        url.map(|url| (url, depth))
    }

    /// This address counts as visited: another led to it.
    pub fn visited(&mut self, url: &str) -> bool {
        self.seen.insert(url.to_owned())
    }

    /// Waiting.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.values().map(VecDeque::len).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: &str = "https://a.example/";

    fn limits() -> CrawlSettings {
        CrawlSettings {
            depth: 2,
            pages: 3,
            ..CrawlSettings::default()
        }
    }

    #[test]
    fn the_nearest_come_first_and_each_once() {
        let (mut frontier, robots) = (Frontier::default(), Robots::default());
        for (url, depth) in [
            ("https://a.example/fundo", 2),
            ("https://a.example/", 0),
            ("https://a.example/", 1),
            ("https://a.example/um", 1),
            ("https://b.example/", 0),
            ("https://a.example/foto.png", 0),
        ] {
            frontier.found(url, depth, START, &robots, &limits());
        }
        let kept = serde_json::to_string(&frontier).unwrap();
        let mut frontier: Frontier = serde_json::from_str(&kept).unwrap();
        let mut order = Vec::new();
        while let Some((url, depth)) = frontier.next(&limits()) {
            order.push((url.trim_start_matches(START).to_owned(), depth));
        }
        assert_eq!(
            order,
            [("".into(), 0), ("um".into(), 1), ("fundo".into(), 2)]
        );
        assert!(!frontier.cut);
    }

    #[test]
    fn limits_cut_and_say_so() {
        let (mut frontier, robots) = (Frontier::default(), Robots::default());
        frontier.found("https://a.example/x", 3, START, &robots, &limits());
        assert!(
            frontier.cut && frontier.next(&limits()).is_none(),
            "too deep"
        );
        let mut frontier = Frontier::default();
        for n in 0..100 {
            frontier.found(&format!("{START}{n}"), 1, START, &robots, &limits());
        }
        assert_eq!(frontier.waiting(), 3 * KNOWN_PER_PAGE);
        assert!(frontier.cut);
        frontier.pages = 3;
        assert_eq!(frontier.next(&limits()), None);
        (frontier.pages, frontier.bytes) = (0, limits().total_bytes);
        assert_eq!(frontier.next(&limits()), None);
    }

    #[test]
    fn what_the_site_forbids_is_not_kept() {
        let robots = Robots::read("user-agent: *\ndisallow: /painel\n");
        let mut frontier = Frontier::default();
        frontier.found("https://a.example/painel/x", 0, START, &robots, &limits());
        assert_eq!(frontier.waiting(), 0);
    }
}
