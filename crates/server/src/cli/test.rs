//! `ponte test DIR`: plays the conversation tests of a workspace folder.
//!
//! In: a folder. Out: a line per expectation that was not met, and last `N passed, N failed`; exit code 1
//! when something failed. Nothing is stored and nothing leaves the process. Absent: how tests are played
//! (`dialogue`). Next: `docs/tests.md`, how they are written.

use super::{Desk, apply, tools};
use crate::boot::fail::{FOUND, Fail, OK};
use crate::both;
use crate::dialogue::check::{Case, cases};
use crate::dialogue::report::{Outcome, counts};
use crate::dialogue::{draw, run};
use crate::workspace::convert::{Settings, settings};
use crate::workspace::dialogue::{GivenFile, TestFile, TestsFile};
use crate::workspace::kept;
use crate::workspace::read::folder;
use crate::workspace::taught::{self, Taught};
use crate::workspace::trouble::Trouble;
use crate::workspace::write::yaml;
use clap::Args;
use ponte_store::rows::conversation::ConversationFilter;
use serde_json::json;
use serde_saphyr::{Location, Spanned};
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args, Debug)]
pub struct Options {
    /// The workspace's folder
    pub dir: PathBuf,
    /// Only tests whose file or name holds this
    #[arg(long, value_name = "NAME")]
    pub only: Option<String>,
    /// Play the same tests on this folder's settings too, and show which ones differ
    #[arg(long, value_name = "DIR")]
    pub against: Option<PathBuf>,
    /// Draw tests from the newest so many stored conversations, masked, into the folder; play nothing
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=500))]
    pub from_conversations: Option<u32>,
}

/// Plays the folder's tests.
///
/// # Errors
/// [`Fail`] when there is no such folder, and from the machine.
pub async fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    if let Some(count) = options.from_conversations {
        return drawn(desk, &options.dir, count).await;
    }
    let read = read(&options.dir)?;
    let (settings, mut cases) = match read {
        Ok(read) => read,
        Err(troubles) => return Ok(apply::list(desk, &troubles)),
    };
    if let Some(only) = &options.only {
        let wanted = |case: &Case| case.name.contains(only) || case.file.contains(only);
        cases.retain(wanted);
    }
    if let Some(dir) = &options.against {
        return against(desk, settings, cases, dir).await;
    }
    let outcomes = played(settings, cases).await?;
    Ok(show(desk, &outcomes))
}

type Read = Result<(Wanted, Vec<Case>), Vec<Trouble>>;

/// What the folder sets, and what it teaches.
type Wanted = (Settings, Taught);

fn read(dir: &Path) -> Result<Read, Fail> {
    apply::is_folder(dir)?;
    let found = folder(dir).and_then(|parsed| {
        let settings = settings(&parsed, tools::first_workspace())?;
        let cases = cases(&parsed, &settings)?;
        Ok(((settings, taught::read(dir)?), cases))
    });
    Ok(found)
}

/// On a thread of its own: playing keeps a thread busy.
async fn played((settings, taught): Wanted, cases: Vec<Case>) -> Result<Vec<Outcome>, Fail> {
    let playing = tokio::task::spawn_blocking(move || run::all(&cases, &settings, &taught));
    playing.await.map_err(|why| {
        Fail::machine(
            both!("os testes pararam ({why}).", "the tests stopped ({why})."),
            both!("Tente de novo.", "Try again."),
        )
    })
}

fn show(desk: &mut Desk<'_>, outcomes: &[Outcome]) -> u8 {
    let lang = desk.lang;
    let (passed, failed) = counts(outcomes);
    if desk.json {
        let tests: Vec<_> = outcomes.iter().map(|one| one.json(lang)).collect();
        desk.json(&json!({ "passed": passed, "failed": failed, "tests": tests }));
    } else {
        for line in outcomes.iter().flat_map(|one| one.lines(lang)) {
            desk.say(&line);
        }
        // The same words in every language: scripts read them.
        desk.say(&format!("{passed} passed, {failed} failed"));
    }
    if failed > 0 { FOUND } else { OK }
}

/// The same tests on two versions of a workspace.
async fn against(
    desk: &mut Desk<'_>,
    settings: Wanted,
    cases: Vec<Case>,
    dir: &Path,
) -> Result<u8, Fail> {
    let other = match read(dir)? {
        Ok((other, _)) => other,
        Err(troubles) => return Ok(apply::list(desk, &troubles)),
    };
    let cases = Arc::new(cases);
    let here = played(settings, cases.to_vec()).await?;
    let there = played(other, cases.to_vec()).await?;
    let differing: Vec<(&Outcome, &Outcome)> = here
        .iter()
        .zip(&there)
        .filter(|(here, there)| here.passed() != there.passed())
        .collect();
    let lang = desk.lang;
    let ((passed, failed), (other_passed, other_failed)) = (counts(&here), counts(&there));
    if desk.json {
        let tests: Vec<_> = differing
            .iter()
            .map(|(here, there)| json!({ "here": here.json(lang), "against": there.json(lang) }))
            .collect();
        desk.json(&json!({
            "passed": passed, "failed": failed,
            "against": { "passed": other_passed, "failed": other_failed },
            "differing": tests,
        }));
    } else {
        for (here, there) in &differing {
            let place = format!("{}:{}: {}", here.file, here.line, here.name);
            desk.tell(&if here.passed() {
                both!(
                    "{place}: passa aqui e falha lá",
                    "{place}: passes here and fails there"
                )
            } else {
                both!(
                    "{place}: falha aqui e passa lá",
                    "{place}: fails here and passes there"
                )
            });
            for line in here
                .lines(lang)
                .into_iter()
                .chain(there.lines(lang))
                .skip(1)
            {
                desk.say(&line);
            }
        }
        let shown = dir.display();
        desk.say(&format!(
            "{shown}: {other_passed} passed, {other_failed} failed"
        ));
        desk.say(&format!("{passed} passed, {failed} failed"));
    }
    Ok(if failed > 0 { FOUND } else { OK })
}

/// Where drawn tests are written, below the folder.
const DRAWN: &str = "tests/from-conversations.yaml";
/// Messages of a conversation that are looked at.
const MESSAGES: u32 = 200;

async fn drawn(desk: &mut Desk<'_>, dir: &Path, count: u32) -> Result<u8, Fail> {
    apply::is_folder(dir)?;
    let path = dir.join(DRAWN);
    let shown = path.display().to_string();
    if path.exists() {
        return Err(Fail::usage(
            both!("{shown} já existe.", "{shown} is there already."),
            both!(
                "Dê outro nome a ele, ou apague-o, e repita.",
                "Give it another name, or delete it, and repeat."
            ),
        ));
    }
    let tests = tests_of(desk, count).await?;
    let file = TestsFile {
        required: false,
        given: GivenFile::default(),
        models: Vec::new(),
        tools: Vec::new(),
        tests,
    };
    let written = std::fs::create_dir_all(path.parent().unwrap_or(dir))
        .and_then(|()| std::fs::write(&path, yaml(&file)));
    written.map_err(|why| {
        Fail::machine(
            both!(
                "não consigo escrever {shown} ({why}).",
                "{shown} can't be written ({why})."
            ),
            both!("Confira as permissões.", "Check the permissions."),
        )
    })?;
    let count = file.tests.len();
    if desk.json {
        desk.json(&json!({ "file": shown, "tests": count }));
    } else {
        desk.tell(&both!(
            "{count} testes em {shown}. Leia-os antes de confiar neles: dados pessoais foram mascarados, mas nenhuma máscara vê tudo.",
            "{count} tests in {shown}. Read them before you rely on them: personal data was masked, but no mask sees everything."
        ));
    }
    Ok(OK)
}

async fn tests_of(desk: &Desk<'_>, count: u32) -> Result<Vec<Spanned<TestFile>>, Fail> {
    let store = tools::open(desk).await?;
    let workspace = tools::workspace(&store).await?.id;
    let settings = kept::load(&store, workspace).await?.settings()?;
    let filter = ConversationFilter::default();
    let page = store.conversations(workspace, &filter, None, count).await?;
    let mut tests = Vec::new();
    for item in page.items {
        let mut channels = settings.channels.iter();
        let channel = channels.find(|(_, held)| held.channel.id == item.place.channel);
        let zone = channel.map_or("UTC", |(_, held)| held.channel.zone.as_str());
        let page = store
            .messages(item.place.conversation, None, MESSAGES)
            .await?;
        let mut messages = page.items;
        messages.reverse();
        let nth = tests.len() + 1;
        let Some(mut test) = draw::test(format!("conversa {nth}"), &item.name, zone, &messages)
        else {
            continue;
        };
        test.given.channel = channel.map(|(key, _)| plain(key.clone()));
        tests.push(plain(test));
    }
    Ok(tests)
}

fn plain<T>(value: T) -> Spanned<T> {
    Spanned::new(value, Location::UNKNOWN, Location::UNKNOWN)
}
