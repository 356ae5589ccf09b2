//! `ponte apply DIR`: makes the workspace as the folder says, all of it or nothing.
//!
//! In: a folder. Out: what changed, or every trouble in it. Applying the same folder again changes
//! nothing. Absent: removing what the folder lacks. Next: `workspace/kept.rs`, which plans it.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK, USAGE};
use crate::boot::serve;
use crate::both;
use crate::workspace::convert::{Settings, settings};
use crate::workspace::kept::{self, KeptError, Plan};
use crate::workspace::read::folder;
use crate::workspace::taught;
use crate::workspace::trouble::Trouble;
use clap::Args;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use ponte_store::Store;
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Options {
    /// The workspace's folder
    pub dir: PathBuf,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Applies the folder.
///
/// # Errors
/// [`Fail`] for troubles in the folder and from the store.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    is_folder(&options.dir)?;
    let parsed = match folder(&options.dir) {
        Ok(parsed) => parsed,
        Err(troubles) => return Ok(list(desk, &troubles)),
    };
    let store = tools::open(desk).await?;
    let id = match store.workspaces().await?.first() {
        Some(row) => row.id,
        None => tools::first_workspace(),
    };
    let wanted = match settings(&parsed, id) {
        Ok(wanted) => wanted,
        Err(troubles) => return Ok(list(desk, &troubles)),
    };
    let at = crate::env::Clock::real().now();
    let taught = match taught::read(&options.dir) {
        Ok(taught) => taught,
        Err(troubles) => return Ok(list(desk, &troubles)),
    };
    let mut plan = match plan(&store, id, &wanted, at).await {
        Ok(plan) => plan,
        Err(KeptError::Wrong(troubles)) => return Ok(list(desk, &troubles)),
        Err(error) => return Err(error.into()),
    };
    let change = taught::plan(&tools::knowledge(desk, &store), id, &taught).await?;
    plan.commit.join(change.commit);
    plan.diff.push_str(&change.diff);
    let changed = !plan.commit.is_empty();
    show(desk, &plan, changed, options.dry_run);
    if changed && !options.dry_run {
        store_it(&store, plan).await?;
        if let Some(app) = &desk.app {
            // A number may name a variable that this server has not read yet.
            serve::channel_tokens(&store, &app.secrets, desk.vars).await?;
        }
    }
    Ok(OK)
}

/// Whether there is such a folder.
///
/// # Errors
/// [`Fail`] where there is none.
pub fn is_folder(dir: &Path) -> Result<(), Fail> {
    if dir.is_dir() {
        return Ok(());
    }
    let shown = dir.display();
    Err(Fail::usage(
        both!("não há uma pasta {shown}.", "there is no folder {shown}."),
        both!(
            "Dê a pasta que contém workspace.yaml.",
            "Give the folder that holds workspace.yaml."
        ),
    ))
}

/// Reads what is kept and plans the change.
///
/// # Errors
/// Those of reading and planning.
pub async fn plan(
    store: &Store,
    id: WorkspaceId,
    wanted: &Settings,
    at: Time,
) -> Result<Plan, KeptError> {
    kept::load(store, id).await?.plan(id, wanted, at)
}

/// Stores a plan.
///
/// # Errors
/// [`Fail`] when somebody else changed the settings meanwhile, and from the store.
pub async fn store_it(store: &Store, plan: Plan) -> Result<(), Fail> {
    let done = store.commit(plan.commit).await?;
    match done.refused {
        None => Ok(()),
        Some(_) => Err(Fail::machine(
            both!(
                "alguém mudou as mesmas configurações agora mesmo; nada foi gravado.",
                "somebody changed the same settings just now; nothing was stored."
            ),
            both!("Rode `ponte apply` de novo.", "Run `ponte apply` again."),
        )),
    }
}

fn show(desk: &mut Desk<'_>, plan: &Plan, changed: bool, dry_run: bool) {
    if desk.json {
        desk.json(&json!({
            "changed": changed, "applied": changed && !dry_run, "diff": plan.diff, "kept": plan.only_kept,
        }));
        return;
    }
    for path in &plan.only_kept {
        desk.tell(&both!(
            "{path} está no banco e não na pasta: mantido.",
            "{path} is in the database and not in the folder: kept."
        ));
    }
    if !plan.diff.is_empty() {
        desk.say(plan.diff.trim_end());
    }
    desk.tell(&match (changed, dry_run) {
        (false, _) => both!("Nada mudou.", "Nothing changed."),
        (true, true) => both!(
            "Nada foi gravado (--dry-run).",
            "Nothing was stored (--dry-run)."
        ),
        (true, false) => both!("Aplicado.", "Applied."),
    });
}

/// Tells the troubles of a folder; the exit code.
pub fn list(desk: &mut Desk<'_>, troubles: &[Trouble]) -> u8 {
    let lang = desk.lang;
    if desk.json {
        let all: Vec<_> = troubles
            .iter()
            .map(|trouble| {
                json!({
                    "file": trouble.file,
                    "line": trouble.place.map(|place| place.0),
                    "column": trouble.place.map(|place| place.1),
                    "what": trouble.what.get(lang),
                    "todo": trouble.todo.get(lang),
                })
            })
            .collect();
        desk.json(&json!({ "changed": false, "troubles": all }));
    } else {
        for trouble in troubles {
            desk.say(&trouble.line(lang));
        }
    }
    USAGE
}
