//! Every cut really breaks the wire where it says, and the ledger knows what was accepted.

use crate::support::{NUMBER, Wire, call, eventually, send, world};
use ponte_sim::{CustomerMessage, Fault, Host};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;

async fn open() -> (Arc<Host>, impl Fn() -> u64) {
    let (host, _, ana) = world().await;
    host.with(|cloud, now| cloud.customer_sends(now, ana, NUMBER, CustomerMessage::text("oi")));
    let watched = Arc::clone(&host);
    (host, move || {
        watched.with(|cloud, _| cloud.ledger().accepted_total())
    })
}

/// One send under one fault.
async fn under(host: &Host, fault: Fault) -> Option<Wire> {
    host.with(|cloud, _| cloud.faults().next(fault, 1));
    let wire = send(host, "olá").await;
    assert_eq!(host.with(|cloud, _| cloud.faults().struck(fault)), 1);
    wire
}

#[tokio::test]
async fn cuts_without_a_byte() {
    let (host, accepted) = open().await;
    assert!(under(&host, Fault::ConnectionRefused).await.is_none());
    assert!(under(&host, Fault::CutBeforeAccept).await.is_none());
    assert_eq!(accepted(), 0);
    assert!(under(&host, Fault::CutAfterAccept).await.is_none());
    assert_eq!(accepted(), 1, "the answer was lost, the message was not");
    assert_eq!(send(&host, "de novo").await.expect("an answer").status, 200);
    host.stop().await;
}

#[tokio::test]
async fn a_cut_inside_the_body_leaves_half_of_it() {
    let (host, accepted) = open().await;
    let wire = under(&host, Fault::CutMidBody).await.expect("a head");
    assert_eq!(wire.status, 200);
    assert_eq!(wire.body.len(), wire.promised / 2);
    assert!(wire.promised > 100);
    assert_eq!(accepted(), 1);
    host.stop().await;
}

#[tokio::test]
async fn hanging_calls_never_answer() {
    let (host, accepted) = open().await;
    for (fault, counted) in [(Fault::ApiHang, 0), (Fault::ApiTimeoutAfterAccept, 1)] {
        host.with(|cloud, _| cloud.faults().next(fault, 1));
        let answer = tokio::time::timeout(Duration::from_millis(300), send(&host, "olá")).await;
        assert!(answer.is_err(), "{fault} answered");
        assert_eq!(accepted(), counted, "{fault}");
    }
    host.stop().await;
}

#[tokio::test]
async fn a_server_error_hides_an_accepted_message() {
    let (host, accepted) = open().await;
    assert_eq!(
        under(&host, Fault::Api5xxAccepted)
            .await
            .expect("an answer")
            .status,
        500
    );
    assert_eq!(accepted(), 1);
    assert_eq!(
        under(&host, Fault::Api5xxRefused)
            .await
            .expect("an answer")
            .status,
        503
    );
    assert_eq!(accepted(), 1);
    host.stop().await;
}

#[tokio::test]
async fn a_closed_port_refuses_connections_for_real_and_opens_again() {
    let (host, _) = open().await;
    host.refuse_connections(true);
    let mut refused = false;
    for _ in 0..100 {
        let error = TcpStream::connect(host.address()).await.err();
        refused = error.is_some_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
        if refused {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(refused, "the port stayed open");
    host.refuse_connections(false);
    let mut answered = None;
    for _ in 0..100 {
        answered = send(&host, "olá").await;
        if answered.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(answered.expect("open again").status, 200);
    host.stop().await;
}

#[tokio::test]
async fn a_slow_answer_takes_its_time_and_a_stop_ends_everything() {
    let (host, accepted) = open().await;
    host.with(|cloud, _| cloud.faults().next(Fault::SlowApi, 1));
    let answer = tokio::time::timeout(Duration::from_millis(500), send(&host, "olá")).await;
    assert!(answer.is_err(), "slow means two seconds at least");
    assert_eq!(accepted(), 1);
    let address = host.address();
    tokio::time::timeout(Duration::from_secs(5), host.stop())
        .await
        .expect("stops");
    assert!(TcpStream::connect(address).await.is_err());
    assert!(
        call(&host, "GET", "/simulator/api/state", None)
            .await
            .is_none()
    );
    eventually("nothing left", || true).await;
}
