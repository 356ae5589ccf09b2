//! Redirects: followed only where the caller asked for it, each hop judged like a first address.
//!
//! In: a request and how many hops it may take. Out: the last answer. Only what is harmless to ask again
//! goes on: GET and HEAD anywhere, others only by 307 and 308 within one origin. Another origin gets
//! none of the caller's headers but those that describe what is wanted, so no credential travels; from
//! TLS nothing falls back to plain HTTP. A redirect that may not be followed is handed back as the
//! answer it is, for the caller to look at. Absent: remembering permanent ones. Next: [`super::stream`].

use super::stream::exchange;
use super::{Cut, Egress, Opened, Request, Stream, Target, Why};
use http::{HeaderName, Method, header};

/// A chain longer than this is a loop.
const HOPS_MAX: u8 = 5;

/// Headers that another origin may see.
const HARMLESS: [HeaderName; 4] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_TYPE,
    header::USER_AGENT,
];

pub(super) async fn follow(egress: &Egress, mut request: Request) -> Opened {
    let allow = &egress.0.allow;
    let mut target = match Target::read(&request.url, allow) {
        Ok(target) => target,
        Err(why) => return Opened::NotSent { why: why.into() },
    };
    let mut hops = 0;
    loop {
        let opened = exchange(egress, &request, &target).await;
        let opened = match opened {
            // Something has been asked already: that nothing left is true of this hop only.
            Opened::NotSent { .. } if hops > 0 => {
                return Opened::Broken {
                    why: Cut::Redirect,
                    status: None,
                };
            }
            Opened::Answered(_) | Opened::NotSent { .. } | Opened::Broken { .. } => opened,
        };
        let Opened::Answered(mut stream) = opened else {
            return opened;
        };
        let Some(location) = onward(&request, &stream) else {
            return Opened::Answered(stream);
        };
        let next = Target::read(&location, allow);
        let Some(next) = next
            .ok()
            .filter(|next| goes(&request.method, &stream, &target, next))
        else {
            return Opened::Broken {
                why: Cut::Redirect,
                status: Some(stream.status),
            };
        };
        hops += 1;
        if hops > request.redirects.min(HOPS_MAX) {
            return Opened::Broken {
                why: Cut::Redirect,
                status: Some(stream.status),
            };
        }
        // A short page usually comes with it; read, its connection can be used again.
        let _read = stream.rest().await;
        if !next.is_same_origin(&target) {
            request
                .headers
                .retain(|(name, value)| HARMLESS.contains(name) && !value.is_sensitive());
        }
        request.url = location;
        target = next;
    }
}

/// Where an answer sends us, as a whole address, if it does and redirects were asked for.
fn onward(request: &Request, stream: &Stream) -> Option<String> {
    if request.redirects == 0 || !matches!(stream.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = stream.headers.get(header::LOCATION)?.to_str().ok()?;
    join(&stream.url, location)
}

fn goes(method: &Method, stream: &Stream, from: &Target, to: &Target) -> bool {
    let harmless = method == Method::GET || method == Method::HEAD;
    let again = matches!(stream.status, 307 | 308) && to.is_same_origin(from);
    (harmless || again) && (to.is_tls || !from.is_tls)
}

/// A location as seen from the address that it was found at. Public because whoever reads pages needs
/// the same for links.
#[must_use]
pub fn join(base: &str, location: &str) -> Option<String> {
    let location = location.trim();
    let base = base.split_once('#').map_or(base, |(before, _)| before);
    let (scheme, rest) = base.split_once("://")?;
    let cut = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(cut);
    if let Some((found, _)) = location.split_once(':')
        && !found.is_empty()
        && found
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    {
        return Some(location.to_owned());
    }
    if let Some(rest) = location.strip_prefix("//") {
        return Some(format!("{scheme}://{rest}"));
    }
    let path = path.split_once('?').map_or(path, |(before, _)| before);
    let path = if path.is_empty() { "/" } else { path };
    let whole = match location.chars().next() {
        None | Some('#') => path.to_owned(),
        Some('/') => location.to_owned(),
        Some('?') => format!("{path}{location}"),
        Some(_) => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{location}")
        }
    };
    let (plain, query) = match whole.find(['?', '#']) {
        Some(at) => whole.split_at(at),
        None => (whole.as_str(), ""),
    };
    Some(format!(
        "{scheme}://{authority}{}{query}",
        without_dots(plain)
    ))
}

/// A path without `.` and `..`.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        match part {
            "." if is_last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if is_last {
                    kept.push("");
                }
            }
            part => kept.push(part),
        }
    }
    format!("/{}", kept.join("/"))
}

impl Opened {
    /// Why, where nothing left because a rule said no.
    #[must_use]
    pub fn refusal(&self) -> Option<super::Refusal> {
        match self {
            Opened::NotSent {
                why: Why::Refused(refusal),
            } => Some(*refusal),
            Opened::NotSent { .. } | Opened::Answered(_) | Opened::Broken { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_read_as_a_browser_reads_it() {
        let base = "https://a.example/b/c/d?x=1#y";
        for (location, whole) in [
            ("https://z.example/q", "https://z.example/q"),
            ("//z.example/q", "https://z.example/q"),
            ("/q", "https://a.example/q"),
            ("q?r=2", "https://a.example/b/c/q?r=2"),
            ("./q", "https://a.example/b/c/q"),
            ("../q", "https://a.example/b/q"),
            ("../../../../q", "https://a.example/q"),
            ("..", "https://a.example/b/"),
            ("?z", "https://a.example/b/c/d?z"),
            ("", "https://a.example/b/c/d"),
            ("#top", "https://a.example/b/c/d"),
            ("/a:b", "https://a.example/a:b"),
            ("javascript:alert(1)", "javascript:alert(1)"),
            (" /spaced ", "https://a.example/spaced"),
        ] {
            assert_eq!(join(base, location).as_deref(), Some(whole), "{location}");
        }
        assert_eq!(
            join("https://a.example", "q").as_deref(),
            Some("https://a.example/q")
        );
        assert_eq!(join("nonsense", "q"), None);
    }
}
