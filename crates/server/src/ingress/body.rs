//! Reads a delivery's body within limits: size, time and all bodies in memory together.
//!
//! In: a request body and the budget that all deliveries share. Out: the exact bytes with the share
//! of the budget they hold, or why not. Absent: what the bytes say. Next: [`super`].

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use std::sync::Arc;
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
pub struct Budget(Arc<Semaphore>);

/// A body and its share of the budget, given back when dropped.
pub struct Held {
    pub bytes: Bytes,
    _share: OwnedSemaphorePermit,
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
    #[must_use]
    pub fn new(bytes: usize) -> Budget {
        Budget(Arc::new(Semaphore::new((bytes / PIECE).max(1))))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Unread> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).map_err(|_| Unread::TooLarge)?;
        Arc::clone(&self.0)
            .try_acquire_many_owned(pieces)
            .map_err(|_| Unread::Full)
    }
}

/// Reads the whole body, or says why not. Its share of the budget grows with what has come, in whole
/// steps: a promise in a header holds nothing, or a few silent connections could shut everybody out.
pub async fn read(headers: &HeaderMap, body: Body, budget: &Budget) -> Result<Held, Unread> {
    let promised = headers
        .get(http::header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or(0);
    if promised > BODY_LIMIT {
        return Err(Unread::TooLarge);
    }
    let share = budget.take(1)?;
    match tokio::time::timeout(READ_WITHIN, collect(body, share, budget)).await {
        Ok(read) => read,
        Err(_) => Err(Unread::TooSlow),
    }
}

async fn collect(
    mut body: Body,
    mut share: OwnedSemaphorePermit,
    budget: &Budget,
) -> Result<Held, Unread> {
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
        let held = share.num_permits() * PIECE;
        if length > held {
            share.merge(budget.take(length - held)?);
        }
        match first.take() {
            // The usual body comes in one piece and is not copied.
            None if more.is_empty() => first = Some(data),
            None => more.extend_from_slice(&data),
            Some(start) => {
                more.extend_from_slice(&start);
                more.extend_from_slice(&data);
            }
        }
    }
    Ok(Held {
        bytes: first.unwrap_or_else(|| more.freeze()),
        _share: share,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;
    use std::convert::Infallible;

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
        let budget = Budget::new(1 << 20);
        for sizes in [&[][..], &[5], &[1, 2, 3], &[4000, 1, 4000], &[0, 7, 0]] {
            let read = read(&HeaderMap::new(), pieces(sizes), &budget).await;
            let bytes = read.map(|held| held.bytes.len());
            assert_eq!(bytes, Ok(sizes.iter().sum()));
        }
        assert_eq!(budget.0.available_permits(), 1024, "all given back");
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_with_and_without_a_length() {
        let budget = Budget::new(64 << 20);
        let promised = read(&length(BODY_LIMIT + 1), pieces(&[1]), &budget).await;
        assert_eq!(promised.err(), Some(Unread::TooLarge));
        let endless = read(&HeaderMap::new(), pieces(&[1 << 20; 5]), &budget).await;
        assert_eq!(endless.err(), Some(Unread::TooLarge));
        let lying = read(&length(3), pieces(&[1 << 20; 5]), &budget).await;
        assert_eq!(lying.err(), Some(Unread::TooLarge));
        let exact = read(&length(BODY_LIMIT), pieces(&[1 << 20; 4]), &budget).await;
        assert!(exact.is_ok());
    }

    #[tokio::test]
    async fn over_the_budget_nothing_is_read() {
        let budget = Budget::new(10 * 1024);
        let first = read(&length(8 * 1024), pieces(&[8 * 1024]), &budget).await;
        assert!(first.is_ok());
        let second = read(&length(8 * 1024), pieces(&[8 * 1024]), &budget).await;
        assert_eq!(second.err(), Some(Unread::Full));
        let growing = read(&HeaderMap::new(), pieces(&[1024; 8]), &budget).await;
        assert_eq!(growing.err(), Some(Unread::Full));
        drop(first);
        let third = read(&length(8 * 1024), pieces(&[8 * 1024]), &budget).await;
        assert!(third.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn promises_hold_nothing() {
        let budget = Budget::new(BODY_LIMIT);
        let silent: Vec<_> = (0..64)
            .map(|_| {
                let budget = budget.clone();
                let body = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
                tokio::spawn(async move { read(&length(BODY_LIMIT), body, &budget).await.err() })
            })
            .collect();
        tokio::task::yield_now().await;
        let honest = read(&length(1 << 20), pieces(&[1 << 20]), &budget).await;
        assert!(honest.is_ok());
        for sender in silent {
            assert_eq!(sender.await.unwrap(), Some(Unread::TooSlow));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_sender_that_drips_is_let_go() {
        let budget = Budget::new(1 << 20);
        let drip = Body::from_stream(stream::pending::<Result<Bytes, Infallible>>());
        let read = read(&length(100), drip, &budget).await;
        assert_eq!(read.err(), Some(Unread::TooSlow));
        assert_eq!(budget.0.available_permits(), 1024);
    }
}
