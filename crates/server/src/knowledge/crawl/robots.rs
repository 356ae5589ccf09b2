//! What a site's robots.txt says about us.
//!
//! In: the file's text and the name we go by. Out: whether a path may be visited, the pause the site
//! asks for, its sitemaps. The longest rule that fits decides, and of two as long the one that allows
//! (RFC 9309). Absent: guessing what a broken line meant; it is passed over.

/// The name we go by.
pub const AGENT: &str = "pontebot";
/// Bytes of the file that count, as the standard demands at least.
pub const BYTES_MOST: usize = 500 * 1024;
const RULES_MOST: usize = 5_000;
const SITEMAPS_MOST: usize = 20;
/// A site that wants more than this between two pages doesn't want to be read.
pub const PAUSE_MOST_MS: u32 = 60_000;

/// The rules that are for us.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Robots {
    rules: Vec<(bool, String)>,
    pub pause_ms: Option<u32>,
    pub sitemaps: Vec<String>,
}

#[derive(Default)]
struct Group {
    agents: Vec<String>,
    rules: Vec<(bool, String)>,
    pause_ms: Option<u32>,
    ruled: bool,
}

impl Robots {
    /// Reads the file: the groups for us, or else those for everybody.
    #[must_use]
    pub fn read(text: &str) -> Robots {
        let mut groups: Vec<Group> = Vec::new();
        let mut sitemaps = Vec::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or("");
            let Some((key, value)) = line.split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim());
            if key == "sitemap" {
                if sitemaps.len() < SITEMAPS_MOST {
                    sitemaps.push(value.to_owned());
                }
                continue;
            }
            if key == "user-agent" {
                if groups.last().is_none_or(|group| group.ruled) {
                    groups.push(Group::default());
                }
                if let Some(group) = groups.last_mut() {
                    group.agents.push(value.to_ascii_lowercase());
                }
                continue;
            }
            if let Some(group) = groups.last_mut() {
                group.rule(&key, value);
            }
        }
        let named = |group: &&Group| group.agents.iter().any(|agent| agent == AGENT);
        let all = |group: &&Group| group.agents.iter().any(|agent| agent == "*");
        let ours: Vec<&Group> = match groups.iter().filter(named).collect::<Vec<_>>() {
            named if named.is_empty() => groups.iter().filter(all).collect(),
            named => named,
        };
        let rules = ours.iter().flat_map(|group| group.rules.iter().cloned());
        Robots {
            rules: rules.take(RULES_MOST).collect(),
            pause_ms: ours.iter().filter_map(|group| group.pause_ms).max(),
            sitemaps,
        }
    }

    /// Whether a path with its query may be visited.
    #[must_use]
    pub fn allows(&self, path: &str) -> bool {
        let fits = self.rules.iter().filter(|(_, rule)| fits(rule, path));
        let best = fits.max_by_key(|(allow, rule)| (rule.len(), *allow));
        best.is_none_or(|(allow, _)| *allow)
    }
}

impl Group {
    fn rule(&mut self, key: &str, value: &str) {
        match key {
            // An empty rule forbids nothing.
            "allow" | "disallow" if !value.is_empty() => {
                self.rules.push((key == "allow", value.to_owned()));
            }
            "crawl-delay" => {
                let seconds = value
                    .parse::<f64>()
                    .ok()
                    .filter(|s| s.is_finite() && *s >= 0.0);
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "between zero and a minute"
                )]
                let pause = seconds.map(|s| (s * 1_000.0).min(f64::from(PAUSE_MOST_MS)) as u32);
                self.pause_ms = pause.or(self.pause_ms);
            }
            _ => {}
        }
        self.ruled = true;
    }
}

/// Whether a rule with `*` and a closing `$` fits the beginning of a path.
fn fits(rule: &str, path: &str) -> bool {
    let (rule, to_the_end) = match rule.strip_suffix('$') {
        Some(rule) => (rule, true),
        None => (rule, false),
    };
    let mut parts = rule.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    for (n, part) in parts.iter().enumerate() {
        if to_the_end && n + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    !to_the_end || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_decides() {
        let robots = Robots::read(
            "User-agent: *\nDisallow: /painel\nAllow: /painel/publico # aqui sim\nDisallow: /*.pdf$\nDisallow:\nCrawl-delay: 2.5\nSitemap: https://a.example/sitemap.xml\n",
        );
        for (path, want) in [
            ("/", true),
            ("/painel", false),
            ("/painel/x", false),
            ("/painel/publico/y", true),
            ("/manual.pdf", false),
            ("/manual.pdf?x", true),
        ] {
            assert_eq!(robots.allows(path), want, "{path}");
        }
        assert_eq!(robots.pause_ms, Some(2_500));
        assert_eq!(robots.sitemaps, ["https://a.example/sitemap.xml"]);
    }

    #[test]
    fn a_group_with_our_name_counts_alone() {
        let robots = Robots::read(
            "User-agent: outro\nUser-agent: PonteBot\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n",
        );
        assert!(robots.allows("/b") && !robots.allows("/a/1"));
        let everybody = Robots::read("user-agent: *\ndisallow: /\nuser-agent: x\nallow: /\n");
        assert!(!everybody.allows("/"));
    }

    #[test]
    fn nonsense_forbids_nothing() {
        for text in [
            "",
            "<html>",
            "Disallow: /",
            "User-agent\nDisallow /",
            "crawl-delay: nan",
        ] {
            let robots = Robots::read(text);
            assert!(robots.allows("/x"), "{text}");
            assert_eq!(robots.pause_ms, None);
        }
        let many = format!("user-agent: *\n{}", "disallow: /x\n".repeat(RULES_MOST * 2));
        assert_eq!(Robots::read(&many).rules.len(), RULES_MOST);
    }

    #[test]
    fn equal_rules_allow() {
        let robots = Robots::read("user-agent: *\ndisallow: /a\nallow: /a\n");
        assert!(robots.allows("/a"));
    }
}
