//! The repository's own tools: `cargo xtask tidy|generate|bench|kill`.
//!
//! In: a command. Out: a report for people or `--json`, and an exit code. Shares no code with the
//! product, so that a judge in here can't have the product's mistakes; it only starts the binary.
//! Read next: `tidy`, `bench`, `kill`.
#![expect(clippy::print_stdout, reason = "a command-line tool prints its report")]

mod bench;
mod generate;
mod kill;
mod process;
mod tidy;

use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "xtask", about = "Tools of the Ponte repository")]
struct Arguments {
    /// The repository to look at instead of the one this was built from
    #[arg(long, global = true, hide = true)]
    root: Option<PathBuf>,
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Hold the habits: rooms, crates, sizes, words, dead files
    Tidy {
        /// Print the report as JSON
        #[arg(long)]
        json: bool,
        /// Write down what has shrunk, then check
        #[arg(long)]
        lower: bool,
    },
    /// Measure the release binary beside bare limit servers
    Bench(bench::Options),
    /// Write the files that the binary makes, or check that they are current
    Generate(generate::Options),
    /// Kill the binary under load and let the simulator judge
    Kill(kill::Options),
    /// Serve as one of the bench's yardsticks
    #[command(hide = true)]
    Limit {
        kind: bench::limit::Kind,
        #[arg(long)]
        listen: SocketAddr,
        #[arg(long)]
        graph: SocketAddr,
        #[arg(long)]
        data: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = arguments.root.unwrap_or_else(root);
    let done = match arguments.command {
        Task::Tidy { json, lower } => tidy::run(&root, json, lower),
        Task::Bench(options) => bench::run(&root, &options),
        Task::Generate(options) => generate::run(&root, &options),
        Task::Kill(options) => kill::run(&root, &options),
        Task::Limit {
            kind,
            listen,
            graph,
            data,
        } => serve_limit(kind, listen, graph, &data),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("xtask: {why}");
            ExitCode::FAILURE
        }
    }
}

fn serve_limit(
    kind: bench::limit::Kind,
    listen: SocketAddr,
    graph: SocketAddr,
    data: &Path,
) -> Result<bool, String> {
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    runtime
        .block_on(bench::limit::serve(kind, listen, data, graph))
        .map(|()| true)
}

/// The repository's root: where this crate's folder lies.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or(here.clone(), PathBuf::from)
}
