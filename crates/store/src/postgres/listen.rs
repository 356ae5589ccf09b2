//! Hints of the other nodes: one connection that listens, and says "everything" whenever it may
//! have missed something.

use super::config::{Target, Way};
use crate::hint::{self, Hint};
use std::collections::HashSet;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast;
use tokio_postgres::{AsyncMessage, Client, Connection};

/// Between two tries to listen again; polls stand behind every hint.
const AGAIN: Duration = Duration::from_secs(1);

/// Listens until aborted.
pub(crate) async fn listen_loop(
    target: Target,
    hints: broadcast::Sender<Hint>,
    own: Arc<Mutex<HashSet<i32>>>,
) {
    loop {
        if let Ok((client, way)) = target.connect().await {
            match way {
                Way::Plain(c) => pump(client, *c, &hints, &own).await,
                Way::Tls(c) => pump(client, *c, &hints, &own).await,
            }
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn pump<S, T>(
    client: Client,
    mut connection: Connection<S, T>,
    hints: &broadcast::Sender<Hint>,
    own: &Mutex<HashSet<i32>>,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let listening = client.batch_execute("LISTEN ponte");
    let told = async {
        while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(n) = message {
                let ours = own
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .contains(&n.process_id());
                for hint in hint::unpack(n.payload()).into_iter().filter(|_| !ours) {
                    let _ = hints.send(hint);
                }
            }
        }
    };
    let begin = async {
        if listening.await.is_ok() {
            let _ = hints.send(Hint::Everything);
        }
    };
    tokio::join!(told, begin);
    // The client lives until here: dropping it would end the connection.
    drop(client);
}
