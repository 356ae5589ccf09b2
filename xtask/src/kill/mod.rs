//! `cargo xtask kill`: the real binary under load, killed at random moments, judged by the simulator.
//!
//! In: a number of rounds and a seed. Two processes: `ponte simulate`, which lives through it all and
//! keeps the ledger, and `ponte serve --demo`, which gets SIGKILL again and again. Out: a verdict:
//! nothing acknowledged is lost, nothing is answered twice; what nobody can know is listed.
//! Absent: power loss (the kernel's cache survives a kill). Read next: `judge` (the verdict), `plan` (the kills), `people` (the load).

mod judge;
mod people;
mod plan;
mod product;

use crate::process::{self, Folder, Victim, free_address, get_json};
use judge::Verdict;
use people::{People, post};
use plan::Plan;
use product::Product;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Throughput of the number, on both sides: above the load, so that pace is not what is tested.
const PER_SECOND: &str = "500";
/// Calls in a thousand that Graph answers after seconds, so that kills fall between post and answer.
const SLOW_PER_MILLE: u32 = 100;
/// The proof time is under a minute; after twice that nothing may still be open.
const DRAIN: Duration = Duration::from_secs(150);
/// Simulated seconds per look while draining, so that webhook retries planned for later come now.
const DRAIN_STEP_S: u32 = 15;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Options {
    /// How often the binary is killed
    #[arg(long, default_value_t = 20)]
    rounds: u32,
    /// Repeats a plan; random when not given
    #[arg(long)]
    seed: Option<u64>,
    /// postgres://… instead of SQLite in a temporary folder
    #[arg(long)]
    database: Option<String>,
    /// The binary to kill; built first when not given
    #[arg(long)]
    bin: Option<PathBuf>,
    /// Questions per second, over all customers
    #[arg(long, default_value_t = 30.0)]
    rate: f64,
    /// Print the verdict as JSON
    #[arg(long)]
    json: bool,
}

struct Scene {
    program: PathBuf,
    folder: Folder,
    database: Option<String>,
    simulator: SocketAddr,
    address: SocketAddr,
}

pub(crate) fn run(root: &Path, options: &Options) -> Result<bool, String> {
    let seed = options.seed.unwrap_or_else(fresh_seed);
    let program = match &options.bin {
        Some(program) => program.clone(),
        None => process::build(root, false, &["ponte"])?.join("ponte"),
    };
    let scene = Scene {
        program,
        folder: Folder::new(&process::target(root), "kill")?,
        database: options.database.clone(),
        simulator: free_address()?,
        address: free_address()?,
    };
    println!("kill: {} rounds, seed {seed}", options.rounds);
    let simulator = scene.start_simulator()?;
    let mut victim = scene.start_victim()?;
    scene.arm("slow-api", SLOW_PER_MILLE)?;
    let people = People::start(scene.simulator, options.rate);
    let mut plan = Plan::new(seed);
    let mut starts = Starts::default();
    for round in 0..options.rounds {
        std::thread::sleep(plan.alive());
        if !victim.is_running() {
            return Err(format!(
                "round {round}: ended by itself\n{}",
                scene.last_words()
            ));
        }
        victim.kill();
        std::thread::sleep(plan.dead());
        let (at_us, from) = (wall_us(), Instant::now());
        victim = scene
            .start_victim()
            .map_err(|why| format!("round {round}: {why}"))?;
        starts.slowest = starts.slowest.max(from.elapsed());
        starts.at_us.push(at_us);
    }
    let said = people.finish()?;
    // Before the drain, which moves the simulator's clock forward.
    starts.judge(&get_json(scene.simulator, "/simulator/api/ledger")?);
    let product = Product::new(scene.program(), scene.address)?;
    let verdict = scene.drain(&mut victim, &product)?;
    drop((victim, simulator));
    report(options, said, &starts, &verdict)
}

fn fresh_seed() -> u64 {
    wall_us() as u64
}

fn wall_us() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |n| n.as_micros() as i64)
}

/// How quickly it was back, over all restarts.
#[derive(Default)]
struct Starts {
    at_us: Vec<i64>,
    slowest: Duration,
    /// From a start to the first answer accepted after it, in rounds that lived to see one.
    first_answer_ms: Vec<i64>,
}

impl Starts {
    fn judge(&mut self, ledger: &Value) {
        let accepted = ledger["accepted"].as_array().into_iter().flatten();
        let answers: Vec<i64> = accepted.filter_map(|a| a["at"].as_i64()).collect();
        for (i, start) in self.at_us.iter().enumerate() {
            let end = self.at_us.get(i + 1).copied().unwrap_or(i64::MAX);
            let first = answers
                .iter()
                .filter(|at| (*start..end).contains(*at))
                .min();
            self.first_answer_ms
                .extend(first.map(|at| (at - start) / 1_000));
        }
        self.first_answer_ms.sort_unstable();
    }

    fn describe(&self) -> String {
        let ready = format!("ready within {} ms", self.slowest.as_millis());
        let seen = &self.first_answer_ms;
        match (seen.get(seen.len() / 2), seen.last()) {
            (Some(median), Some(most)) => format!(
                "{ready}; first answer after a start, in the {} rounds that lived to see one: median {median} ms, at most {most} ms",
                seen.len()
            ),
            _ => format!("{ready}; no round lived long enough to see an answer after its start"),
        }
    }
}

impl Scene {
    fn start_simulator(&self) -> Result<Victim, String> {
        let mut command = Command::new(&self.program);
        command
            .args([
                "simulate",
                "--listen",
                &self.simulator.to_string(),
                "--webhook",
            ])
            .arg(format!("http://{}/webhooks/whatsapp", self.address))
            .args(["--mps", PER_SECOND])
            // Ids of its own for each campaign: two campaigns may share one database.
            .args(["--seed", &fresh_seed().to_string()]);
        let log = self.folder.0.join("simulator.log");
        Victim::start(command, self.simulator, "/simulator/api/summary", &log)
    }

    /// The program with the data of this campaign; a command is still to be named.
    fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--data").arg(self.folder.0.join("data"));
        if let Some(database) = &self.database {
            command.env("PONTE_DATABASE", database);
        }
        command
    }

    fn start_victim(&self) -> Result<Victim, String> {
        let mut command = self.program();
        command
            .args(["serve", "--demo", "--listen", &self.address.to_string()])
            .env("PONTE_GRAPH_URL", format!("http://{}", self.simulator))
            .env("PONTE_DEMO_MPS", PER_SECOND);
        let log = self.folder.0.join("victim.log");
        Victim::start(command, self.address, "/readyz", &log)
    }

    fn arm(&self, fault: &str, per_mille: u32) -> Result<(), String> {
        let arming = json!({"name": fault, "mode": "per-mille", "value": per_mille});
        post(self.simulator, "/simulator/api/faults", &arming).map(drop)
    }

    /// Waits until every question is answered or shown to a person, or the time is up.
    fn drain(&self, victim: &mut Victim, product: &Product) -> Result<Verdict, String> {
        self.arm("slow-api", 0)?;
        let from = Instant::now();
        loop {
            let verdict = self.verdict(product)?;
            if verdict.is_settled() || from.elapsed() > DRAIN {
                // A copy that comes late is still a copy.
                std::thread::sleep(Duration::from_secs(2));
                return self.verdict(product);
            }
            if !victim.is_running() {
                return Err(format!(
                    "ended by itself while draining\n{}",
                    self.last_words()
                ));
            }
            let step = json!({"advance_s": DRAIN_STEP_S});
            if verdict.acked < verdict.asked {
                post(self.simulator, "/simulator/api/clock", &step)?;
            }
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    fn verdict(&self, product: &Product) -> Result<Verdict, String> {
        let shown = product.shown()?;
        let ledger = get_json(self.simulator, "/simulator/api/ledger")?;
        Ok(judge::judge(&ledger, &shown))
    }

    fn last_words(&self) -> String {
        let text = std::fs::read_to_string(self.folder.0.join("victim.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

fn report(
    options: &Options,
    said: usize,
    starts: &Starts,
    verdict: &Verdict,
) -> Result<bool, String> {
    if options.json {
        let text = serde_json::to_string_pretty(verdict).map_err(|e| e.to_string())?;
        println!("{text}");
    }
    println!(
        "kill: {said} asked, {} acknowledged, {} answered, {} listed as unknown, {} with a person",
        verdict.acked,
        verdict.answered,
        verdict.listed.len(),
        verdict.owned.len()
    );
    println!("kill: {}", starts.describe());
    let mut broken = 0;
    for (promise, times) in verdict.promises() {
        if times > 0 {
            println!("kill: {promise}: {times}");
            broken += 1;
        }
    }
    if verdict.answered == 0 {
        println!("kill: nothing was answered at all: the campaign proves nothing");
        broken += 1;
    }
    println!(
        "{} passed, {broken} failed",
        verdict.promises().len() + 1 - broken
    );
    Ok(broken == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_counts_for_the_round_that_lived_to_see_it() {
        let mut starts = Starts {
            at_us: vec![0, 100_000, 200_000],
            ..Starts::default()
        };
        starts.judge(&json!({"accepted": [{"at": 30_000}, {"at": 40_000}, {"at": 250_000}]}));
        assert_eq!(starts.first_answer_ms, [30, 50]);
        assert!(starts.describe().contains("median 50 ms, at most 50 ms"));
    }
}
