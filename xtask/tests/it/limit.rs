//! The yardsticks as processes: they serve, refuse what is not signed, and keep what they acknowledge.

use super::Repository;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

struct Limit(Child, SocketAddr);

impl Limit {
    fn start(kind: &str, repository: &Repository) -> Limit {
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command.args([
            "limit",
            kind,
            "--graph",
            "127.0.0.1:1",
            "--listen",
            &address.to_string(),
            "--data",
        ]);
        let child = command.arg(repository.path()).spawn().unwrap();
        let from = Instant::now();
        while TcpStream::connect(address).is_err() && from.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(10));
        }
        Limit(child, address)
    }

    fn post(&self, signature: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(self.1).unwrap();
        let length = body.len();
        write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Hub-Signature-256: sha256={signature}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_string()
    }
}

impl Drop for Limit {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// HMAC-SHA256 of `{"a":1}` under the demo's secret, computed elsewhere.
const BODY: &str = "{\"a\":1}";
const SIGNATURE: &str = "1d0528560300d385b5983e7becf69c035f2d7003aca7f267765862a91208b2af";

#[test]
fn every_yardstick_refuses_a_bad_signature_and_takes_a_good_one() {
    for kind in ["hmac", "sqlite", "echo-sqlite"] {
        let repository = Repository::new(&format!("limit-{kind}"));
        let limit = Limit::start(kind, &repository);
        assert_eq!(
            limit.post(&SIGNATURE.replace('a', "b"), BODY),
            "HTTP/1.1 401 Unauthorized"
        );
        assert_eq!(limit.post(SIGNATURE, BODY), "HTTP/1.1 200 OK");
    }
}

#[test]
fn the_durable_yardstick_keeps_what_it_acknowledged_over_a_kill() {
    let repository = Repository::new("limit-durable");
    let limit = Limit::start("sqlite", &repository);
    for _ in 0..3 {
        assert_eq!(limit.post(SIGNATURE, BODY), "HTTP/1.1 200 OK");
    }
    drop(limit);
    let database = rusqlite::Connection::open(repository.path().join("limit.db")).unwrap();
    let rows: i64 = database
        .query_row("SELECT count(*) FROM row", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3);
}
