//! Commands that run inside the server that holds the embedded database.
//!
//! In: the arguments of a `ponte` started beside it. Out: what the command prints, and its exit code.
//! The command is the same code with the server's store in hand. Absent: `serve` and `simulate`, which
//! are processes of their own. Next: `boot/control.rs`, the socket.

use super::{Cli, Command, Desk};
use crate::app::App;
use crate::boot::config::Config;
use crate::boot::control::{self, Answer, Handed};
use crate::boot::fail::Fail;
use crate::boot::serve::Served;
use crate::both;
use clap::Parser;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinHandle;

/// Tries to have the command done by a running server; none: there is none.
///
/// # Errors
/// [`Fail`] when the server took it and did not answer.
pub async fn hand_over(
    desk: &Desk<'_>,
    args: &[String],
    secret: Option<String>,
) -> Result<Option<Answer>, Fail> {
    if desk.config.database.is_some() {
        return Ok(None);
    }
    let handed = Handed {
        args: args.to_vec(),
        folder: std::env::current_dir().unwrap_or_default(),
        portuguese: desk.lang == crate::words::Lang::Pt,
        secret,
    };
    control::hand_over(&desk.config.data, &handed).await
}

/// Serves commands for as long as the server runs.
///
/// # Errors
/// [`Fail`] when the socket can't be made.
#[cfg(unix)]
pub fn serve(desk: &Desk<'_>, served: &Served) -> Result<JoinHandle<()>, Fail> {
    if desk.config.database.is_some() {
        return Ok(tokio::spawn(std::future::ready(())));
    }
    let listener = control::open(&desk.config.data).map_err(|why| {
        let shown = control::path(&desk.config.data).display().to_string();
        Fail::machine(
            both!(
                "não consigo criar {shown} ({why}).",
                "{shown} can't be made ({why})."
            ),
            both!(
                "Use um caminho mais curto para os dados, ou confira as permissões.",
                "Use a shorter path for the data, or check its permissions."
            ),
        )
    })?;
    Ok(tokio::spawn(answer(
        listener,
        desk.config.clone(),
        served.app.clone(),
    )))
}

/// Answers commands from the socket, for ever.
#[cfg(unix)]
pub async fn answer(listener: tokio::net::UnixListener, config: Config, app: App) {
    let config = Arc::new(config);
    let each = |handed: Handed| {
        let (config, app) = (Arc::clone(&config), app.clone());
        async move { run(&handed, (*config).clone(), app).await }
    };
    control::serve(listener, each).await;
}

/// Without sockets there is nothing to serve.
///
/// # Errors
/// Never.
#[cfg(not(unix))]
pub fn serve(_: &Desk<'_>, _: &Served) -> Result<JoinHandle<()>, Fail> {
    let _ = both!("", "");
    Ok(tokio::spawn(std::future::ready(())))
}

async fn run(handed: &Handed, config: Config, app: App) -> Answer {
    let mut cli = match Cli::try_parse_from(&handed.args) {
        Ok(cli) => cli,
        Err(error) => {
            return Answer {
                code: crate::boot::fail::USAGE,
                out: String::new(),
                err: error.to_string(),
            };
        }
    };
    absolute(&mut cli.command, &handed.folder);
    let mut out = Vec::new();
    let machine = |name: &str| std::env::var(name).ok();
    let vars = super::provider::with_key(handed.secret.clone(), &machine);
    let json = cli.shared.json;
    let mut desk = Desk {
        config,
        lang: handed.lang(),
        json,
        vars: &vars,
        app: Some(app),
        out: &mut out,
    };
    // Boxed: a command is a large future, and this one is inside a task that mostly sleeps.
    let result = Box::pin(super::dispatch(&mut desk, cli.command)).await;
    let mut err = String::new();
    let code = result.unwrap_or_else(|fail| {
        err = super::failure(&fail, handed.lang(), json);
        fail.code
    });
    Answer {
        code,
        out: String::from_utf8_lossy(&out).into_owned(),
        err,
    }
}

/// Paths mean what they meant where they were written.
fn absolute(command: &mut Command, folder: &Path) {
    let fix = |path: &mut PathBuf| *path = folder.join(&*path);
    match command {
        Command::Apply(options) => fix(&mut options.dir),
        Command::Export(options) => fix(&mut options.dir),
        Command::Test(options) => fix(&mut options.dir),
        Command::Backup(options) => fix(&mut options.file),
        Command::Restore(options) => fix(&mut options.file),
        Command::Schema(options) => options.out.iter_mut().for_each(fix),
        Command::Nlu(crate::cli::nlu::Command::Eval(options)) => {
            fix(&mut options.train);
            fix(&mut options.test);
        }
        Command::Knowledge(super::knowledge::Command::Eval(options)) => {
            fix(&mut options.documents);
            fix(&mut options.queries);
        }
        Command::Tool(super::tool::Command::Import(options)) => fix(&mut options.file),
        Command::Knowledge(super::knowledge::Command::Add(options)) => fix(&mut options.file),
        Command::Tool(super::tool::Command::List | super::tool::Command::Try(_))
        | Command::Serve(_)
        | Command::Knowledge(_)
        | Command::Intents(_)
        | Command::ReadFile(_)
        | Command::Simulate(_)
        | Command::Replay(_)
        | Command::Assistant(_)
        | Command::Doctor
        | Command::Key(_)
        | Command::Number(_)
        | Command::Outbox(_)
        | Command::Provider(_)
        | Command::Vault(_)
        | Command::Quarantine(_) => {}
    }
}
