//! Fetches a customer's file while the provider still has it, and keeps it on disk.
//!
//! In: a message and its media id. Out: a file below the data folder, named by the message. Tried
//! again with growing waits for as long as the id lives (7 days), then given up and shown. Files whose
//! message is gone go too, once a day. Absent: scanning and conversion. Next: [`crate::graph::place`], `ponte_wire::media`.

use super::Result;
use crate::app::App;
use crate::graph::{Request, Sent};
use bytes::Bytes;
use ponte_core::Time;
use ponte_core::ids::{MessageId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::outbox::CallRow;
use ponte_wire::media;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The largest file taken: all kinds but long documents are below 16 MB, and it passes through memory.
const FILE_LIMIT: usize = 32 * 1024 * 1024;
/// Asking for the address.
const ASK_WITHIN: Span = Span::secs(15);
/// Fetching the file.
const FETCH_WITHIN: Span = Span::secs(60);

/// Fetches the file once.
pub async fn fetch(app: &App, call: &CallRow, message: MessageId, id: &str) -> Result {
    let now = app.env.clock.now();
    if now >= call.deadline {
        return Result::Lost {
            why: "the provider keeps files for seven days",
        };
    }
    match try_fetch(app, call, message, id).await {
        Ok(()) => Result::Silent,
        Err(Trouble::ForGood(why)) => Result::Lost { why },
        Err(Trouble::ForNow(why)) => {
            let minutes = 1_i64 << call.attempts.min(8);
            tracing::info!(why, minutes, "a file is fetched again later");
            Result::Again((now + Span::minutes(minutes)).min(call.deadline))
        }
    }
}

enum Trouble {
    ForNow(&'static str),
    ForGood(&'static str),
}

async fn try_fetch(
    app: &App,
    call: &CallRow,
    message: MessageId,
    id: &str,
) -> std::result::Result<(), Trouble> {
    let numbers = app.settings.now();
    let number = numbers
        .get(call.place.channel)
        .ok_or(Trouble::ForGood("the number was removed"))?;
    let token = app
        .secrets
        .token(call.place.channel)
        .ok_or(Trouble::ForNow("no access token"))?;
    let clock = &app.env.clock;
    let path = app.path(&media::info_path(id, &number.channel.number));
    let asked = Request::get(path, token.clone(), clock.now() + ASK_WITHIN);
    let body = whole(app.env.call(asked).await)?;
    let info = media::decode_info(&body).map_err(|_| Trouble::ForNow("no address"))?;
    let limit = u64::try_from(FILE_LIMIT).unwrap_or(u64::MAX);
    if info.bytes.is_some_and(|bytes| bytes > limit) {
        return Err(Trouble::ForGood("the file is too large to keep"));
    }
    let mut wanted = Request::get(info.url, token, clock.now() + FETCH_WITHIN);
    wanted.limit = FILE_LIMIT;
    let file = whole(app.env.call(wanted).await)?;
    let path = path_of(&app.config.data, &call.place, message);
    let kept = tokio::task::spawn_blocking(move || keep(&path, &file));
    let kept = app.env.clock.beside(kept).await;
    kept.map_err(|_| Trouble::ForNow("the disk"))?
        .map_err(|_| Trouble::ForNow("the disk"))
}

fn whole(sent: Sent) -> std::result::Result<Bytes, Trouble> {
    match sent {
        Sent::Answered { http, body, .. } if (200..300).contains(&http) => Ok(body),
        Sent::Answered {
            http: 404 | 410, ..
        } => Err(Trouble::ForNow("the file is not there")),
        Sent::Answered { .. } => Err(Trouble::ForNow("the provider refuses it")),
        Sent::NotSent { .. } | Sent::Broken { .. } => Err(Trouble::ForNow("no answer")),
    }
}

/// Where the file of a message is kept.
#[must_use]
pub fn path_of(data: &Path, place: &Place, message: MessageId) -> PathBuf {
    folder_of(data, place.workspace).join(message.0.simple().to_string())
}

fn folder_of(data: &Path, workspace: WorkspaceId) -> PathBuf {
    data.join("media").join(workspace.0.simple().to_string())
}

/// Writes beside and renames, so that a file is either whole or not there.
fn keep(path: &Path, file: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("part");
    let mut out = std::fs::File::create(&beside)?;
    out.write_all(file)?;
    out.sync_all()?;
    std::fs::rename(&beside, path)
}

/// Files looked at together.
const TOGETHER: usize = 500;
/// A file without a message stays this long: a database that was restored from a backup may be replaced
/// by a newer one.
const ORPHANED: Span = Span::days(30);

/// Throws away old files whose message is gone, and what was never finished. Only folders of workspaces
/// that this database knows are looked into: a wrong database must not empty a right folder. Gives back
/// how many went.
pub async fn sweep(app: &App) -> std::result::Result<u64, StoreError> {
    let before = app.env.clock.now() - ORPHANED;
    let mut gone = 0;
    for workspace in app.store.workspaces().await? {
        let folder = folder_of(&app.config.data, workspace.id);
        let mut looked = blocking(app, move || std::fs::read_dir(folder).ok()).await;
        while let Some(mut entries) = looked {
            let taken = blocking(app, move || {
                let files = old_files(&mut entries, before);
                Some((entries, files))
            });
            let Some((entries, files)) = taken.await else {
                break;
            };
            looked = (files.len() == TOGETHER).then_some(entries);
            let named = named(files);
            let ids: Vec<MessageId> = named.iter().filter_map(|(_, id)| *id).collect();
            let missing: BTreeSet<MessageId> =
                app.store.messages_gone(&ids).await?.into_iter().collect();
            let removed = blocking(app, move || {
                let old = named
                    .into_iter()
                    .filter(|(_, id)| id.is_none_or(|id| missing.contains(&id)));
                let gone = old.filter(|(path, _)| std::fs::remove_file(path).is_ok());
                u64::try_from(gone.count()).ok()
            });
            gone += removed.await.unwrap_or(0);
        }
    }
    Ok(gone)
}

/// Work on the disk, beside the rooms.
async fn blocking<T: Send + 'static>(
    app: &App,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    let work = tokio::task::spawn_blocking(work);
    app.env.clock.beside(work).await.ok().flatten()
}

/// The next of a folder's files that have had their time without a message.
fn old_files(entries: &mut std::fs::ReadDir, before: Time) -> Vec<PathBuf> {
    let old = |entry: &std::fs::DirEntry| {
        let at = entry.metadata().and_then(|file| file.modified());
        let since = at.ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let micros = since.and_then(|since| i64::try_from(since.as_micros()).ok());
        micros.is_some_and(|micros| Time(micros) < before)
    };
    let files = entries.filter_map(std::result::Result::ok).filter(old);
    files.map(|entry| entry.path()).take(TOGETHER).collect()
}

/// Files of messages with their ids, and unfinished ones without. Anything else is not ours to take.
fn named(files: Vec<PathBuf>) -> Vec<(PathBuf, Option<MessageId>)> {
    let id = |path: &Path| {
        let name = path.file_stem()?.to_str()?;
        name.parse::<MessageId>().ok()
    };
    files
        .into_iter()
        .filter_map(|path| match (id(&path)?, path.extension()) {
            (message, None) => Some((path, Some(message))),
            (_, Some(end)) if end == "part" => Some((path, None)),
            (_, Some(_)) => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::{ChannelId, ConversationId};
    use uuid::Uuid;

    #[test]
    fn a_file_is_kept_whole_under_its_message() {
        let data = std::env::temp_dir().join(format!("ponte-media-{}", std::process::id()));
        let place = Place {
            workspace: WorkspaceId(Uuid::from_u128(1)),
            channel: ChannelId(Uuid::from_u128(2)),
            conversation: ConversationId(Uuid::from_u128(3)),
        };
        let path = path_of(&data, &place, MessageId(Uuid::from_u128(4)));
        keep(&path, b"first").unwrap();
        keep(&path, b"again").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"again");
        assert!(!path.with_extension("part").exists());
        std::fs::remove_dir_all(&data).unwrap();
    }
}
