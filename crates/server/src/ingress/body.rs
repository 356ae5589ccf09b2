//! Reads a delivery's body within limits: size, time and all bodies in memory together.
//!
//! In: a request body, who sends it, and the budget that all deliveries share. Out: the exact bytes with
//! the share of the budget they hold, or why not. What one address is still sending may take only a part of
//! the budget: many slow uploads from one place leave room for everybody else's. Absent: what the bytes
//! say, and headers in which a proxy names the address behind it, which anybody can write. Next:
//! [`super`].

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Meta sends up to 3 MB; the rest is room for what it may grow to.
pub const BODY_LIMIT: usize = 4 * 1024 * 1024;
/// Meta itself gives up sooner; a slower sender is holding a place on purpose.
pub const READ_WITHIN: Duration = Duration::from_secs(10);
/// The budget is counted in pieces of this size.
const PIECE: usize = 1024;
/// What has come is waited for no longer than this for more: whoever drips holds what it has sent.
const QUIET: Duration = Duration::from_secs(3);

/// All the bytes that deliveries may hold at once.
#[derive(Clone)]
pub struct Budget {
    all: Arc<Semaphore>,
    /// Pieces of bodies that are being read now, by who sends them: no longer than the connections.
    reading: Arc<Mutex<BTreeMap<Sender, usize>>>,
    /// Pieces that one sender's bodies may hold while they are being read.
    most: usize,
}

/// Who sends: an address, or the network of one for IPv6, where one machine has very many.
type Sender = [u8; 8];

/// A body and its share of the budget, given back when dropped.
pub struct Held {
    /// Exactly these: a body that is cut out of the connection's buffer would keep all of that.
    pub bytes: Arc<[u8]>,
    _share: OwnedSemaphorePermit,
}

/// What a body that is being read holds.
struct Share<'a> {
    budget: &'a Budget,
    sender: Option<Sender>,
    held: Option<OwnedSemaphorePermit>,
}

impl Share<'_> {
    fn pieces(&self) -> usize {
        self.held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits)
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Unread> {
        let pieces = bytes.div_ceil(PIECE);
        if let Some(sender) = self.sender {
            self.budget.count(sender, pieces)?;
        }
        match self.budget.take(pieces) {
            Ok(more) => {
                match &mut self.held {
                    Some(held) => held.merge(more),
                    None => self.held = Some(more),
                }
                Ok(())
            }
            Err(unread) => {
                if let Some(sender) = self.sender {
                    self.budget.forget(sender, pieces);
                }
                Err(unread)
            }
        }
    }

    /// The body is whole: its bytes count for all, and no longer for its sender.
    fn keep(mut self) -> Option<OwnedSemaphorePermit> {
        if let Some(sender) = self.sender.take() {
            self.budget.forget(sender, self.pieces());
        }
        self.held.take()
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender {
            self.budget.forget(sender, self.pieces());
        }
    }
}

/// Why a body was not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unread {
    TooLarge,
    TooSlow,
    /// Too much is in memory already: come back later.
    Full,
    Broken,
}

impl Budget {
    /// `bytes` for all, of which one sender's bodies may hold `most` while they are being read.
    #[must_use]
    pub fn new(bytes: usize, most: usize) -> Budget {
        Budget {
            all: Arc::new(Semaphore::new((bytes / PIECE).max(1))),
            reading: Arc::default(),
            most: (most / PIECE).max(1),
        }
    }

    fn take(&self, pieces: usize) -> Result<OwnedSemaphorePermit, Unread> {
        let pieces = u32::try_from(pieces).map_err(|_| Unread::TooLarge)?;
        Arc::clone(&self.all)
            .try_acquire_many_owned(pieces)
            .map_err(|_| Unread::Full)
    }

    fn count(&self, sender: Sender, pieces: usize) -> Result<(), Unread> {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let held = reading.get(&sender).copied().unwrap_or(0);
        if held + pieces > self.most {
            return Err(Unread::Full);
        }
        reading.insert(sender, held + pieces);
        Ok(())
    }

    fn forget(&self, sender: Sender, pieces: usize) {
        let mut reading = self.reading.lock().unwrap_or_else(PoisonError::into_inner);
        let left = reading
            .get(&sender)
            .map_or(0, |held| held.saturating_sub(pieces));
        if left == 0 {
            reading.remove(&sender);
        } else {
            reading.insert(sender, left);
        }
    }
}

fn sender(address: IpAddr) -> Sender {
    let v6 = match address {
        IpAddr::V4(v4) => return v4_sender(v4),
        IpAddr::V6(v6) => v6,
    };
    if let Some(v4) = v6.to_ipv4_mapped() {
        return v4_sender(v4);
    }
    let [a, b, c, d, e, f, g, h, ..] = v6.octets();
    [a, b, c, d, e, f, g, h]
}

/// No network of IPv6 begins with zeros.
fn v4_sender(address: Ipv4Addr) -> Sender {
    let [a, b, c, d] = address.octets();
    [0, 0, 0, 0, a, b, c, d]
}

/// Reads the whole body, or says why not. Its share of the budget grows with what has come, in whole
/// steps: a promise in a header holds nothing, or a few silent connections could shut everybody out.
pub async fn read(
    headers: &HeaderMap,
    body: Body,
    from: Option<IpAddr>,
    budget: &Budget,
) -> Result<Held, Unread> {
    let promised = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(0);
    if promised > BODY_LIMIT {
        return Err(Unread::TooLarge);
    }
    let mut share = Share {
        budget,
        sender: from.map(sender),
        held: None,
    };
    share.grow(1)?;
    match tokio::time::timeout(READ_WITHIN, collect(body, share)).await {
        Ok(read) => read,
        Err(_) => Err(Unread::TooSlow),
    }
}

async fn collect(mut body: Body, mut share: Share<'_>) -> Result<Held, Unread> {
    let mut first: Option<Bytes> = None;
    let mut more = BytesMut::new();
    loop {
        let frame = match tokio::time::timeout(QUIET, body.frame()).await {
            Ok(Some(frame)) => frame,
            Ok(None) => break,
            Err(_) => return Err(Unread::TooSlow),
        };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else {
            continue;
        };
        let length = first.as_ref().map_or(0, Bytes::len).max(more.len()) + data.len();
        if length > BODY_LIMIT {
            return Err(Unread::TooLarge);
        }
        let held = share.pieces() * PIECE;
        if length > held {
            share.grow(length - held)?;
        }
        match first.take() {
            // The usual body comes in one piece and is copied once, at the end.
            None if more.is_empty() => first = Some(data),
            None => more.extend_from_slice(&data),
            Some(start) => {
                more.extend_from_slice(&start);
                more.extend_from_slice(&data);
            }
        }
    }
    Ok(Held {
        bytes: first.map_or_else(|| Arc::from(&*more), |whole| Arc::from(&*whole)),
        _share: share.keep().ok_or(Unread::Full)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use std::convert::Infallible;

    /// One sender may have it all.
    fn whole(bytes: usize) -> Budget {
        Budget::new(bytes, bytes)
    }

    fn pieces(sizes: &[usize]) -> Body {
        let pieces: Vec<Result<Bytes, Infallible>> = sizes
            .iter()
            .map(|size| Ok(Bytes::from(vec![b'x'; *size])))
            .collect();
        Body::from_stream(stream::iter(pieces))
    }

    fn length(bytes: usize) -> HeaderMap {
        HeaderMap::from_iter([(http::header::CONTENT_LENGTH, bytes.into())])
    }

    #[tokio::test]
    async fn bodies_of_any_cut_are_joined_exactly() {
        let budget = whole(1 << 20);
        for sizes in [&[][..], &[5], &[1, 2, 3], &[4000, 1, 4000], &[0, 7, 0]] {
            let read = read(&HeaderMap::new(), pieces(sizes), None, &budget).await;
            let bytes = read.map(|held| held.bytes.len());
            assert_eq!(bytes, Ok(sizes.iter().sum()));
        }
        assert_eq!(budget.all.available_permits(), 1024, "all given back");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_with_and_without_a_length() {
        let budget = whole(64 << 20);
        let promised = read(&length(BODY_LIMIT + 1), pieces(&[1]), None, &budget).await;
        assert_eq!(promised.err(), Some(Unread::TooLarge));
        let endless = read(&HeaderMap::new(), pieces(&[1 << 20; 5]), None, &budget).await;
        assert_eq!(endless.err(), Some(Unread::TooLarge));
        let lying = read(&length(3), pieces(&[1 << 20; 5]), None, &budget).await;
        assert_eq!(lying.err(), Some(Unread::TooLarge));
        let exact = read(&length(BODY_LIMIT), pieces(&[1 << 20; 4]), None, &budget).await;
        assert!(exact.is_ok());
    }

    #[tokio::test]
    async fn over_the_budget_nothing_is_read() {
        let budget = whole(10 * 1024);
        let first = read(&length(8 * 1024), pieces(&[8 * 1024]), None, &budget).await;
        assert!(first.is_ok());
        let second = read(&length(8 * 1024), pieces(&[8 * 1024]), None, &budget).await;
        assert_eq!(second.err(), Some(Unread::Full));
        let growing = read(&HeaderMap::new(), pieces(&[1024; 8]), None, &budget).await;
        assert_eq!(growing.err(), Some(Unread::Full));
        drop(first);
        let third = read(&length(8 * 1024), pieces(&[8 * 1024]), None, &budget).await;
        assert!(third.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn promises_hold_nothing() {
        let budget = whole(BODY_LIMIT);
        let silent: Vec<_> = (0..64)
            .map(|_| {
                let budget = budget.clone();
                let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
                tokio::spawn(
                    async move { read(&length(BODY_LIMIT), body, None, &budget).await.err() },
                )
            })
            .collect();
        tokio::task::yield_now().await;
        let honest = read(&length(1 << 20), pieces(&[1 << 20]), None, &budget).await;
        assert!(honest.is_ok());
        for sender in silent {
            assert_eq!(sender.await.unwrap(), Some(Unread::TooSlow));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_drips_is_let_go() {
        let budget = whole(1 << 20);
        let drip = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let read = read(&length(100), drip, None, &budget).await;
        assert_eq!(read.err(), Some(Unread::TooSlow));
        assert_eq!(budget.all.available_permits(), 1024);
    }

    #[tokio::test(start_paused = true)]
    async fn what_one_address_is_still_sending_leaves_room_for_the_others() {
        let budget = Budget::new(64 * 1024, 48 * 1024);
        let slow = |from: IpAddr| {
            let budget = budget.clone();
            let first = stream::iter([Ok::<_, Infallible>(Bytes::from(vec![b'x'; 16 * 1024]))]);
            let body = Body::from_stream(first.chain(stream::pending()));
            tokio::spawn(async move { read(&HeaderMap::new(), body, Some(from), &budget).await })
        };
        let one: IpAddr = "203.0.113.7".parse().unwrap();
        let mapped: IpAddr = "::ffff:203.0.113.7".parse().unwrap();
        let other: IpAddr = "2001:db8::1".parse().unwrap();
        let uploads = [slow(one), slow(mapped), slow(one)];
        tokio::task::yield_now().await;
        let plain = HeaderMap::new();
        let small = |from| read(&plain, pieces(&[4 * 1024]), Some(from), &budget);
        assert_eq!(small(one).await.err(), Some(Unread::Full));
        assert!(small(other).await.is_ok(), "there is room for another");
        for upload in uploads {
            assert_eq!(upload.await.unwrap().err(), Some(Unread::TooSlow));
        }
        assert!(budget.reading.lock().unwrap().is_empty(), "all given back");
        assert_eq!(budget.all.available_permits(), 64);
        let kept = small(one).await.unwrap();
        assert!(budget.reading.lock().unwrap().is_empty(), "whole: all's");
        assert_eq!(budget.all.available_permits(), 60);
        drop(kept);
    }

    #[test]
    fn an_ipv6_machine_is_its_network() {
        let of = |text: &str| sender(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:2"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("203.0.113.7"), of("::ffff:203.0.113.7"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }
}
