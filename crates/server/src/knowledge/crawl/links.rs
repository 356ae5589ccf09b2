//! The links of a page, and what it says about itself to machines.
//!
//! In: the page's HTML and its address. Out: canonical addresses it leads to, in order and once each;
//! the address it calls its own; whether it wants to be read and followed. A scanner of tags, not a
//! browser: what scripts write is not seen. Absent: its text (`ponte-reader`).

use super::address::{canonical, resolve};
use std::collections::BTreeSet;

/// Links taken of one page.
pub const LINKS_MOST: usize = 500;
/// Letters of one tag that are looked at.
const TAG_MOST: usize = 4_000;

/// What a page says to machines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub links: Vec<String>,
    /// The address it calls its own.
    pub canonical: Option<String>,
    pub noindex: bool,
    pub nofollow: bool,
}

/// Reads the tags of a page.
#[must_use]
pub fn read(html: &str, url: &str) -> Told {
    let mut told = Told::default();
    let mut base = url.to_owned();
    let mut seen = BTreeSet::new();
    for tag in tags(html) {
        let name = tag
            .split(|c: char| c.is_whitespace() || c == '/')
            .next()
            .unwrap_or("")
            .to_ascii_lowercase();
        match name.as_str() {
            "base" => {
                if let Some(found) = attribute(tag, "href").and_then(|href| resolve(url, &href)) {
                    base = found;
                }
            }
            "a" => {
                let rel = attribute(tag, "rel")
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                let href = attribute(tag, "href").filter(|_| !rel.contains("nofollow"));
                let link = href.and_then(|href| resolve(&base, &href));
                if let Some(link) = link.filter(|link| seen.insert(link.clone()))
                    && told.links.len() < LINKS_MOST
                {
                    told.links.push(link);
                }
            }
            "link" => {
                let rel = attribute(tag, "rel").unwrap_or_default();
                if rel.eq_ignore_ascii_case("canonical") {
                    told.canonical = attribute(tag, "href").and_then(|href| resolve(&base, &href));
                }
            }
            "meta" => {
                let of = attribute(tag, "name").unwrap_or_default();
                if of.eq_ignore_ascii_case("robots") {
                    let says = attribute(tag, "content").unwrap_or_default();
                    robots(&mut told, &says);
                }
            }
            _ => {}
        }
    }
    told.canonical = told.canonical.and_then(|url| canonical(&url));
    told
}

fn robots(told: &mut Told, says: &str) {
    let says = says.to_ascii_lowercase();
    told.noindex |= says.contains("noindex") || says.contains("none");
    told.nofollow |= says.contains("nofollow") || says.contains("none");
}

/// The insides of opening tags; comments and scripts are jumped over.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('<')?;
            rest = &rest[at + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
                continue;
            }
            let end = rest.find('>')?;
            let tag = &rest[..end];
            rest = &rest[end + 1..];
            let first = tag.get(..6).unwrap_or(tag);
            if first.eq_ignore_ascii_case("script") {
                let close = rest.find("</script").or_else(|| rest.find("</SCRIPT"));
                rest = close.map_or("", |at| &rest[at..]);
                continue;
            }
            if tag.starts_with(|c: char| c.is_ascii_alphabetic()) && tag.len() <= TAG_MOST {
                return Some(tag);
            }
        }
    })
}

/// An attribute's value, quoted or not.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag.split_once(char::is_whitespace)?.1;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() {
            return None;
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || c == '=')
            .unwrap_or(rest.len());
        let found = &rest[..end];
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            let after = after.trim_start();
            let quote = after.chars().next().filter(|c| *c == '"' || *c == '\'');
            (value, rest) = match quote {
                Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                None => after.split_once(char::is_whitespace).unwrap_or((after, "")),
            };
        } else if end == 0 {
            return None;
        }
        if found.eq_ignore_ascii_case(name) {
            return Some(value.trim().to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_each_and_whole() {
        let told = read(
            r#"<html><head><LINK href="/p?utm_source=x" rel=canonical></head>
            <!-- <a href="/nunca"> --><script>var x = "<a href='/script'>";</script>
            <a class=x href='/um'>1</a><a href="/um#topo">1</a><A HREF=dois.html >2</A>
            <a rel="nofollow" href="/nao">x</a><a name="x">y</a><a href="mailto:x@y.example">z</a>"#,
            "https://a.example/loja/",
        );
        assert_eq!(
            told.links,
            ["https://a.example/um", "https://a.example/loja/dois.html"]
        );
        assert_eq!(told.canonical.as_deref(), Some("https://a.example/p"));
        assert!(!told.noindex);
    }

    #[test]
    fn a_page_may_ask_to_be_left_alone() {
        let told = read(
            r#"<meta name="Robots" content="NOINDEX, follow">"#,
            "https://a.example/",
        );
        assert!(told.noindex && !told.nofollow);
        let told = read("<meta content='none' name='robots'>", "https://a.example/");
        assert!(told.noindex && told.nofollow);
    }

    #[test]
    fn a_base_moves_what_is_relative() {
        let html = r#"<base href="https://a.example/x/"><a href="y">"#;
        assert_eq!(
            read(html, "https://a.example/").links,
            ["https://a.example/x/y"]
        );
    }

    #[test]
    fn broken_html_ends_and_panics_nowhere() {
        for html in [
            "<",
            "<a",
            "<a href",
            "<a href=",
            "<a href='x",
            "<!--",
            "<script>",
            "<a =>",
            "<é href=x>",
        ] {
            let _told = read(html, "https://a.example/");
            for cut in 0..html.len() {
                if html.is_char_boundary(cut) {
                    let _told = read(&html[..cut], "https://a.example/");
                }
            }
        }
        let many = (0..LINKS_MOST + 9)
            .map(|n| format!("<a href=/{n}>"))
            .collect::<String>();
        assert_eq!(read(&many, "https://a.example/").links.len(), LINKS_MOST);
    }
}
