//! Named points at which a test may let the process die.
//!
//! In: a name from [`POINTS`], at the places where dying is interesting: before and after each
//! commit and each byte that leaves. Out: nothing in production; in the seeded world a future that
//! never resolves, after which the world drops everything of the node. Absent: any other fault;
//! those belong to the simulator. Next: `tests/it/world`.

use std::sync::Arc;

/// Every point there is, in the order of a message's way. The world dies at each of them.
pub const POINTS: [&str; 15] = [
    "ingress.before_commit",
    "ingress.after_commit",
    "intake.delivery",
    "intake.before_commit",
    "intake.after_commit",
    "engine.before_commit",
    "engine.after_commit",
    "calls.before_work",
    "calls.after_work",
    "calls.after_commit",
    "sender.before_claim",
    "sender.after_claim",
    "sender.after_post",
    "sender.after_outcome",
    "lease.after_take",
];

type Hook = Arc<dyn Fn(&'static str) -> bool + Send + Sync>;

/// Asks the test, if there is one, whether to die here.
#[derive(Clone, Default)]
pub struct CrashPoints(Option<Hook>);

impl CrashPoints {
    /// Production: nobody dies.
    #[must_use]
    pub fn none() -> CrashPoints {
        CrashPoints(None)
    }

    /// `dies` is asked at each point; true stops the caller for ever.
    #[must_use]
    pub fn new(dies: impl Fn(&'static str) -> bool + Send + Sync + 'static) -> CrashPoints {
        CrashPoints(Some(Arc::new(dies)))
    }

    /// One of [`POINTS`] is passed.
    pub async fn pass(&self, point: &'static str) {
        if let Some(dies) = &self.0 {
            debug_assert!(POINTS.contains(&point), "an unlisted point: {point}");
            if dies(point) {
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn a_point_that_dies_never_returns_and_the_others_do() {
        let points = CrashPoints::new(|name| name == "intake.before_commit");
        points.pass("intake.after_commit").await;
        let died = points.pass("intake.before_commit");
        assert!(
            tokio::time::timeout(Duration::from_secs(60), died)
                .await
                .is_err()
        );
        CrashPoints::none().pass("intake.before_commit").await;
    }
}
