//! The way to the outside against servers on loopback: what is refused, what is said of cuts, redirects
//! and caps, and that a name is looked up once.
//!
//! In: raw servers that answer by script and count what reaches them. Out: a verdict per promise.
//! Absent: TLS, which changes nothing of who is asked; the rules for addresses, which stand beside them.

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderValue, header};
use ponte::egress::resolve::Resolve;
use ponte::egress::{Allow, Cut, Egress, Opened, Refusal, Request, Sent, Why};
use ponte::env::Clock;
use ponte_core::time::{Span, Time};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Requests that reached a server, heads and bodies as text.
pub type Seen = Arc<Mutex<Vec<String>>>;

/// A server that answers every request with what the script makes of it; an empty answer hangs up.
pub async fn serve(script: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> (SocketAddr, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let seen = Seen::default();
    let script = Arc::new(script);
    let kept = Arc::clone(&seen);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let (script, seen) = (Arc::clone(&script), Arc::clone(&kept));
            tokio::spawn(async move {
                let mut held = Vec::new();
                while let Some(request) = read(&mut stream, &mut held).await {
                    seen.lock().unwrap().push(request.clone());
                    let answer = script(&request);
                    if answer.is_empty() || stream.write_all(&answer).await.is_err() {
                        return;
                    }
                    if answer.starts_with(b"HTTP/1.1 200 CUT") {
                        return;
                    }
                }
            });
        }
    });
    (at, seen)
}

async fn read(stream: &mut tokio::net::TcpStream, held: &mut Vec<u8>) -> Option<String> {
    loop {
        let text = String::from_utf8_lossy(held).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                held.drain(..head.len() + 4 + length);
                return Some(text[..head.len() + 4 + length].to_owned());
            }
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(n) => held.extend_from_slice(&chunk[..n]),
        }
    }
}

pub fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn to(location: &str, status: u16) -> Vec<u8> {
    format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n")
        .into_bytes()
}

fn egress(allow: &str) -> Egress {
    Egress::new(Arc::new(Clock::real()), Allow::parse(allow).unwrap())
}

fn soon(egress: &Egress) -> Time {
    egress.clock().now() + Span::secs(10)
}

fn get(egress: &Egress, url: impl Into<String>) -> Request {
    Request::get(url, soon(egress))
}

fn answered(sent: Sent) -> (u16, Bytes) {
    match sent {
        Sent::Answered(answer) => (answer.status, answer.body),
        Sent::NotSent { .. } | Sent::Broken { .. } => panic!("{sent:?}"),
    }
}

#[tokio::test]
async fn an_answer_comes_whole_over_a_kept_connection() {
    let (at, seen) = serve(|_| ok("olá")).await;
    let egress = egress("127.0.0.1");
    for n in 0..3 {
        let request = Request::post_json(format!("http://{at}/v1?n={n}#x"), "{}", soon(&egress));
        let request = request.header(header::ACCEPT, HeaderValue::from_static("text/plain"));
        assert_eq!(
            answered(egress.call(request).await),
            (200, Bytes::from("olá"))
        );
    }
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 3);
    assert!(
        seen[2].starts_with("POST /v1?n=2 HTTP/1.1\r\n"),
        "{}",
        seen[2]
    );
    assert!(seen[2].contains(&format!("host: {at}\r\n")));
    assert!(seen[2].contains("accept-encoding: identity\r\n"));
    assert!(seen[2].contains("accept: text/plain\r\n"));
}

#[tokio::test]
async fn a_private_address_is_refused_before_a_connection_is_made() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let egress = egress("");
    for url in [
        format!("http://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
    ] {
        let sent = egress.call(get(&egress, url)).await;
        assert!(
            matches!(
                sent,
                Sent::NotSent {
                    why: Why::Refused(_)
                }
            ),
            "{sent:?}"
        );
    }
    let came = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(came.is_err(), "not even a connection");
}

/// Gives the first answer once, then the second: the name that changes its mind.
struct Rebinding {
    asked: AtomicUsize,
    answers: [IpAddr; 2],
}

impl Resolve for Rebinding {
    fn resolve<'a>(&'a self, _: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let n = self.asked.fetch_add(1, Ordering::SeqCst);
        let ip = self.answers[n.min(1)];
        Box::pin(async move { Ok(vec![ip]) })
    }
}

fn rebinding(answers: [&str; 2]) -> Arc<Rebinding> {
    Arc::new(Rebinding {
        asked: AtomicUsize::new(0),
        answers: answers.map(|ip| ip.parse().unwrap()),
    })
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_looked_up_once_and_taken_at_its_word() {
    let (at, seen) = serve(|_| ok("")).await;
    // First an address of the list, where the server is; then one that would be refused.
    let resolver = rebinding(["127.0.0.1", "127.0.0.2"]);
    let allow = Allow::parse("127.0.0.1").unwrap();
    let egress = Egress::with_resolver(Arc::new(Clock::real()), allow, resolver.clone());
    let url = format!("http://rebind.example:{}/", at.port());
    assert_eq!(answered(egress.call(get(&egress, url)).await).0, 200);
    assert_eq!(
        resolver.asked.load(Ordering::SeqCst),
        1,
        "judged and connected by one look-up"
    );
    assert!(seen.lock().unwrap()[0].contains("host: rebind.example:"));

    // The other way round: what is refused is refused, whatever the name says later.
    let resolver = rebinding(["169.254.169.254", "127.0.0.1"]);
    let allow = Allow::parse("127.0.0.1").unwrap();
    let egress = Egress::with_resolver(Arc::new(Clock::real()), allow, resolver);
    let sent = egress.call(get(&egress, "http://rebind.example/")).await;
    assert!(
        matches!(
            sent,
            Sent::NotSent {
                why: Why::Refused(Refusal::Private)
            }
        ),
        "{sent:?}"
    );
    assert_eq!(seen.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_handed_back_unless_asked_for_and_judged_like_a_first_address() {
    let (at, seen) = serve(|request| match request.split(' ').nth(1) {
        Some("/meta") => to("http://169.254.169.254/latest/", 302),
        Some("/file") => to("file:///etc/passwd", 302),
        Some("/loop") => to("/loop", 302),
        Some("/here") => to("there?x=1", 302),
        Some("/moved") => to("/there", 307),
        _ => ok("there"),
    })
    .await;
    let egress = egress("127.0.0.1");
    let (status, _) = answered(egress.call(get(&egress, format!("http://{at}/meta"))).await);
    assert_eq!(status, 302, "not followed unless asked");
    for path in ["meta", "file", "loop"] {
        let mut request = get(&egress, format!("http://{at}/{path}"));
        request.redirects = 3;
        let sent = egress.call(request).await;
        assert!(
            matches!(
                sent,
                Sent::Broken {
                    why: Cut::Redirect,
                    status: Some(302)
                }
            ),
            "{path}: {sent:?}"
        );
    }
    let mut request = get(&egress, format!("http://{at}/here"));
    request.redirects = 3;
    match egress.call(request).await {
        Sent::Answered(answer) => assert_eq!(answer.url, format!("http://{at}/there?x=1")),
        Sent::NotSent { .. } | Sent::Broken { .. } => panic!("followed"),
    }
    let mut post = Request::post_json(format!("http://{at}/here"), "{}", soon(&egress));
    post.redirects = 3;
    let sent = egress.call(post).await;
    assert!(
        matches!(sent, Sent::Broken { .. }),
        "a POST is not asked again as something else"
    );
    let mut post = Request::post_json(format!("http://{at}/moved"), "{}", soon(&egress));
    post.redirects = 3;
    assert_eq!(answered(egress.call(post).await).0, 200);
    let last = seen.lock().unwrap().last().cloned().unwrap();
    assert!(
        last.starts_with("POST /there ") && last.ends_with("{}"),
        "{last}"
    );
}

#[tokio::test]
async fn credentials_stay_with_the_origin_they_were_given_for() {
    let (stranger, seen) = serve(|_| ok("caught")).await;
    let (at, ours) = serve(move |request| match request.split(' ').nth(1) {
        Some("/away") => to(&format!("http://{stranger}/"), 302),
        Some("/home") => to("/", 302),
        _ => ok(""),
    })
    .await;
    let egress = egress("127.0.0.1");
    for path in ["away", "home"] {
        let mut request = get(&egress, format!("http://{at}/{path}"));
        request.redirects = 1;
        let mut marked = HeaderValue::from_static("tok-marked");
        marked.set_sensitive(true);
        request.headers = vec![
            (
                header::AUTHORIZATION,
                HeaderValue::from_static("Bearer tok-bearer"),
            ),
            (header::COOKIE, HeaderValue::from_static("s=tok-cookie")),
            (
                http::HeaderName::from_static("x-api-key"),
                HeaderValue::from_static("tok-key"),
            ),
            (header::ACCEPT, marked),
            (header::ACCEPT_LANGUAGE, HeaderValue::from_static("pt-BR")),
        ];
        assert_eq!(answered(egress.call(request).await).0, 200);
    }
    let caught = seen.lock().unwrap()[0].clone();
    assert!(!caught.contains("tok-"), "{caught}");
    assert!(
        caught.contains("accept-language: pt-BR"),
        "what is wanted may be told"
    );
    let kept = ours.lock().unwrap().last().cloned().unwrap();
    assert_eq!(kept.matches("tok-").count(), 4, "{kept}");
}

#[tokio::test]
async fn what_is_said_of_a_cut_never_claims_too_much() {
    let (at, seen) = serve(|request| match request.split(' ').nth(1) {
        Some("/silent") => Vec::new(),
        Some("/half") => b"HTTP/1.1 200 CUT\r\ncontent-length: 9\r\n\r\nhalf".to_vec(),
        Some("/packed") => {
            b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx".to_vec()
        }
        Some("/heads") => {
            let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
            format!("HTTP/1.1 200 OK\r\n{many}\r\n").into_bytes()
        }
        Some("/head") => {
            format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000)).into_bytes()
        }
        _ => ok(&"z".repeat(2_000)),
    })
    .await;
    let egress = egress("127.0.0.1");
    for (path, cut, had) in [
        ("silent", Cut::NoAnswer, None),
        ("half", Cut::Body, Some(200)),
        ("packed", Cut::Packed, Some(200)),
        ("heads", Cut::NoAnswer, None),
        ("head", Cut::NoAnswer, None),
        ("long", Cut::TooLong, Some(200)),
    ] {
        let mut request = get(&egress, format!("http://{at}/{path}"));
        request.limit = 1_999;
        match egress.call(request).await {
            Sent::Broken { why, status } => assert_eq!((why, status), (cut, had), "{path}"),
            sent @ (Sent::Answered(_) | Sent::NotSent { .. }) => panic!("{path}: {sent:?}"),
        }
    }
    assert_eq!(seen.lock().unwrap().len(), 6, "each was asked once");
    let mut request = get(&egress, format!("http://{at}/long"));
    request.limit = 2_000;
    assert_eq!(
        answered(egress.call(request).await).1.len(),
        2_000,
        "the limit itself fits"
    );
}

#[tokio::test]
async fn nothing_leaves_for_a_deadline_that_has_passed_or_a_header_that_is_not_the_callers() {
    let (at, seen) = serve(|_| ok("")).await;
    let egress = egress("127.0.0.1");
    let late = Request::get(
        format!("http://{at}/"),
        egress.clock().now() - Span::secs(1),
    );
    assert!(matches!(
        egress.call(late).await,
        Sent::NotSent { why: Why::TooLate }
    ));
    for name in [
        header::HOST,
        header::TRANSFER_ENCODING,
        header::PROXY_AUTHORIZATION,
    ] {
        let request =
            get(&egress, format!("http://{at}/")).header(name, HeaderValue::from_static("x"));
        let sent = egress.call(request).await;
        assert!(
            matches!(
                sent,
                Sent::NotSent {
                    why: Why::Refused(Refusal::Header)
                }
            ),
            "{sent:?}"
        );
    }
    let nobody = Request::get("http://127.0.0.1:1/", soon(&egress));
    assert!(matches!(
        egress.call(nobody).await,
        Sent::NotSent {
            why: Why::NoConnection
        }
    ));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_at_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let egress = egress("127.0.0.1");
    let mut request = get(&egress, format!("http://{at}/"));
    request.head_by = Some(egress.clock().now() + Span::millis(200));
    let sent = egress.call(request).await;
    assert!(
        matches!(
            sent,
            Sent::Broken {
                why: Cut::TooSlow,
                status: None
            }
        ),
        "{sent:?}"
    );
}

#[tokio::test]
async fn a_body_is_read_as_it_comes() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let (go, mut wait) = tokio::sync::mpsc::channel::<()>(1);
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut held = Vec::new();
        read(&mut stream, &mut held).await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
        stream.write_all(head).await.unwrap();
        wait.recv().await.unwrap();
        stream.write_all(b"2\r\nde\r\n").await.unwrap();
        // And then it hangs up without the end.
    });
    let egress = egress("127.0.0.1");
    let Opened::Answered(mut stream) = egress.open(get(&egress, format!("http://{at}/"))).await
    else {
        panic!("answered");
    };
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "abc");
    go.send(()).await.unwrap();
    assert_eq!(stream.chunk().await.unwrap().unwrap(), "de");
    assert_eq!(
        stream.chunk().await,
        Err(Cut::Body),
        "no end, no whole answer"
    );
}
