//! The webhook's door: A10, A11, A13, A17, C3 and overload.
//!
//! In: requests as Meta, a proxy or an attacker makes them. Out: the exact answer to each, and what
//! is stored (nothing, unless it was a 200). Absent: what follows a delivery. Next: `src/ingress`.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use ponte::app::{App, Config, Secrets};
use ponte::env::Env;
use ponte::graph::{Secret, http::Client};
use ponte_store::{Options, Store};
use ponte_wire::signature;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tower::ServiceExt;
use uuid::Uuid;

const SECRET: &str = "demo-app-secret";

async fn app(store: Store, bytes: usize) -> App {
    let clock = Arc::new(ponte::env::Clock::real());
    let client = Client::new("http://127.0.0.1:9", clock).unwrap();
    let mut config = Config::new(Uuid::from_u128(1), std::env::temp_dir(), Secret::new("k"));
    config.ingress_bytes = bytes;
    config.ingress_peer_bytes = bytes;
    let secrets = Secrets::default();
    secrets.set_app(vec![Secret::new(SECRET)]);
    secrets.set_verify(Secret::new("demo-verify-token"));
    App::new(store, Env::real(Arc::new(client)), config, secrets)
}

async fn memory() -> Store {
    Store::open("sqlite::memory:", Options::default())
        .await
        .unwrap()
}

fn signed(body: &[u8], secret: &str) -> String {
    signature::sign(body, &signature::Secret::new(secret))
}

async fn post(
    router: &Router,
    body: impl Into<Body>,
    signature: Option<&str>,
) -> (StatusCode, String) {
    let mut request = Request::post("/webhooks/whatsapp");
    if let Some(signature) = signature {
        request = request.header("x-hub-signature-256", signature);
    }
    let answer = router
        .clone()
        .oneshot(request.body(body.into()).unwrap())
        .await
        .unwrap();
    let status = answer.status();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn waiting(app: &App) -> u64 {
    app.store.counts().await.unwrap().deliveries_waiting
}

#[tokio::test]
async fn a10_bodies_too_large_by_promise_or_in_fact_are_413_and_not_kept() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let large = vec![b' '; 4 * 1024 * 1024 + 1];
    let signature = signed(&large, SECRET);
    let (status, _) = post(&router, large, Some(&signature)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let endless = stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from(vec![b'x'; 65_536])));
    let (status, _) = post(&router, Body::from_stream(endless), None).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let fits = vec![b' '; 4 * 1024 * 1024];
    let signature = signed(&fits, SECRET);
    let (status, _) = post(&router, fits, Some(&signature)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test]
async fn a10_of_an_endless_body_no_more_is_read_than_may_be_kept() {
    let app = app(memory().await, 64 << 20).await;
    let pulled = Arc::new(AtomicUsize::new(0));
    let read = Arc::clone(&pulled);
    let endless = stream::repeat_with(move || {
        read.fetch_add(65_536, Ordering::Relaxed);
        Ok::<_, Infallible>(Bytes::from(vec![b'x'; 65_536]))
    });
    let (status, text) = post(&app.webhook_router(), Body::from_stream(endless), None).await;
    assert_eq!(
        (status, text.as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "too large\n")
    );
    let pulled = pulled.load(Ordering::Relaxed);
    assert!(pulled <= (4 << 20) + 2 * 65_536, "{pulled} bytes were read");
}

#[tokio::test]
async fn a10_many_endless_bodies_hold_no_more_than_the_budget_together() {
    let app = app(memory().await, 1 << 20).await;
    let router = app.webhook_router();
    let pulled = Arc::new(AtomicUsize::new(0));
    let posts = (0..16).map(|_| {
        let (router, pulled) = (router.clone(), Arc::clone(&pulled));
        let endless = stream::repeat_with(move || {
            pulled.fetch_add(65_536, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from(vec![b'x'; 65_536]))
        });
        async move { post(&router, Body::from_stream(endless), None).await.0 }
    });
    for status in futures_util::future::join_all(posts).await {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let pulled = pulled.load(Ordering::Relaxed);
    // One body after the other may have used the whole of it, and each read one piece too many.
    assert!(pulled <= 16 * ((1 << 20) + 65_536), "{pulled} bytes");
    let body = vec![b' '; 900 * 1024];
    let signature = signed(&body, SECRET);
    let (status, _) = post(&router, body, Some(&signature)).await;
    assert_eq!(status, StatusCode::OK, "all of it is given back");
}

#[tokio::test]
async fn a10_a_compressed_body_is_kept_as_it_came_and_never_blown_up() {
    // gzip of 64 bytes that would be a bomb if somebody inflated it: the magic is enough to be tempted.
    let mut bomb = vec![0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3];
    bomb.extend([0xff; 54]);
    let app = app(memory().await, 64 * 1024).await;
    let router = app.webhook_router();
    for signature in [signed(&bomb, SECRET), signed(&bomb, "another")] {
        let request = Request::post("/webhooks/whatsapp")
            .header("x-hub-signature-256", &signature)
            .header("content-encoding", "gzip")
            .body(Body::from(bomb.clone()))
            .unwrap();
        let answer = router.clone().oneshot(request).await.unwrap();
        let good = signature == signed(&bomb, SECRET);
        let expected = if good {
            StatusCode::OK
        } else {
            StatusCode::UNAUTHORIZED
        };
        assert_eq!(answer.status(), expected, "over the bytes as they came");
    }
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a10_a_body_that_drips_is_let_go() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let began = tokio::time::Instant::now();
    let silent = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
    let (status, text) = post(&router, silent, None).await;
    assert_eq!(
        (status, text.as_str()),
        (StatusCode::REQUEST_TIMEOUT, "too slow\n")
    );
    assert_eq!(
        began.elapsed().as_secs(),
        3,
        "nothing came for three seconds"
    );
    // A byte every two seconds is never silent, and is let go all the same.
    let began = tokio::time::Instant::now();
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        Some((Ok::<_, Infallible>(Bytes::from_static(b"x")), ()))
    });
    let (status, _) = post(&router, Body::from_stream(drip), None).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    assert_eq!(began.elapsed().as_secs(), 10);
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn a10_over_the_budget_nothing_is_read_and_meta_is_asked_to_come_again() {
    let app = app(memory().await, 64 * 1024).await;
    let body = vec![b' '; 128 * 1024];
    let signature = signed(&body, SECRET);
    let request = Request::post("/webhooks/whatsapp")
        .header("x-hub-signature-256", signature)
        .header("content-length", body.len())
        .body(Body::from(body))
        .unwrap();
    let answer = app.webhook_router().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(waiting(&app).await, 0);
}

#[tokio::test]
async fn a10_without_a_place_at_intake_nothing_is_kept_and_meta_is_asked_to_come_again() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let body = b"{}".as_slice();
    let signature = signed(body, SECRET);
    // Intake doesn't work here: every place that is taken stays taken.
    let mut places: Vec<_> = std::iter::from_fn(|| app.relay.intake.place()).collect();
    let request = Request::post("/webhooks/whatsapp")
        .header("x-hub-signature-256", &signature)
        .body(Body::from(body))
        .unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "5");
    assert_eq!(waiting(&app).await, 0);
    drop(places.pop());
    let (status, _) = post(&router, body, Some(&signature)).await;
    assert_eq!(status, StatusCode::OK);
    let (status, _) = post(&router, body, Some(&signature)).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "the last place");
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a10_many_slow_uploads_from_one_address_leave_the_door_open_for_others() {
    let mut app = app(memory().await, 64 * 1024).await;
    let mut config = (*app.config).clone();
    config.ingress_peer_bytes = 48 * 1024;
    app.config = Arc::new(config);
    let router = app.webhook_router();
    let send = |from: &str, body: Body, signature: Option<&str>| {
        let peer = ponte::ingress::Peer(format!("{from}:4000").parse().unwrap());
        let mut request = Request::post("/webhooks/whatsapp").extension(peer);
        if let Some(signature) = signature {
            request = request.header("x-hub-signature-256", signature);
        }
        let answer = router.clone().oneshot(request.body(body).unwrap());
        async move { answer.await.unwrap().status() }
    };
    let slow = || {
        let first = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b' '; 16 * 1024]))]);
        Body::from_stream(first.chain(stream::pending()))
    };
    let uploads: Vec<_> = (0..8)
        .map(|_| tokio::spawn(send("203.0.113.7", slow(), None)))
        .collect();
    for _ in 0..8 {
        tokio::task::yield_now().await;
    }
    let body = vec![b' '; 8 * 1024];
    let signature = signed(&body, SECRET);
    let other = send("203.0.113.8", Body::from(body), Some(&signature)).await;
    assert_eq!(other, StatusCode::OK);
    let mut answers = Vec::new();
    for upload in uploads {
        answers.push(upload.await.unwrap());
    }
    let slow = answers
        .iter()
        .filter(|status| **status == StatusCode::REQUEST_TIMEOUT);
    assert_eq!(slow.count(), 3, "its share, no more: {answers:?}");
}

#[tokio::test]
async fn a11_every_other_signature_is_401_with_the_same_words_and_nothing_is_kept() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let body = br#"{"object":"whatsapp_business_account","entry":[]}"#.as_slice();
    let good = signed(body, SECRET);
    let upper = good.to_uppercase();
    let sha1 = format!("sha1={}", &good[7..47]);
    let other = signed(body, "another");
    let mut bad: Vec<Option<&str>> = vec![
        None,
        Some(&upper),
        Some(&sha1),
        Some(&other),
        Some("sha256="),
    ];
    let prefixes: Vec<String> = (0..good.len()).map(|end| good[..end].to_owned()).collect();
    bad.extend(prefixes.iter().map(|prefix| Some(prefix.as_str())));
    // One digit off, at each place; and something before or behind it.
    let off: Vec<String> = (7..good.len())
        .map(|at| {
            let digit = if &good[at..=at] == "0" { "1" } else { "0" };
            format!("{}{digit}{}", &good[..at], &good[at + 1..])
        })
        .collect();
    bad.extend(off.iter().map(|off| Some(off.as_str())));
    let around = ["x", "0", ",", "=", "00"].map(|more| format!("{good}{more}"));
    bad.extend(around.iter().map(|around| Some(around.as_str())));
    let scheme = [&good[7..], "sha512=00", "SHA256=", "sha256"].map(str::to_owned);
    bad.extend(scheme.iter().map(|scheme| Some(scheme.as_str())));
    for signature in bad {
        let (status, text) = post(&router, body, signature).await;
        assert_eq!(
            (status, text.as_str()),
            (StatusCode::UNAUTHORIZED, "bad signature\n")
        );
    }
    assert_eq!(waiting(&app).await, 0);
    for at in 0..body.len() {
        let mut changed = body.to_vec();
        changed[at] ^= 1;
        let (status, _) = post(&router, changed, Some(&good)).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "byte {at} is signed too");
    }
    assert_eq!(waiting(&app).await, 0);
    let (status, text) = post(&router, body, Some(&good)).await;
    assert_eq!((status, text.as_str()), (StatusCode::OK, ""));
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test]
async fn a13_old_and_new_secret_are_good_until_the_old_one_is_taken_away() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let body = b"{}".as_slice();
    let old = signed(body, SECRET);
    let new = signed(body, "next");
    assert_eq!(
        post(&router, body, Some(&new)).await.0,
        StatusCode::UNAUTHORIZED
    );
    app.secrets
        .set_app(vec![Secret::new("next"), Secret::new(SECRET)]);
    assert_eq!(post(&router, body, Some(&new)).await.0, StatusCode::OK);
    assert_eq!(post(&router, body, Some(&old)).await.0, StatusCode::OK);
    app.secrets.set_app(vec![Secret::new("next")]);
    assert_eq!(
        post(&router, body, Some(&old)).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a17_the_challenge_comes_back_as_plain_text_or_not_at_all() {
    let app = app(memory().await, 64 << 20).await;
    let ask = |query: &str| {
        let request = Request::get(format!("/webhooks/whatsapp?{query}"));
        let router = app.webhook_router();
        let request = request.body(Body::empty()).unwrap();
        async move { router.oneshot(request).await.unwrap() }
    };
    let good =
        ask("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=demo-verify-token").await;
    assert_eq!(good.status(), StatusCode::OK);
    assert_eq!(good.headers()["content-type"], "text/plain; charset=utf-8");
    let body = good.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], b"1158201444");
    let script = "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=demo-verify-token";
    for query in [
        script,
        "hub.mode=subscribe&hub.challenge=1&hub.verify_token=x",
        "",
    ] {
        assert_eq!(ask(query).await.status(), StatusCode::FORBIDDEN, "{query}");
    }
}

#[tokio::test]
async fn c01_a_full_disk_is_503_and_works_again_when_there_is_space() {
    let app = app(memory().await, 64 << 20).await;
    let router = app.webhook_router();
    let body = b"{}".as_slice();
    let signature = signed(body, SECRET);
    app.store.inject(1, ponte_store::Fault::Full);
    assert_eq!(
        post(&router, body, Some(&signature)).await.0,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(
        post(&router, body, Some(&signature)).await.0,
        StatusCode::OK
    );
    assert_eq!(waiting(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn c03_a_writer_that_can_not_keep_up_is_503_and_every_200_is_kept() {
    let folder = std::env::temp_dir().join(format!("ponte-c03-{}", std::process::id()));
    let options = Options {
        queue: 4,
        ..Options::default()
    };
    let store = Store::open(&format!("sqlite:{}/p.db", folder.display()), options)
        .await
        .unwrap();
    let app = app(store, 64 << 20).await;
    let body = Bytes::from(vec![b' '; 20_000]);
    let signature = signed(&body, SECRET);
    let posts = (0..400).map(|_| {
        let (router, body, signature) = (app.webhook_router(), body.clone(), signature.clone());
        tokio::spawn(async move { post(&router, body, Some(&signature)).await.0 })
    });
    let answers = futures_util::future::join_all(posts.collect::<Vec<_>>()).await;
    let kept = answers
        .iter()
        .filter(|answer| *answer.as_ref().unwrap() == StatusCode::OK)
        .count();
    let busy = answers
        .iter()
        .filter(|answer| *answer.as_ref().unwrap() == StatusCode::SERVICE_UNAVAILABLE)
        .count();
    assert_eq!(kept + busy, 400);
    assert_eq!(
        waiting(&app).await,
        kept as u64,
        "each 200 is a row, each 503 is none"
    );
    drop(app);
    std::fs::remove_dir_all(&folder).unwrap();
}
