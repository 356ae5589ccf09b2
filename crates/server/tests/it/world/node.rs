//! One process of a world: an app on the world's clock, which can be made to die at a named point.
//!
//! In: the shared world and a [`Plan`]. Out: a running app; after its death nothing of it works any
//! more, even what other tasks of it were doing. Absent: rebirth, which is the world's. Next:
//! [`super::way`].

use super::Shared;
use super::business::Business;
use super::way::SimGraph;
use ponte::app::{App, Config, Running, Secrets};
use ponte::env::{Clock, CrashPoints, Env, Ids};
use ponte::graph::Secret;
use ponte_core::time::Span;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;
use uuid::Uuid;

/// Where the next death is planned.
#[derive(Clone, Default)]
pub struct Plan(Arc<Mutex<Option<(&'static str, u32)>>>);

impl Plan {
    pub fn set(&self, point: &'static str, nth: u32) {
        assert!(ponte::env::crash::POINTS.contains(&point), "{point}");
        *self.0.lock().unwrap() = Some((point, nth.max(1)));
    }

    /// Whether this passing is the fatal one.
    fn fatal(&self, point: &str) -> bool {
        let mut held = self.0.lock().unwrap();
        let Some((planned, nth)) = held.as_mut() else {
            return false;
        };
        if *planned != point {
            return false;
        }
        *nth -= 1;
        let dies = *nth == 0;
        if dies {
            *held = None;
        }
        dies
    }
}

/// The way into a node for deliveries, and the news of its death.
#[derive(Clone)]
pub struct Door {
    pub router: axum::Router,
    pub dead: watch::Receiver<bool>,
}

pub struct Node {
    app: App,
    running: Running,
    dead: watch::Receiver<bool>,
}

impl Node {
    /// Starts a node; `None`: it died of its plan while starting.
    pub async fn start(
        shared: &Shared,
        business: &Business,
        n: usize,
        life: u32,
        plan: &Plan,
        alone: bool,
    ) -> Option<Node> {
        let (died, dead) = watch::channel(false);
        let hook = {
            let (plan, dead, store) = (plan.clone(), dead.clone(), shared.store.clone());
            move |point: &'static str| {
                if *dead.borrow() {
                    return true;
                }
                let dies = plan.fatal(point);
                if dies {
                    if alone {
                        // Whatever else this process was about to store is not stored.
                        store.inject(1, ponte_store::Fault::CrashBefore);
                    }
                    died.send_replace(true);
                }
                dies
            }
        };
        let clock = {
            let shared = shared.clone();
            Clock::with_wall(move || shared.now() + Span(shared.skew.load(Ordering::Relaxed)))
        };
        let mut bits = shared.seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ (u64::from(life) << 32)
            ^ u64::try_from(n).unwrap();
        let ids = Ids::from_source(move || {
            let mut next = || {
                bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                u128::from(bits ^ (bits >> 29))
            };
            (next() << 64) | next()
        });
        let clock = Arc::new(clock);
        let env = Env {
            egress: ponte::egress::Egress::new(Arc::clone(&clock), ponte::egress::Allow::default()),
            clock,
            ids: Arc::new(ids),
            graph: Arc::new(SimGraph::new(shared.clone(), dead.clone())),
            crash: CrashPoints::new(hook),
        };
        let id = Uuid::from_u128((u128::from(life) << 64) | (n as u128 + 1));
        let data = std::env::temp_dir().join(format!("ponte-world-{}", std::process::id()));
        let mut config = Config::new(id, data, Secret::new("a tag key of the world"));
        config.alone = alone;
        let secrets = Secrets::default();
        secrets.set_app(vec![Secret::new("demo-app-secret")]);
        secrets.set_verify(Secret::new("demo-verify-token"));
        secrets.set_default_token(Secret::new("demo-access-token"));
        let mut app = App::new(shared.store.clone(), env, config, secrets);
        if let Some(decide) = &business.decide {
            app.decide = Arc::clone(decide);
        }
        let mut early = dead.clone();
        let running = tokio::select! {
            biased;
            running = app.start() => running.unwrap(),
            _ = early.wait_for(|dead| *dead) => return None,
        };
        Some(Node { app, running, dead })
    }

    pub fn app(&self) -> &App {
        &self.app
    }

    pub fn door(&self) -> Door {
        Door {
            router: self.app.webhook_router(),
            dead: self.dead.clone(),
        }
    }

    /// Everything of it is gone.
    pub async fn drop_dead(self) {
        drop(self.running);
        // Aborted tasks are dropped when the runtime comes to them.
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
    }

    /// Stops gracefully; one that dies while it stops is simply dead. Gives back whether it died.
    pub async fn stop(self) -> bool {
        let mut dead = self.dead.clone();
        let died = tokio::select! {
            biased;
            () = self.running.stop() => false,
            _ = dead.wait_for(|dead| *dead) => true,
        };
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        died
    }
}

/// The first of the nodes that dies.
pub async fn first_death(nodes: &[Node]) -> usize {
    let deaths = nodes.iter().enumerate().map(|(n, node)| {
        let mut dead = node.dead.clone();
        Box::pin(async move {
            if dead.wait_for(|dead| *dead).await.is_err() {
                std::future::pending::<()>().await;
            }
            n
        })
    });
    futures_util::future::select_all(deaths).await.0
}
