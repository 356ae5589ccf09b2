//! `ponte knowledge list|add|crawl|search`: what the workspace knows, from the command line.
//!
//! In: files, names of sources, questions. Out: lists and reports. Inside a running server its room does
//! the reading, and the command waits for the end; otherwise the command reads by itself. Absent:
//! measuring (`knowledge.rs`). Next: `crate::knowledge`.

use super::{Desk, tools};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::knowledge::Knowledge;
use crate::knowledge::faq::new_source;
use crate::knowledge::progress::Progress;
use crate::knowledge::reading::FILE_MOST;
use crate::knowledge::retrieve::Ask;
use crate::knowledge::settings::SourceSettings;
use clap::Args;
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use ponte_store::rows::knowledge::{JobKind, JobRow, JobState, SourceKind, SourceRow};
use ponte_store::{Commit, LIST_MAX, Store};
use serde_json::json;
use std::path::PathBuf;

/// A reading is looked at this often, and waited for at most so long.
const LOOK: Span = Span::millis(200);
const PATIENCE: Span = Span::minutes(10);
/// The exit code for "done, and the answer is no".
const NO: u8 = 1;

#[derive(Args, Debug)]
pub struct Add {
    /// PDF, DOCX, XLSX, HTML, Markdown, CSV or text
    pub file: PathBuf,
    /// The source's name; made when there is none
    #[arg(long)]
    pub source: String,
}

#[derive(Args, Debug)]
pub struct Crawl {
    /// The source's name
    pub source: String,
    /// The site's address: makes the source when there is none
    #[arg(long)]
    pub address: Option<String>,
}

#[derive(Args, Debug)]
pub struct Search {
    /// As a customer types it
    pub question: String,
    /// As the team asks: what is internal is found too
    #[arg(long)]
    pub internal: bool,
}

/// Lists sources.
///
/// # Errors
/// The store's.
pub async fn list(desk: &mut Desk<'_>) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let page = store.sources(workspace, false, None, LIST_MAX).await?;
    let rows: Vec<_> = page
        .items
        .iter()
        .map(|row| {
            let state = row.report.get("state").and_then(|state| state.as_str());
            json!({ "id": row.id, "name": row.name, "kind": row.kind.word(), "last": state })
        })
        .collect();
    if desk.json {
        desk.json(&json!({ "sources": rows }));
        return Ok(OK);
    }
    for row in &rows {
        let last = row["last"].as_str().unwrap_or("-");
        let (kind, name) = (row["kind"].as_str(), row["name"].as_str());
        let line = format!(
            "{:8} {:10} {}",
            kind.unwrap_or(""),
            last,
            name.unwrap_or("")
        );
        desk.say(&line);
    }
    if rows.is_empty() {
        desk.tell(&both!("Não há fontes.", "There are no sources."));
    }
    Ok(OK)
}

/// Reads a file into a source.
///
/// # Errors
/// [`Fail`] for a file that can't be opened, and from the store.
pub async fn add(desk: &mut Desk<'_>, options: &Add) -> Result<u8, Fail> {
    let shown = options.file.display();
    let bytes = std::fs::read(&options.file).map_err(|why| {
        Fail::usage(
            both!(
                "não consigo ler {shown} ({why}).",
                "{shown} can't be read ({why})."
            ),
            both!("Confira o caminho.", "Check the path."),
        )
    })?;
    if bytes.len() > FILE_MOST {
        let mebibytes = FILE_MOST >> 20;
        return Err(Fail::usage(
            both!(
                "{shown} passa de {mebibytes} MiB.",
                "{shown} is over {mebibytes} MiB."
            ),
            both!("Divida-o em partes.", "Split it into parts."),
        ));
    }
    let name = options
        .file
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let knowledge = tools::knowledge(desk, &store);
    let source = match store.source_named(workspace, &options.source).await? {
        Some(row) => row,
        None => {
            made(
                &knowledge,
                workspace,
                SourceKind::Upload,
                &options.source,
                None,
            )
            .await?
        }
    };
    let row = job(
        &knowledge,
        &source,
        JobKind::File,
        name.unwrap_or_default(),
        Some(bytes),
    );
    wait(desk, &store, &knowledge, row).await
}

/// Visits the site of a source.
///
/// # Errors
/// [`Fail`] without a source, and from the store.
pub async fn crawl(desk: &mut Desk<'_>, options: &Crawl) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let Some(app) = desk.app.clone() else {
        return Err(Fail::usage(
            both!(
                "um site é visitado pelo servidor, que não está rodando.",
                "a site is visited by the server, which is not running."
            ),
            both!("Rode `ponte serve` antes.", "Run `ponte serve` first."),
        ));
    };
    let found = store.source_named(workspace, &options.source).await?;
    let source = match (found, &options.address) {
        (Some(row), _) => row,
        (None, Some(address)) => {
            app.env.egress.check(address).map_err(|why| {
                Fail::usage(
                    both!(
                        "{address} não pode ser visitado ({why}).",
                        "{address} can't be visited ({why})."
                    ),
                    both!("Use um endereço público.", "Use a public address."),
                )
            })?;
            let (kind, name) = (SourceKind::Site, options.source.as_str());
            made(&app.knowledge, workspace, kind, name, Some(address)).await?
        }
        (None, None) => {
            return Err(Fail::usage(
                both!(
                    "não há uma fonte com este nome.",
                    "there is no source of this name."
                ),
                both!(
                    "Dê o endereço com --address.",
                    "Give the address with --address."
                ),
            ));
        }
    };
    let row = job(
        &app.knowledge,
        &source,
        JobKind::Crawl,
        source.name.clone(),
        None,
    );
    wait(desk, &store, &app.knowledge, row).await
}

/// Asks what is known.
///
/// # Errors
/// The store's.
pub async fn search(desk: &mut Desk<'_>, options: &Search) -> Result<u8, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let knowledge = tools::knowledge(desk, &store);
    let ask = Ask {
        text: &options.question,
        internal: options.internal,
        limit: 5,
        ..Ask::default()
    };
    let found = knowledge.retrieve(workspace, &ask).await?;
    let answer = found.answer.as_ref().map(|extract| extract.text.clone());
    if desk.json {
        let hits: Vec<_> = found
            .hits
            .iter()
            .map(|hit| {
                json!({ "id": hit.id(), "score": hit.hit.score, "title": hit.title(),
                    "text": hit.text(), "source": hit.source_name, "why": hit.hit.why })
            })
            .collect();
        desk.json(&json!({ "answer": answer, "hits": hits }));
    } else {
        match &answer {
            Some(text) => desk.say(text),
            None => desk.tell(&both!("Não sei.", "I don't know.")),
        }
        for hit in &found.hits {
            let line = format!(
                "{:.2}  {} · {}",
                hit.hit.score,
                hit.source_name,
                hit.title()
            );
            desk.say(&line);
        }
    }
    Ok(if answer.is_some() { OK } else { NO })
}

async fn made(
    knowledge: &Knowledge,
    workspace: WorkspaceId,
    kind: SourceKind,
    name: &str,
    address: Option<&str>,
) -> Result<SourceRow, Fail> {
    let now = knowledge.clock.now();
    let mut row = new_source(knowledge.ids.next(now), workspace, kind, name, now);
    let settings = SourceSettings {
        address: address.map(str::to_owned),
        ..SourceSettings::default()
    };
    row.settings = settings.value();
    let mut commit = Commit::new();
    commit.put_source(&row, 0);
    knowledge.store.commit(commit).await?;
    Ok(row)
}

fn job(
    knowledge: &Knowledge,
    source: &SourceRow,
    kind: JobKind,
    name: String,
    bytes: Option<Vec<u8>>,
) -> JobRow {
    let now = knowledge.clock.now();
    JobRow {
        id: knowledge.ids.next(now),
        workspace: source.workspace,
        source: source.id,
        kind,
        state: JobState::Waiting,
        name,
        media: String::new(),
        bytes,
        progress: Progress::default().value(),
        place: None,
        cancel: false,
        attempts: 0,
        created: now,
        updated: now,
    }
}

/// Waits for the end of a reading and tells it.
async fn wait(
    desk: &mut Desk<'_>,
    store: &Store,
    knowledge: &Knowledge,
    row: JobRow,
) -> Result<u8, Fail> {
    let mut commit = Commit::new();
    commit.add_knowledge_job(&row);
    store.commit(commit).await?;
    knowledge.nudge();
    let until = knowledge.clock.now() + PATIENCE;
    loop {
        if desk.app.is_none() {
            knowledge.work_once().await?;
        }
        let found = store.knowledge_job(row.workspace, row.id).await?;
        let state = found.as_ref().map_or(JobState::Cancelled, |row| row.state);
        let ended = !matches!(state, JobState::Waiting | JobState::Working);
        if ended || knowledge.clock.now() >= until {
            let progress = found
                .map(|row| Progress::of(&row.progress))
                .unwrap_or_default();
            return Ok(told(desk, state, &progress));
        }
        knowledge.clock.sleep(LOOK).await;
    }
}

fn told(desk: &mut Desk<'_>, state: JobState, progress: &Progress) -> u8 {
    if desk.json {
        desk.json(&json!({ "state": state.word(), "progress": progress.value() }));
    } else {
        let Progress {
            added,
            changed,
            unchanged,
            removed,
            set_aside,
            ..
        } = progress;
        desk.tell(&both!(
            "{added} novos, {changed} mudados, {unchanged} iguais, {removed} retirados, {set_aside} postos de lado.",
            "{added} new, {changed} changed, {unchanged} unchanged, {removed} removed, {set_aside} set aside."
        ));
        for aside in &progress.troubles {
            let what = &aside.what;
            let why = desk.pick(&aside.why.words());
            desk.say(&format!("{what}: {why}"));
        }
    }
    if state == JobState::Done { OK } else { NO }
}
