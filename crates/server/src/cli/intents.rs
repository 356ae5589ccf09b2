//! `ponte intents train|list|activate`: models of what customers want.
//!
//! In: a version, or nothing. Out: the models with their figures. Inside a running server its room does
//! the training, and the command waits for the end. Next: `crate::understanding`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::understanding::Understanding;
use clap::{Args, Subcommand};
use ponte_core::time::Span;
use ponte_store::rows::training::{ModelRow, ModelState};
use serde_json::json;

/// A training is looked at this often, and waited for at most so long.
const LOOK: Span = Span::millis(200);
const PATIENCE: Span = Span::minutes(30);
/// The exit code for "done, and the answer is no".
const NO: u8 = 1;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a model on the examples there are
    Train(Train),
    /// List the models, newest first
    List,
    /// Use a model from now on
    Activate(Activate),
}

#[derive(Args, Debug)]
pub struct Train {
    /// Use it as soon as it is ready
    #[arg(long)]
    pub activate: bool,
}

#[derive(Args, Debug)]
pub struct Activate {
    /// The model's version
    pub version: u64,
}

/// Trains, lists or activates.
///
/// # Errors
/// [`Fail`] from the store, and for a version that isn't there.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let room = match &desk.app {
        Some(app) => app.understanding.clone(),
        None => Understanding::new(&tools::knowledge(desk, &store)),
    };
    match command {
        Command::List => {
            let rows = store.models(workspace, None, 100).await?.items;
            if desk.json {
                let rows: Vec<_> = rows.iter().map(value).collect();
                desk.json(&json!({ "models": rows }));
            } else {
                rows.iter().for_each(|row| line(desk, row));
                if rows.is_empty() {
                    desk.tell(&both!("Não há modelos.", "There are no models."));
                }
            }
            Ok(OK)
        }
        Command::Train(options) => {
            let version = room.ask_training(workspace, options.activate).await?;
            let until = room.clock.now() + PATIENCE;
            loop {
                if desk.app.is_none() {
                    room.train_once().await?;
                }
                let row = store.model(workspace, version).await?;
                if let Some(row) = row.filter(|row| row.state != ModelState::Training) {
                    if desk.json {
                        desk.json(&value(&row));
                    } else {
                        line(desk, &row);
                    }
                    let failed = row.state == ModelState::Failed;
                    return Ok(if failed { NO } else { OK });
                }
                if room.clock.now() >= until {
                    return Ok(NO);
                }
                room.clock.sleep(LOOK).await;
            }
        }
        Command::Activate(options) => {
            let version = options.version;
            if room.activate(workspace, version).await? {
                desk.tell(&both!(
                    "Em uso: versão {version}.",
                    "In use: version {version}."
                ));
                return Ok(OK);
            }
            Err(Fail::usage(
                both!(
                    "não há uma versão {version} que possa ser usada.",
                    "there is no version {version} that can be used."
                ),
                both!("Veja `ponte intents list`.", "See `ponte intents list`."),
            ))
        }
    }
}

fn value(row: &ModelRow) -> serde_json::Value {
    json!({ "version": row.version, "state": row.state.word(), "report": row.report })
}

fn line(desk: &mut Desk<'_>, row: &ModelRow) {
    let accuracy = row.report.get("accuracy_in_scope").and_then(|n| n.as_f64());
    let accuracy = accuracy.map_or(String::from("-"), |n| format!("{:.1} %", n * 100.0));
    let trouble = row.report.get("trouble");
    let lang = match desk.lang {
        crate::words::Lang::Pt => "pt",
        crate::words::Lang::En => "en",
    };
    let why = trouble.and_then(|trouble| trouble.get(lang)?.as_str());
    let (version, state) = (row.version, row.state.word());
    desk.say(&format!(
        "{version:4}  {state:9} {accuracy}  {}",
        why.unwrap_or("")
    ));
}
