//! The commands of `ponte`: what may be written after its name, one file per command.
//!
//! In: arguments and variables. Out: text for people (or JSON), and an exit code: 0 done, 1 done and
//! the answer is "no", 2 wrong arguments, configuration or files, 3 storage or machine. Absent on
//! purpose: secrets as arguments, and anything that outlives the command except `serve` and
//! `simulate`. Next: `serve.rs`, the one that runs everything.

pub mod apply;
pub mod assistant;
pub mod backup;
pub mod doctor;
pub mod doctor_brains;
pub mod doctor_numbers;
pub mod export;
pub mod help;
pub mod intents;
pub mod key;
pub mod knowledge;
pub mod knowledge_kept;
pub mod nlu;
pub mod nlu_figures;
pub mod number;
pub mod outbox;
pub mod provider;
pub mod quarantine;
pub mod read_file;
pub mod remote;
pub mod replay;
pub mod replay_fold;
pub mod replay_history;
pub mod restore;
pub mod schema;
pub mod serve;
pub mod simulate;
pub mod test;
pub mod tool;
pub mod tools;
pub mod vault;

use crate::app::App;
use crate::boot::config::{Config, Serving, Shared};
use crate::boot::fail::{Fail, USAGE};
use crate::boot::secrets::Vars;
use crate::words::Lang;
use clap::error::ErrorKind;
use clap::{FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::io::Write;

/// Never two voices. Never silent.
#[derive(Debug, Parser)]
#[command(name = "ponte", version, after_help = EXIT_CODES, disable_help_subcommand = true)]
pub struct Cli {
    #[command(flatten)]
    pub shared: Shared,
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 done, and the answer is no (doctor found trouble, replay differs); \
2 wrong arguments, configuration or files; 3 storage, network or machine.\n\
Secrets come from PONTE_APP_SECRET, PONTE_APP_SECRET_OLD, PONTE_VERIFY_TOKEN and PONTE_ACCESS_TOKEN, \
or from the files named by the same with _FILE; so do PONTE_MASTER_KEY and PONTE_PROVIDER_KEY.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process
    Serve(Serving),
    /// Run the simulated Cloud API by itself
    Simulate(simulate::Options),
    /// Make the workspace as the folder says
    Apply(apply::Options),
    /// Write the workspace as a folder
    Export(export::Options),
    /// Play the conversation tests of a folder
    Test(test::Options),
    /// Versions of assistants
    #[command(subcommand)]
    Assistant(assistant::Command),
    /// Fold a conversation again from its journal and compare
    Replay(replay::Options),
    /// Check configuration, storage and numbers, and say what to do
    Doctor,
    /// Write a copy of the database while it runs
    Backup(backup::Options),
    /// Make the database from a backup; its outbox stays frozen until released
    Restore(restore::Options),
    /// Keys of the API
    #[command(subcommand)]
    Key(key::Command),
    /// Numbers: whether they may send
    #[command(subcommand)]
    Number(number::Command),
    /// The queue of what is to be sent
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Providers of language models
    #[command(subcommand)]
    Provider(provider::Command),
    /// Tools that assistants may call
    #[command(subcommand)]
    Tool(tool::Command),
    /// The master key of secrets at rest
    #[command(subcommand)]
    Vault(vault::Command),
    /// What could not be read or applied
    #[command(subcommand)]
    Quarantine(quarantine::Command),
    /// The local understanding: how well it does
    #[command(subcommand)]
    Nlu(nlu::Command),
    /// What a workspace knows
    #[command(subcommand)]
    Knowledge(knowledge::Command),
    /// What people teach: trained models of intents
    #[command(subcommand)]
    Intents(intents::Command),
    /// Read a file from standard input; the server runs this in a process of its own
    #[command(hide = true)]
    ReadFile(read_file::Options),
    /// Print the JSON Schema of the workspace files
    Schema(schema::Options),
}

/// What a command works with besides its own options.
pub struct Desk<'a> {
    pub config: Config,
    pub lang: Lang,
    pub json: bool,
    pub vars: Vars<'a>,
    /// Set when the command runs inside a server: then its store is used.
    pub app: Option<App>,
    pub out: &'a mut (dyn Write + Send + Sync),
}

impl Desk<'_> {
    /// A line for people. A reader that went away (`| head`) is not an error.
    pub fn say(&mut self, text: &str) {
        let _ = writeln!(self.out, "{text}");
    }

    /// A result for programs: one JSON document.
    pub fn json(&mut self, value: &serde_json::Value) {
        let _ = writeln!(self.out, "{value:#}");
    }
}

/// Runs the program with these arguments; the exit code.
pub fn run(
    args: impl IntoIterator<Item = OsString>,
    vars: Vars<'_>,
    out: &mut (dyn Write + Send + Sync),
    err: &mut (dyn Write + Send + Sync),
) -> u8 {
    let lang = Lang::from_vars(vars);
    let args: Vec<OsString> = args.into_iter().collect();
    let parsed = help::command(lang)
        .try_get_matches_from(&args)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => return refuse(&error, out, err),
    };
    let json = cli.shared.json;
    let texts: Vec<String> = args
        .iter()
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    match act(cli, &texts, lang, vars, out, err) {
        Ok(code) => code,
        Err(fail) => {
            let _ = write!(err, "{}", failure(&fail, lang, json));
            fail.code
        }
    }
}

/// How a failure is printed.
#[must_use]
pub fn failure(fail: &Fail, lang: Lang, json: bool) -> String {
    if json {
        let body = serde_json::json!({ "error": fail.what.get(lang), "todo": fail.todo.get(lang), "code": fail.code });
        format!("{body}\n")
    } else {
        format!("ponte: {}\n", fail.text(lang))
    }
}

fn refuse(error: &clap::Error, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let _ = write!(out, "{error}");
        return 0;
    }
    let _ = write!(err, "{error}");
    USAGE
}

fn act(
    cli: Cli,
    args: &[String],
    lang: Lang,
    vars: Vars<'_>,
    out: &mut (dyn Write + Send + Sync),
    err: &mut (dyn Write + Send + Sync),
) -> Result<u8, Fail> {
    if let Command::ReadFile(options) = &cli.command {
        return read_file::run(options, &mut std::io::stdin(), out);
    }
    let serving = match &cli.command {
        Command::Serve(serving) => serving.clone(),
        // It asks where the server would ask.
        Command::Doctor => Serving {
            graph_url: vars("PONTE_GRAPH_URL").filter(|url| !url.is_empty()),
            ..Serving::default()
        },
        Command::Simulate(_)
        | Command::Apply(_)
        | Command::Export(_)
        | Command::Test(_)
        | Command::Assistant(_)
        | Command::Replay(_)
        | Command::Backup(_)
        | Command::Restore(_)
        | Command::Key(_)
        | Command::Number(_)
        | Command::Outbox(_)
        | Command::Provider(_)
        | Command::Tool(_)
        | Command::Vault(_)
        | Command::Quarantine(_)
        | Command::Nlu(_)
        | Command::Knowledge(_)
        | Command::Intents(_)
        | Command::ReadFile(_)
        | Command::Schema(_) => Serving::default(),
    };
    let config = Config::settle(&cli.shared, &serving)?;
    let secret = provider::key_of(&cli.command, vars)?;
    let vars = provider::with_key(secret.clone(), vars);
    let vars: Vars<'_> = &vars;
    let mut desk = Desk {
        json: config.json,
        config,
        lang,
        vars,
        app: None,
        out,
    };
    let runtime = tools::runtime()?;
    let code = runtime.block_on(async {
        if cli.command.needs_store()
            && let Some(answer) = remote::hand_over(&desk, args, secret).await?
        {
            let _ = write!(desk.out, "{}", answer.out);
            let _ = write!(err, "{}", answer.err);
            return Ok(answer.code);
        }
        dispatch(&mut desk, cli.command).await
    });
    // Blocking work that was given up (a file being read) must not hold the exit.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}

impl Command {
    /// Whether it works on the database, and so inside the server that holds it.
    fn needs_store(&self) -> bool {
        match self {
            Command::Serve(_)
            | Command::Simulate(_)
            | Command::Nlu(_)
            | Command::Knowledge(knowledge::Command::Eval(_))
            | Command::ReadFile(_)
            | Command::Schema(_) => false,
            Command::Test(options) => options.from_conversations.is_some(),
            Command::Apply(_)
            | Command::Export(_)
            | Command::Replay(_)
            | Command::Assistant(_)
            | Command::Doctor
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Key(_)
            | Command::Number(_)
            | Command::Outbox(_)
            | Command::Provider(_)
            | Command::Tool(_)
            | Command::Vault(_)
            | Command::Knowledge(_)
            | Command::Intents(_)
            | Command::Quarantine(_) => true,
        }
    }
}

/// The one place where a command meets its file.
///
/// # Errors
/// The command's.
pub async fn dispatch(desk: &mut Desk<'_>, command: Command) -> Result<u8, Fail> {
    match command {
        Command::Serve(serving) => serve::run(desk, &serving).await,
        Command::Simulate(options) => simulate::run(desk, &options).await,
        Command::Apply(options) => apply::run(desk, &options).await,
        Command::Export(options) => export::run(desk, &options).await,
        Command::Assistant(command) => assistant::run(desk, &command).await,
        Command::Test(options) => test::run(desk, &options).await,
        Command::Replay(options) => replay::run(desk, &options).await,
        Command::Doctor => doctor::run(desk).await,
        Command::Backup(options) => backup::run(desk, &options).await,
        Command::Restore(options) => restore::run(desk, &options).await,
        Command::Key(command) => key::run(desk, &command).await,
        Command::Number(command) => number::run(desk, &command).await,
        Command::Outbox(command) => outbox::run(desk, &command).await,
        Command::Provider(command) => provider::run(desk, &command).await,
        Command::Tool(command) => tool::run(desk, &command).await,
        Command::Vault(command) => vault::run(desk, &command).await,
        Command::Quarantine(command) => quarantine::run(desk, &command).await,
        Command::Nlu(command) => nlu::run(desk, &command),
        Command::Knowledge(command) => knowledge::run(desk, &command).await,
        Command::Intents(command) => intents::run(desk, &command).await,
        Command::ReadFile(options) => read_file::run(&options, &mut std::io::stdin(), desk.out),
        Command::Schema(options) => schema::run(desk, &options),
    }
}
