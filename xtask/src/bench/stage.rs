//! One stage for every part of the bench: a server (ours or a limit), the fake Graph, one load.
//!
//! In: which server, which load, which mood of Graph. Out: [`Measured`]: the tally, rates, processor
//! time per message and memory. Absent: comparing; that is `cases`.

use super::Options;
use super::graph::{Graph, Mood};
use super::ledger::{Ledger, Tally};
use super::limit::Kind;
use super::load::{Line, Load, Shape};
use super::message::Deal;
use crate::process::{self, Folder, Victim};
use serde::Serialize;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Messages that one run may carry: what its ledger holds.
const CAPACITY: usize = 1_000_000;
/// How long the answers still owed may take after the load has stopped. Longer than the 45 s after
/// which an unsure send is given to a person.
const DRAIN: Duration = Duration::from_secs(300);
/// Without a single further answer for this long, the rest is not coming.
const STUCK: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Ours,
    Limit(Kind),
}

/// One run's figures.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Measured {
    pub(crate) tally: Tally,
    pub(crate) acks_per_second: f64,
    pub(crate) answers_per_second: f64,
    pub(crate) cpu_us_per_message: f64,
    pub(crate) idle_mb: f64,
    pub(crate) peak_mb: f64,
    /// Seconds until the last owed answer, after the load had stopped.
    pub(crate) drain_seconds: f64,
}

/// What is asked of a server.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) who: Who,
    pub(crate) shape: Shape,
    pub(crate) lanes: u64,
    pub(crate) pool: u64,
    pub(crate) lasts: Duration,
    pub(crate) mood: Mood,
    pub(crate) twice: bool,
}

pub(crate) struct Stage {
    programs: PathBuf,
    place: PathBuf,
    database: Option<String>,
    began: Instant,
    graph: Graph,
    proofs: mpsc::UnboundedReceiver<Vec<u8>>,
    runs: AtomicU64,
}

impl Stage {
    pub(crate) async fn new(root: &std::path::Path, options: &Options) -> Result<Stage, String> {
        let began = Instant::now();
        let empty = Arc::new(Ledger::new(
            Deal {
                lanes: 1,
                pool: 1,
                run: 0,
            },
            0,
        ));
        let (graph, proofs) = Graph::start(began, empty)
            .await
            .map_err(|e| e.to_string())?;
        let target = process::target(root);
        Ok(Stage {
            programs: target.join("release"),
            place: target,
            database: options.database.clone(),
            began,
            graph,
            proofs,
            runs: AtomicU64::new(1),
        })
    }

    pub(crate) async fn play(&mut self, plan: Plan) -> Result<Measured, String> {
        let run = self.runs.fetch_add(1, Ordering::Relaxed);
        let folder = Folder::new(&self.place, &format!("bench-{run}"))?;
        let deal = Deal {
            lanes: plan.lanes,
            pool: plan.pool,
            run: run + u64::from(std::process::id()),
        };
        let ledger = Arc::new(Ledger::new(deal, CAPACITY));
        self.graph.turn(Arc::clone(&ledger), plan.mood);
        while self.proofs.try_recv().is_ok() {} // What an earlier run left.
        let victim = self.start(plan.who, &folder)?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let (idle_mb, _) = victim.memory_mb();
        let cpu_before = victim.cpu_seconds();
        let load = Load {
            target: victim.address,
            ledger: Arc::clone(&ledger),
            began: self.began,
            shape: plan.shape,
            lasts: plan.lasts,
            twice: plan.twice,
        };
        let answers = !matches!(plan.who, Who::Limit(Kind::Hmac | Kind::Sqlite));
        let seconds = self.load_with_proofs(&load).await;
        let answered_meanwhile = ledger.tally().answered;
        let drain_seconds = if answers {
            self.drain(&load).await
        } else {
            0.0
        };
        let mut tally = ledger.tally();
        if !answers {
            tally.lost = 0; // A server that does not answer owes nothing.
        }
        let cpu = victim.cpu_seconds() - cpu_before;
        Ok(Measured {
            acks_per_second: tally.acked as f64 / seconds,
            answers_per_second: answered_meanwhile as f64 / seconds,
            cpu_us_per_message: cpu * 1e6 / (tally.acked.max(1) as f64),
            idle_mb,
            peak_mb: victim.memory_mb().1,
            drain_seconds,
            tally,
        })
    }

    /// Runs the load; posts the status webhooks that the fake Graph asks for beside it.
    async fn load_with_proofs(&mut self, load: &Load) -> f64 {
        let mut line = Line::new(load.target);
        let running = load.run();
        tokio::pin!(running);
        loop {
            tokio::select! {
                seconds = &mut running => return seconds,
                Some(proof) = self.proofs.recv() => { line.post(&proof).await; }
            }
        }
    }

    /// Waits until nothing is owed, nothing moves any more, or the time is up.
    async fn drain(&mut self, load: &Load) -> f64 {
        let from = Instant::now();
        let mut line = Line::new(load.target);
        let mut least = (load.ledger.owed(), from);
        while least.0 > 0 && least.1.elapsed() < STUCK && from.elapsed() < DRAIN {
            while let Ok(proof) = self.proofs.try_recv() {
                line.post(&proof).await;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
            let owed = load.ledger.owed();
            if owed < least.0 {
                least = (owed, Instant::now());
            }
        }
        let seconds = from.elapsed().as_secs_f64();
        // Copies come late or never: give them a moment before they are counted.
        tokio::time::sleep(Duration::from_millis(500)).await;
        seconds
    }

    fn start(&self, who: Who, folder: &Folder) -> Result<Victim, String> {
        let address = process::free_address()?;
        let listen = address.to_string();
        let log = folder.0.join("log");
        let graph = self.graph.address;
        match who {
            Who::Ours => {
                let mut command = Command::new(self.programs.join("ponte"));
                command
                    .args(["serve", "--demo", "--listen", &listen, "--data"])
                    .arg(folder.0.join("data"))
                    .env("PONTE_GRAPH_URL", format!("http://{graph}"))
                    .env("PONTE_DEMO_MPS", "1000000");
                if let Some(database) = &self.database {
                    command.env("PONTE_DATABASE", database);
                }
                Victim::start(command, address, "/readyz", &log)
            }
            Who::Limit(kind) => {
                let kind = clap::ValueEnum::to_possible_value(&kind);
                let kind = kind.ok_or("a hidden kind")?;
                let mut command = Command::new(self.programs.join("xtask"));
                command
                    .args(["limit", kind.get_name(), "--listen", &listen])
                    .args(["--graph", &graph.to_string(), "--data"])
                    .arg(&folder.0);
                Victim::start(command, address, "/readyz", &log)
            }
        }
    }
}
