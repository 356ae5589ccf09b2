//! The environment: everything the server takes from outside itself, as parameters.
//!
//! In: clock, ids, the ways to the provider and to everybody else, and the points at which a test may
//! let the process die.
//! Out: one cloneable [`Env`] that every room is given. Absent: storage, which is `ponte-store`, and
//! configuration, which is [`crate::app::Config`]. This folder is the only place that asks the
//! machine for time or randomness. Next: [`clock`], [`crate::graph`], [`crash`].

pub mod clock;
pub mod crash;
pub mod ids;
pub mod played;

pub use clock::Clock;
pub use crash::CrashPoints;
pub use ids::Ids;
pub use played::Played;

use crate::egress::{Allow, Egress};
use crate::graph::{Graph, Request, Sent};
use std::sync::Arc;

/// What a room may use of the world.
#[derive(Clone)]
pub struct Env {
    pub clock: Arc<Clock>,
    pub ids: Arc<Ids>,
    pub graph: Arc<dyn Graph>,
    /// The way to everybody but the provider.
    pub egress: Egress,
    pub crash: CrashPoints,
}

impl Env {
    /// The real machine with the given way to the provider.
    #[must_use]
    pub fn real(graph: Arc<dyn Graph>) -> Env {
        let clock = Arc::new(Clock::real());
        Env {
            egress: Egress::new(Arc::clone(&clock), Allow::default()),
            clock,
            ids: Arc::new(Ids::random()),
            graph,
            crash: CrashPoints::none(),
        }
    }

    /// A call to the provider. The date of every answer is evidence for the clock.
    pub async fn call(&self, request: Request) -> Sent {
        let sent = self.graph.call(request).await;
        if let Sent::Answered {
            date: Some(date), ..
        } = &sent
        {
            self.clock.saw_date(*date);
        }
        sent
    }
}
