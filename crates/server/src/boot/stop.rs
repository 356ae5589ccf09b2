//! Waits until somebody wants this process to end: SIGTERM, SIGINT.
//!
//! In: the machine's signals. Out: a future that ends once. A second signal ends the process at once,
//! for people who don't want to wait. Absent: what stopping means (`serve.rs`). Next: `serve.rs`.

/// Ends when the process is asked to stop.
pub async fn asked() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = match signal(SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be waited for; only SIGINT stops in order");
                let _ = tokio::signal::ctrl_c().await;
                return;
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    {
        let _ = tokio::signal::ctrl_c().await;
    }
}
