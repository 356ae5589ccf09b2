//! The demo's world: the simulator inside this process, posting webhooks to our own address.
//!
//! In: where we listen, the throughput. Out: a running [`Host`] and its admin routes. Its ids start
//! from fresh randomness each time: the same wamids as yesterday would be taken for repeats. Our clock
//! follows the world's, so that its "+1 h" moves our timers too. Absent: keeping the world over a
//! restart; `recall.rs` tells a new one what the store knows. Next: `samples.rs`.

use super::recall;
use crate::boot::fail::Fail;
use crate::both;
use crate::env::Clock;
use ponte_core::Time;
use ponte_core::time::Span;
use ponte_sim::{Cloud, CloudConfig, Host, HostOptions, Stride};
use ponte_store::Store;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// "+24 h" goes in parts, so that a pause of two hours ends while the customer's window is still open,
/// as it would if the day really passed. The rest is enough for a timer, a turn and a send.
const STRIDE: Stride = Stride {
    longest_us: Span::hours(6).as_micros(),
    rest: Duration::from_millis(2_500),
};

/// Starts the world, `ahead` of the machine's clock.
///
/// # Errors
/// [`Fail`] when it can't listen.
pub async fn start(
    ours: SocketAddr,
    mps: Option<u32>,
    seed: u64,
    ahead: Span,
) -> Result<Arc<Host>, Fail> {
    let mut config = CloudConfig::demo();
    config.webhook_url = Some(format!("http://{}/webhooks/whatsapp", reachable(ours)));
    for number in &mut config.numbers {
        number.mps = mps.unwrap_or(number.mps);
    }
    config.pair_limit = mps.is_none();
    let options = HostOptions {
        offset_us: ahead.as_micros(),
        stride: Some(STRIDE),
        ..HostOptions::default()
    };
    let host = Host::start(Cloud::new(config, seed), options).await;
    host.map_err(|why| {
        Fail::machine(
            both!(
                "o simulador não pôde escutar ({why}).",
                "the simulator could not listen ({why})."
            ),
            both!(
                "Tente de novo, ou dê outro com PONTE_GRAPH_URL.",
                "Try again, or give another with PONTE_GRAPH_URL."
            ),
        )
    })
}

/// Where we can reach ourselves: an address that means "any" is no address to call.
fn reachable(ours: SocketAddr) -> SocketAddr {
    if ours.ip().is_unspecified() {
        SocketAddr::from((Ipv4Addr::LOCALHOST, ours.port()))
    } else {
        ours
    }
}

/// The world's clock looked at this often.
const LOOK: Duration = Duration::from_millis(100);
/// Less than this is drift, not a button.
const JUMP: Span = Span::secs(30);

/// A clock whose wall is the world's.
#[must_use]
pub fn clock(host: &Arc<Host>) -> Clock {
    let host = Arc::clone(host);
    Clock::with_wall(move || Time(host.now()))
}

/// Lets our clock follow when somebody moves the world's. Never ends; drop it to end it.
pub async fn follow(host: Arc<Host>, clock: Arc<Clock>, store: Store) {
    let machine = Clock::real();
    loop {
        tokio::time::sleep(LOOK).await;
        let world = Time(host.now());
        if world - clock.now() > JUMP {
            clock.saw_date(world);
            if let Err(error) = recall::note_ahead(&store, world - machine.now()).await {
                tracing::warn!(%error, "after a restart the demo's time will go back");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_address_is_reached_at_home() {
        assert_eq!(
            reachable("0.0.0.0:8080".parse().unwrap()).to_string(),
            "127.0.0.1:8080"
        );
        assert_eq!(
            reachable("10.0.0.1:80".parse().unwrap()).to_string(),
            "10.0.0.1:80"
        );
    }
}
