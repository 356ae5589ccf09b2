//! F16: the HTTP client never repeats a request by itself, and never calls a request unsent that
//! reached the other side.
//!
//! In: a server on loopback that cuts connections at every interesting place. Out: a count of the
//! requests that arrived per call. Absent: TLS, which changes nothing about who retries.
//! `PONTE_CUTS` sets the number of calls (10,000 in the full run).

use bytes::Bytes;
use ponte::env::Clock;
use ponte::graph::{Graph, Request, Secret, Sent, http::Client};
use ponte_core::time::Span;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

/// What the server does with the n-th request it reads on any connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cut {
    None,
    /// Answers, then closes the kept-alive connection without a word.
    AfterAnswer,
    BeforeReading,
    MidRequest,
    AfterRequest,
    MidHead,
    MidBody,
}

const CUTS: [Cut; 7] = [
    Cut::None,
    Cut::AfterAnswer,
    Cut::BeforeReading,
    Cut::MidRequest,
    Cut::AfterRequest,
    Cut::MidHead,
    Cut::MidBody,
];

type Seen = Arc<Mutex<BTreeMap<u64, u32>>>;

async fn serve(mut stream: TcpStream, seen: Seen) {
    let mut held: Vec<u8> = Vec::new();
    loop {
        let Some(number) = read_request(&mut stream, &mut held, &seen).await else {
            return;
        };
        let cut = CUTS[usize::try_from(number).unwrap() % CUTS.len()];
        let part: &[u8] = match cut {
            Cut::None | Cut::AfterAnswer => ANSWER.as_bytes(),
            Cut::BeforeReading | Cut::MidRequest | Cut::AfterRequest => b"",
            Cut::MidHead => &ANSWER.as_bytes()[..20],
            Cut::MidBody => &ANSWER.as_bytes()[..ANSWER.len() - 1],
        };
        if stream.write_all(part).await.is_err() || cut != Cut::None {
            return;
        }
    }
}

/// Reads one request and counts it as seen as soon as its number is known.
async fn read_request(stream: &mut TcpStream, held: &mut Vec<u8>, seen: &Seen) -> Option<u64> {
    let mut counted = None;
    loop {
        let text = String::from_utf8_lossy(held);
        if counted.is_none()
            && let Some(number) = text
                .split_once("/n/")
                .and_then(|(_, rest)| rest.split_once(' '))
                .and_then(|(number, _)| number.parse::<u64>().ok())
        {
            counted = Some(number);
            *seen.lock().unwrap().entry(number).or_default() += 1;
            if CUTS[usize::try_from(number).unwrap() % CUTS.len()] == Cut::MidRequest {
                return Some(number);
            }
        }
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && head.contains("content-length: 4")
            && body.len() >= 4
        {
            let used = head.len() + 8;
            held.drain(..used);
            return counted;
        }
        let mut chunk = [0; 2048];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => held.extend_from_slice(&chunk[..read]),
        }
    }
}

fn cuts() -> u64 {
    std::env::var("PONTE_CUTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000)
}

#[tokio::test]
async fn f16_no_second_post_ever_leaves_over_cut_connections() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen: Seen = Seen::default();
    let server = tokio::spawn({
        let seen = Arc::clone(&seen);
        async move {
            let mut n = 0_u64;
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                n += 1;
                if n.is_multiple_of(11) {
                    drop(stream);
                    continue;
                }
                tokio::spawn(serve(stream, Arc::clone(&seen)));
            }
        }
    });
    let clock = Arc::new(Clock::real());
    let client = Arc::new(Client::new(&base, Arc::clone(&clock)).unwrap());
    let mut outcomes = BTreeMap::<&str, u64>::new();
    for first in (0..cuts()).step_by(8) {
        let calls = (first..first + 8).map(|number| {
            let (client, clock) = (Arc::clone(&client), Arc::clone(&clock));
            async move {
                let deadline = clock.now() + Span::secs(20);
                let request = Request::post(
                    format!("/n/{number}"),
                    Secret::new("t"),
                    Bytes::from("body"),
                    deadline,
                );
                (number, client.call(request).await)
            }
        });
        for (number, sent) in futures_util::future::join_all(calls).await {
            let arrived = seen.lock().unwrap().get(&number).copied().unwrap_or(0);
            assert!(arrived <= 1, "call {number} arrived {arrived} times");
            let name = match sent {
                Sent::NotSent { .. } => {
                    assert_eq!(arrived, 0, "call {number} was called unsent and arrived");
                    "not sent"
                }
                Sent::Answered { http, .. } => {
                    assert_eq!((http, arrived), (200, 1));
                    "answered"
                }
                Sent::Broken { .. } => "broken",
            };
            *outcomes.entry(name).or_default() += 1;
        }
    }
    server.abort();
    assert!(
        outcomes["answered"] > 0 && outcomes["broken"] > 0,
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn nobody_listening_is_proven_unsent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let clock = Arc::new(Clock::real());
    let client = Client::new(&base, Arc::clone(&clock)).unwrap();
    let deadline = clock.now() + Span::secs(20);
    let request = Request::post("/x", Secret::new("t"), Bytes::from("body"), deadline);
    assert!(matches!(client.call(request).await, Sent::NotSent { .. }));
}

#[tokio::test]
async fn a_deadline_already_too_near_writes_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let seen: Seen = Seen::default();
    let server = tokio::spawn({
        let seen = Arc::clone(&seen);
        async move {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream, seen).await;
        }
    });
    let clock = Arc::new(Clock::real());
    let client = Client::new(&base, Arc::clone(&clock)).unwrap();
    let deadline = clock.now() + Span::millis(900);
    let request = Request::post("/n/0", Secret::new("t"), Bytes::from("body"), deadline);
    assert!(matches!(client.call(request).await, Sent::NotSent { .. }));
    assert!(seen.lock().unwrap().is_empty());
    server.abort();
}

#[tokio::test]
async fn a_silent_server_is_broken_at_the_deadline_and_a_long_answer_is_cut() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut silent, _) = listener.accept().await.unwrap();
        let mut chunk = [0; 2048];
        while matches!(silent.read(&mut chunk).await, Ok(read) if read > 0) {}
        let (mut long, _) = listener.accept().await.unwrap();
        let _read = long.read(&mut chunk).await;
        let _sent = long
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n0123456789")
            .await;
        let _read = long.read(&mut chunk).await;
    });
    let clock = Arc::new(Clock::real());
    let client = Client::new(&base, Arc::clone(&clock)).unwrap();
    let mut request = Request::post(
        "/n/0",
        Secret::new("t"),
        Bytes::from("body"),
        clock.now() + Span::millis(1_200),
    );
    let sent = client.call(request.clone()).await;
    assert!(matches!(sent, Sent::Broken { http: None, .. }), "{sent:?}");
    request.deadline = clock.now() + Span::secs(20);
    request.limit = 5;
    let sent = client.call(request).await;
    assert!(
        matches!(
            sent,
            Sent::Broken {
                http: Some(200),
                ..
            }
        ),
        "{sent:?}"
    );
    server.abort();
}
