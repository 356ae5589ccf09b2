//! `ponte assistant …`: versions of assistants: list, compare, publish a draft, go back.
//!
//! In: an assistant's file name, versions. Out: what the API answers too. Absent: saving drafts (the API
//! and the console) and editing (files). Next: `workspace/versions.rs`.

use super::{Desk, tools};
use crate::api::assistants::versions::between;
use crate::api::time::{show, show_some};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::both;
use crate::dialogue::run;
use crate::env::Clock;
use crate::workspace::versions::{self, Held, VersionError};
use clap::{Args, Subcommand};
use ponte_core::ids::WorkspaceId;
use ponte_store::Store;
use serde_json::json;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// List assistants with their versions and drafts
    List,
    /// List the versions of an assistant, newest first
    Versions(Named),
    /// Show what differs between two versions
    Diff(Two),
    /// Bring an earlier version back, as a new one
    Rollback(Back),
    /// Put the draft in force, if the required tests pass
    Publish(Named),
}

#[derive(Args, Debug)]
pub struct Named {
    /// The assistant's file name without .yaml
    pub name: String,
}

#[derive(Args, Debug)]
pub struct Two {
    /// The assistant's file name without .yaml
    pub name: String,
    /// The older version
    pub from: u64,
    /// The newer version; the draft, or what is in force, when left out
    pub to: Option<u64>,
}

#[derive(Args, Debug)]
pub struct Back {
    /// The assistant's file name without .yaml
    pub name: String,
    /// The version to go back to
    pub to: u64,
}

/// Runs one of them.
///
/// # Errors
/// [`Fail`] for unknown names and from the store.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let here = (&store, workspace);
    match command {
        Command::List => list(desk, here).await,
        Command::Versions(named) => show_versions(desk, here, &named.name).await,
        Command::Diff(two) => compare(desk, here, two).await,
        Command::Rollback(back) => roll_back(desk, here, back).await,
        Command::Publish(named) => publish(desk, here, &named.name).await,
    }
}

type Here<'a> = (&'a Store, WorkspaceId);

async fn find((store, workspace): Here<'_>, name: &str) -> Result<Held, Fail> {
    let all = versions::list(store, workspace).await.map_err(told)?;
    all.into_iter()
        .find(|held| held.key == name)
        .ok_or_else(|| {
            Fail::usage(
                both!("não há assistente {name}.", "there is no assistant {name}."),
                both!(
                    "Veja os nomes com `ponte assistant list`.",
                    "See the names with `ponte assistant list`."
                ),
            )
        })
}

async fn list(desk: &mut Desk<'_>, (store, workspace): Here<'_>) -> Result<u8, Fail> {
    let all = versions::list(store, workspace).await.map_err(told)?;
    if desk.json {
        let all: Vec<_> = all
            .iter()
            .map(|held| {
                json!({
                    "id": held.id, "key": held.key, "name": held.assistant.name,
                    "revision": held.revision, "updated": show(held.updated),
                    "draft": held.draft.as_ref().map(|draft| draft.revision),
                })
            })
            .collect();
        desk.json(&json!({ "assistants": all }));
        return Ok(OK);
    }
    for held in all {
        let (key, name, revision) = (held.key, held.assistant.name, held.revision);
        desk.tell(&match held.draft {
            None => both!(
                "{key}  versão {revision}  {name}",
                "{key}  version {revision}  {name}"
            ),
            Some(_) => both!(
                "{key}  versão {revision}, com rascunho  {name}",
                "{key}  version {revision}, with a draft  {name}"
            ),
        });
    }
    Ok(OK)
}

async fn show_versions(desk: &mut Desk<'_>, here: Here<'_>, name: &str) -> Result<u8, Fail> {
    let held = find(here, name).await?;
    let all = versions::versions(here.0, here.1, &held)
        .await
        .map_err(told)?;
    if desk.json {
        let all: Vec<_> = all
            .into_iter()
            .map(|version| {
                json!({
                    "revision": version.revision, "since": show_some(version.since),
                    "until": show_some(version.until), "file": version.text,
                })
            })
            .collect();
        desk.json(&json!({ "versions": all }));
        return Ok(OK);
    }
    for version in all {
        let revision = version.revision;
        let since = show_some(version.since).unwrap_or_else(|| "…".into());
        desk.tell(&match show_some(version.until) {
            None => both!(
                "{revision}  desde {since}, em vigor",
                "{revision}  since {since}, in force"
            ),
            Some(until) => both!(
                "{revision}  {since} a {until}",
                "{revision}  {since} to {until}"
            ),
        });
    }
    Ok(OK)
}

async fn compare(desk: &mut Desk<'_>, here: Here<'_>, two: &Two) -> Result<u8, Fail> {
    let held = find(here, &two.name).await?;
    let all = versions::versions(here.0, here.1, &held)
        .await
        .map_err(told)?;
    let diff = between(&held, &all, two.from, two.to);
    let diff = diff.ok_or(VersionError::NotThere).map_err(told)?;
    if desk.json {
        desk.json(&json!({ "diff": diff }));
    } else if diff.is_empty() {
        desk.tell(&both!("Nada difere.", "Nothing differs."));
    } else {
        desk.say(diff.trim_end());
    }
    Ok(OK)
}

async fn roll_back(desk: &mut Desk<'_>, here: Here<'_>, back: &Back) -> Result<u8, Fail> {
    let held = find(here, &back.name).await?;
    let at = Clock::real().now();
    let planned = versions::roll_back(here.0, here.1, &held, back.to, at).await;
    let (_, plan) = planned.map_err(told)?;
    let diff = plan.diff.clone();
    versions::stored(here.0, plan.commit).await.map_err(told)?;
    in_force(desk, here, &back.name, &diff).await
}

async fn publish(desk: &mut Desk<'_>, here: Here<'_>, name: &str) -> Result<u8, Fail> {
    let held = find(here, name).await?;
    let at = Clock::real().now();
    let (wanted, plan) = versions::publish(here.0, here.1, &held, at)
        .await
        .map_err(told)?;
    let playing = tokio::task::spawn_blocking(move || run::required(&wanted));
    let outcomes = playing.await.map_err(|why| {
        Fail::machine(
            both!("os testes pararam ({why}).", "the tests stopped ({why})."),
            both!("Tente de novo.", "Try again."),
        )
    })?;
    let failed: Vec<_> = outcomes.iter().filter(|one| !one.passed()).collect();
    if !failed.is_empty() {
        let lang = desk.lang;
        if desk.json {
            let tests: Vec<_> = failed.iter().map(|one| one.json(lang)).collect();
            desk.json(&json!({ "published": false, "tests": tests }));
        } else {
            for line in failed.iter().flat_map(|one| one.lines(lang)) {
                desk.say(&line);
            }
            desk.tell(&both!("Nada foi publicado.", "Nothing was published."));
        }
        return Ok(FOUND);
    }
    let diff = plan.diff.clone();
    versions::stored(here.0, plan.commit).await.map_err(told)?;
    in_force(desk, here, name, &diff).await
}

async fn in_force(desk: &mut Desk<'_>, here: Here<'_>, name: &str, diff: &str) -> Result<u8, Fail> {
    let revision = find(here, name).await?.revision;
    if desk.json {
        desk.json(&json!({ "published": true, "revision": revision, "diff": diff }));
    } else {
        if !diff.is_empty() {
            desk.say(diff.trim_end());
        }
        desk.tell(&both!(
            "Em vigor: versão {revision}.",
            "In force: version {revision}."
        ));
    }
    Ok(OK)
}

fn told(error: VersionError) -> Fail {
    match error {
        VersionError::Kept(error) => error.into(),
        VersionError::NotThere => Fail::usage(
            both!(
                "não há esse rascunho ou essa versão.",
                "there is no such draft or version."
            ),
            both!(
                "Veja as versões com `ponte assistant versions NOME`.",
                "See the versions with `ponte assistant versions NAME`."
            ),
        ),
        VersionError::Changed => Fail::machine(
            both!(
                "outra pessoa mudou o assistente; nada foi gravado.",
                "somebody else changed the assistant; nothing was stored."
            ),
            both!("Olhe de novo e repita.", "Look again, and repeat."),
        ),
    }
}
