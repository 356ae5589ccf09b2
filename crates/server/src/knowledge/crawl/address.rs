//! One spelling for each page: addresses made whole, compared and kept to one host.
//!
//! In: links as pages write them. Out: canonical addresses (scheme and host in lower case, no default
//! port, dots resolved, no fragment, no marks of campaigns), or none where a link is no page of this
//! host. Absent: whether an address may be asked at all (the client decides).

use http::Uri;

/// Letters in an address: longer ones are made by machines for machines.
const MOST: usize = 1_000;
/// Parts of a query that tell who sent a visitor, and change nothing of the page.
const TRACES: [&str; 9] = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "msclkid",
    "mc_cid",
];
/// Endings of what is certainly no text.
const NO_TEXT: [&str; 22] = [
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".ico", ".css", ".js", ".json", ".woff",
    ".woff2", ".mp3", ".mp4", ".avi", ".mov", ".zip", ".rar", ".gz", ".exe", ".apk", ".xml",
];

/// An address made whole against the page it stands on.
#[must_use]
pub fn resolve(base: &str, link: &str) -> Option<String> {
    let link = link.trim().split('#').next()?.replace("&amp;", "&");
    let (scheme, rest) = base.split_once("://")?;
    let host = rest.split(['/', '?']).next()?;
    let root = format!("{scheme}://{host}");
    let path = rest[host.len()..].split('?').next().unwrap_or("");
    let whole = if link.is_empty() {
        base.split('#').next()?.to_owned()
    } else if has_scheme(&link) {
        link
    } else if let Some(rest) = link.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if link.starts_with('/') {
        format!("{root}{link}")
    } else if link.starts_with('?') {
        format!("{root}{path}{link}")
    } else {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        format!("{root}{folder}/{link}")
    };
    canonical(&whole)
}

fn has_scheme(link: &str) -> bool {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or("");
    scheme.split_once(':').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    })
}

/// The one spelling of an address of the web; none: it is none.
#[must_use]
pub fn canonical(url: &str) -> Option<String> {
    let url = url.trim().split('#').next()?;
    if url.len() > MOST {
        return None;
    }
    let url: String = url.chars().flat_map(escape).collect();
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let authority = uri.authority()?;
    if authority.as_str().contains('@') {
        return None;
    }
    let host = uri.host()?.trim_end_matches('.').to_ascii_lowercase();
    let port = uri.port_u16().filter(|port| *port != usual);
    let port = port.map_or(String::new(), |port| format!(":{port}"));
    let path = undot(uri.path());
    let query = uri.query().map(keep).unwrap_or_default();
    let query = if query.is_empty() {
        query
    } else {
        format!("?{query}")
    };
    (!host.is_empty()).then(|| format!("{scheme}://{host}{port}{path}{query}"))
}

/// Letters that an address may not have as they are.
fn escape(c: char) -> Vec<char> {
    let mut bytes = [0; 4];
    if c.is_ascii_graphic() && !"<>\"{}|\\^`".contains(c) {
        return vec![c];
    }
    let text = c.encode_utf8(&mut bytes);
    text.bytes()
        .flat_map(|byte| format!("%{byte:02X}").chars().collect::<Vec<_>>())
        .collect()
}

fn undot(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let last = path.rsplit('/').next().unwrap_or("");
    for part in path.split('/').filter(|part| !part.is_empty()) {
        match part {
            "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    let folder = last.is_empty() || last == "." || last == "..";
    let end = if folder && !parts.is_empty() { "/" } else { "" };
    format!("/{}{end}", parts.join("/"))
}

fn keep(query: &str) -> String {
    let traced = |part: &&str| {
        let name = part.split('=').next().unwrap_or("").to_ascii_lowercase();
        !TRACES.contains(&name.as_str())
    };
    let parts = query.split('&').filter(|part| !part.is_empty());
    parts.filter(traced).collect::<Vec<_>>().join("&")
}

/// Scheme, host and port: what a crawl keeps to.
#[must_use]
pub fn origin(url: &str) -> Option<&str> {
    let rest = url.find("://")? + 3;
    let end = url[rest..]
        .find(['/', '?'])
        .map_or(url.len(), |at| rest + at);
    Some(&url[..end])
}

/// Whether both are on one host; whether with or without encryption or `www.` doesn't matter.
#[must_use]
pub fn same_host(a: &str, b: &str) -> bool {
    let host = |url: &str| {
        let origin = origin(url)?;
        let host = origin.split_once("://")?.1;
        Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
    };
    host(a).is_some() && host(a) == host(b)
}

/// What robots.txt judges: path and query.
#[must_use]
pub fn path(url: &str) -> &str {
    let start = origin(url).map_or(0, str::len);
    if url.len() > start {
        &url[start..]
    } else {
        "/"
    }
}

/// Whether it may be a page or a document by its ending.
#[must_use]
pub fn may_be_text(url: &str) -> bool {
    let path = path(url)
        .split('?')
        .next()
        .unwrap_or("")
        .to_ascii_lowercase();
    !NO_TEXT.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_whole() {
        let base = "https://Loja.example/produtos/lista.html?x=1";
        for (link, want) in [
            ("item.html", Some("https://loja.example/produtos/item.html")),
            ("../sobre", Some("https://loja.example/sobre")),
            ("/contato/#mapa", Some("https://loja.example/contato/")),
            (
                "?p=2&amp;utm_source=x",
                Some("https://loja.example/produtos/lista.html?p=2"),
            ),
            ("//outra.example", Some("https://outra.example/")),
            (
                "http://loja.example:80/a/./b/..",
                Some("http://loja.example/a/"),
            ),
            ("/olá mundo", Some("https://loja.example/ol%C3%A1%20mundo")),
            ("mailto:a@b.example", None),
            ("javascript:void(0)", None),
            ("tel:+5511", None),
            ("https://u:p@loja.example/", None),
            ("https://", None),
        ] {
            assert_eq!(resolve(base, link).as_deref(), want, "{link}");
        }
        assert_eq!(resolve("nowhere", "x"), None);
        assert_eq!(
            canonical(&format!("https://a.example/{}", "x".repeat(MOST))),
            None
        );
    }

    #[test]
    fn one_host_whatever_its_dress() {
        assert!(same_host("https://www.a.example/x", "http://a.example/"));
        assert!(!same_host("https://a.example/", "https://b.a.example/"));
        assert!(!same_host("https://a.example/", "https://a.example:8443/"));
        assert!(!same_host("x", "x"));
        assert_eq!(path("https://a.example?x=1"), "?x=1");
        assert_eq!(path("https://a.example"), "/");
    }

    #[test]
    fn pictures_are_no_text() {
        assert!(!may_be_text("https://a.example/foto.JPG?x=1"));
        assert!(may_be_text("https://a.example/manual.pdf"));
        assert!(may_be_text("https://a.example/"));
    }
}
