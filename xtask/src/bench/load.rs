//! The load generator: posts signed deliveries on kept connections, closed loop or open loop.
//!
//! In: an address, a ledger, a shape of load. Out: everything goes into the ledger. Closed: a lane
//! posts its next message when the last was acknowledged (or answered); open: messages leave by the
//! clock, and waiting counts from the moment they should have left. HTTP is spoken by hand, since a
//! client library would cost more than the server under test. Absent: judging; see `ledger`.

use super::ledger::Ledger;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer that takes longer than this is not coming.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const RESPONSE_MAX: usize = 64 * 1024;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// The next when the last is acknowledged.
    ClosedAck,
    /// The next when the last is answered.
    ClosedAnswer,
    /// So many per second over all lanes.
    Open { per_second: f64 },
}

#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) target: SocketAddr,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) began: Instant,
    pub(crate) shape: Shape,
    pub(crate) lasts: Duration,
    /// Post every delivery a second time right after.
    pub(crate) twice: bool,
}

impl Load {
    /// Runs all lanes to their end; the seconds it took.
    pub(crate) async fn run(&self) -> f64 {
        let from = Instant::now();
        let lanes = (0..self.ledger.deal.lanes).map(|lane| {
            let load = self.clone();
            tokio::spawn(async move { load.lane(lane, from).await })
        });
        for lane in lanes.collect::<Vec<_>>() {
            let _ = lane.await; // A lane that panicked shows as messages missing from the ledger.
        }
        from.elapsed().as_secs_f64()
    }

    async fn lane(&self, lane: u64, from: Instant) {
        let mut line = Line::new(self.target);
        let host = self.target.to_string();
        for n in 0.. {
            let number = self.ledger.deal.number(lane, n);
            let due = self.due(lane, n, from).await;
            if from.elapsed() >= self.lasts || !self.ledger.has_room(number) {
                return;
            }
            let request = self.ledger.deal.request(number, &host);
            self.ledger
                .asked(number, due.duration_since(self.began).as_micros() as u64);
            let status = line.post(&request).await;
            self.ledger.delivered(number, status, self.now_us());
            if self.twice {
                line.post(&request).await;
            }
            if self.shape == Shape::ClosedAnswer && status == Some(200) {
                self.wait_for(lane, number).await;
            }
            if status != Some(200) {
                // A sender that is told to wait waits a little; Meta waits longer.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
    }

    /// When message `n` of a lane should leave; waits for it in the open loop.
    async fn due(&self, lane: u64, n: u64, from: Instant) -> Instant {
        let Shape::Open { per_second } = self.shape else {
            return Instant::now();
        };
        let number = self.ledger.deal.number(lane, n) as f64;
        let due = from + Duration::from_secs_f64(number / per_second);
        tokio::time::sleep_until(due.into()).await;
        due
    }

    async fn wait_for(&self, lane: u64, number: u64) {
        let answered = async {
            while !self.ledger.is_answered(number) {
                self.ledger.lane_moved(lane).await;
            }
        };
        let _ = tokio::time::timeout(ANSWER_WITHIN, answered).await; // Too late shows as lost.
    }

    fn now_us(&self) -> u64 {
        self.began.elapsed().as_micros() as u64
    }
}

/// One kept connection.
pub(crate) struct Line {
    target: SocketAddr,
    stream: Option<TcpStream>,
    buffer: Vec<u8>,
}

impl Line {
    pub(crate) fn new(target: SocketAddr) -> Line {
        Line {
            target,
            stream: None,
            buffer: Vec::with_capacity(1024),
        }
    }

    /// Sends a whole request and reads a whole response; none when the connection broke.
    pub(crate) async fn post(&mut self, request: &[u8]) -> Option<u16> {
        let exchanged = tokio::time::timeout(ANSWER_WITHIN, self.exchange(request)).await;
        let status = exchanged.ok().and_then(Result::ok);
        if status.is_none() {
            self.stream = None;
        }
        status
    }

    async fn exchange(&mut self, request: &[u8]) -> std::io::Result<u16> {
        if self.stream.is_none() {
            let fresh = TcpStream::connect(self.target).await?;
            fresh.set_nodelay(true)?;
            self.stream = Some(fresh);
        }
        let broken = || std::io::Error::other("connection broke");
        let stream = self.stream.as_mut().ok_or_else(broken)?;
        stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            if let Some((status, length)) = head(&self.buffer)
                && self.buffer.len() >= length
            {
                return Ok(status);
            }
            let read = stream.read_buf(&mut self.buffer).await?;
            if read == 0 || self.buffer.len() > RESPONSE_MAX {
                return Err(broken());
            }
        }
    }
}

/// Status and whole length of a response, once its head is there.
fn head(buffer: &[u8]) -> Option<(u16, usize)> {
    let end = buffer.windows(4).position(|w| w == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&buffer[..end]).ok()?;
    let mut lines = text.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let length = lines
        .filter_map(|l| l.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>());
    Some((status, end + 4 + length.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_measured_once_its_head_is_there() {
        assert_eq!(head(b"HTTP/1.1 200 OK\r\nContent-Le"), None);
        let whole = b"HTTP/1.1 503 No\r\nX: y\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(head(whole), Some((503, whole.len())));
        assert_eq!(head(b"HTTP/1.1 200 OK\r\n\r\n").map(|h| h.0), Some(200));
    }

    #[tokio::test]
    async fn the_durable_yardstick_answers_what_it_acknowledges() {
        use crate::bench::graph::{Graph, Mood};
        use crate::bench::limit::{Kind, serve};
        use crate::bench::message::Deal;
        let began = Instant::now();
        let ledger = Arc::new(Ledger::new(
            Deal {
                lanes: 4,
                pool: 4,
                run: 1,
            },
            80,
        ));
        let (graph, _proofs) = Graph::start(began, Arc::clone(&ledger)).await.unwrap();
        graph.turn(Arc::clone(&ledger), Mood::Fine);
        let folder =
            crate::process::Folder::new(&std::env::temp_dir(), "ponte-limit-test").unwrap();
        let target = crate::process::free_address().unwrap();
        let (data, to) = (folder.0.clone(), graph.address);
        tokio::spawn(async move { serve(Kind::EchoSqlite, target, &data, to).await });
        while TcpStream::connect(target).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let load = Load {
            target,
            ledger: Arc::clone(&ledger),
            began,
            shape: Shape::ClosedAnswer,
            lasts: Duration::from_secs(20),
            twice: false,
        };
        load.run().await;
        let tally = ledger.tally();
        assert_eq!((tally.acked, tally.answered, tally.lost), (80, 80, 0));
        assert_eq!(
            (tally.extra, tally.reordered, tally.misaddressed),
            (0, 0, 0)
        );
    }
}
