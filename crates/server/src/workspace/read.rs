//! Reads a workspace folder into file types, or says everything that is wrong with it.
//!
//! In: a directory. Out: a [`Folder`] of parsed files by name, or all [`Trouble`]s at once. Absent on
//! purpose: what the values mean (`convert.rs`), symbolic links and includes (a folder is only what
//! stands in it), and files this version doesn't know, which are refused rather than passed over.
//! Next: `convert.rs`.

use super::dialogue::TestsFile;
use super::files::{AssistantFile, ChannelFile, TeamFile, WorkspaceFile};
use super::tool::{self, ToolFile};
use super::trouble::{Trouble, nearest};
use super::write::Files;
use crate::both;
use crate::words::Both;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::Path;

/// A workspace file is text that a person writes; a megabyte is ten thousand rules.
pub const MAX_FILE_BYTES: u64 = 1024 * 1024;
/// Files of one kind: agencies run hundreds of numbers, not thousands, in one workspace.
pub const MAX_FILES: usize = 1_000;
/// Deeper nesting than any of our shapes needs several times over.
const MAX_DEPTH: usize = 32;
/// Nodes in one file: some thousand rules with their lists.
const MAX_NODES: usize = 200_000;

const FOLDERS: [&str; 7] = [
    "assistants",
    "channels",
    "intents",
    "knowledge",
    "teams",
    "tests",
    "tools",
];

/// The parsed files of a workspace, by name without `.yaml`.
#[derive(Clone, Debug)]
pub struct Folder {
    pub workspace: WorkspaceFile,
    pub channels: BTreeMap<String, ChannelFile>,
    pub assistants: BTreeMap<String, AssistantFile>,
    pub teams: BTreeMap<String, TeamFile>,
    pub tests: BTreeMap<String, Tests>,
    pub tools: BTreeMap<String, ToolFile>,
}

/// Conversation tests as they stand: their text is kept as it is, comments too.
#[derive(Clone, Debug)]
pub struct Tests {
    pub text: String,
    pub file: TestsFile,
}

/// Reads the whole folder.
///
/// # Errors
/// All troubles found, in the order of file names.
pub fn folder(dir: &Path) -> Result<Folder, Vec<Trouble>> {
    let mut troubles = Vec::new();
    check_names(dir, &mut troubles);
    let workspace = one::<WorkspaceFile>(dir, "workspace.yaml", &mut troubles);
    let assistants = many(dir, "assistants", &mut troubles);
    let channels = many(dir, "channels", &mut troubles);
    let teams = many(dir, "teams", &mut troubles);
    let tests = each(dir, "tests", &mut troubles, tests);
    let tools = each(dir, "tools", &mut troubles, |file, text| {
        tool::read(file, &text)
    });
    match workspace {
        Some(workspace) if troubles.is_empty() => Ok(Folder {
            workspace,
            channels,
            assistants,
            teams,
            tests,
            tools,
        }),
        Some(_) | None => Err(troubles),
    }
}

/// A folder of texts by path, as [`super::write::files`] makes them.
///
/// # Errors
/// As [`folder`].
pub fn of_files(files: &Files) -> Result<Folder, Vec<Trouble>> {
    let mut troubles = Vec::new();
    let workspace = files.get("workspace.yaml").map_or("", String::as_str);
    let workspace = parse("workspace.yaml", workspace)
        .map_err(|trouble| troubles.push(trouble))
        .ok();
    let assistants = within(files, "assistants", &mut troubles, |file, text| {
        parse(file, &text)
    });
    let channels = within(files, "channels", &mut troubles, |file, text| {
        parse(file, &text)
    });
    let teams = within(files, "teams", &mut troubles, |file, text| {
        parse(file, &text)
    });
    let tests = within(files, "tests", &mut troubles, tests);
    let tools = within(files, "tools", &mut troubles, |file, text| {
        tool::read(file, &text)
    });
    match workspace {
        Some(workspace) if troubles.is_empty() => Ok(Folder {
            workspace,
            channels,
            assistants,
            teams,
            tests,
            tools,
        }),
        Some(_) | None => Err(troubles),
    }
}

fn within<T>(
    files: &Files,
    folder: &str,
    troubles: &mut Vec<Trouble>,
    read: impl Fn(&str, String) -> Result<T, Trouble>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    for (path, text) in files {
        let stem = path
            .strip_prefix(folder)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(stem) = stem.and_then(|rest| rest.strip_suffix(".yaml")) else {
            continue;
        };
        match read(path, text.clone()) {
            Ok(read) => drop(all.insert(stem.to_owned(), read)),
            Err(trouble) => troubles.push(trouble),
        }
    }
    all
}

fn tests(file: &str, text: String) -> Result<Tests, Trouble> {
    let read = parse(file, &text)?;
    Ok(Tests { text, file: read })
}

/// One file's text as a type.
///
/// # Errors
/// The first trouble: the reader can't go on after it.
pub fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Trouble> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: MAX_DEPTH,
            max_nodes: MAX_NODES,
            max_documents: 1,
        },
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| Trouble::from_yaml(file, &error))
}

fn one<T: DeserializeOwned>(dir: &Path, file: &str, troubles: &mut Vec<Trouble>) -> Option<T> {
    let read = text(dir, file).and_then(|text| parse(file, &text));
    read.map_err(|trouble| troubles.push(trouble)).ok()
}

pub(super) fn text(dir: &Path, file: &str) -> Result<String, Trouble> {
    let unreadable = |why: &std::io::Error| {
        Trouble::new(
            file,
            both!(
                "não consigo ler este arquivo ({why}).",
                "this file can't be read ({why})."
            ),
            both!(
                "Crie-o ou corrija as permissões.",
                "Create it, or correct its permissions."
            ),
        )
    };
    let path = dir.join(file);
    let meta = std::fs::symlink_metadata(&path).map_err(|error| unreadable(&error))?;
    if !meta.is_file() {
        return Err(Trouble::new(
            file,
            both!("não é um arquivo comum.", "this is no regular file."),
            both!(
                "Ponha o próprio arquivo aqui; links não são seguidos.",
                "Put the file itself here; links are not followed."
            ),
        ));
    }
    if meta.len() > MAX_FILE_BYTES {
        let kib = MAX_FILE_BYTES / 1024;
        return Err(Trouble::new(
            file,
            both!("passa de {kib} KiB.", "this is over {kib} KiB."),
            both!("Divida-o.", "Split it."),
        ));
    }
    let bytes = std::fs::read(&path).map_err(|error| unreadable(&error))?;
    String::from_utf8(bytes).map_err(|_| {
        Trouble::new(
            file,
            both!("não é texto UTF-8.", "this is no UTF-8 text."),
            both!("Salve-o como UTF-8.", "Save it as UTF-8."),
        )
    })
}

fn many<T: DeserializeOwned>(
    dir: &Path,
    folder: &str,
    troubles: &mut Vec<Trouble>,
) -> BTreeMap<String, T> {
    each(dir, folder, troubles, |file, text| parse(file, &text))
}

fn each<T>(
    dir: &Path,
    folder: &str,
    troubles: &mut Vec<Trouble>,
    read: impl Fn(&str, String) -> Result<T, Trouble>,
) -> BTreeMap<String, T> {
    let mut all = BTreeMap::new();
    let names = names(&dir.join(folder));
    if names.len() > MAX_FILES {
        troubles.push(Trouble::new(
            folder,
            both!(
                "há mais de {MAX_FILES} arquivos.",
                "there are more than {MAX_FILES} files."
            ),
            both!(
                "Divida o negócio em mais de um workspace.",
                "Split the business into several workspaces."
            ),
        ));
        return all;
    }
    for name in names {
        let file = format!("{folder}/{name}");
        if name.starts_with('.') {
            continue;
        }
        match name.strip_suffix(".yaml") {
            Some(stem) if fits(folder, stem) => {
                match text(dir, &file).and_then(|text| read(&file, text)) {
                    Ok(read) => drop(all.insert(stem.to_string(), read)),
                    Err(trouble) => troubles.push(trouble),
                }
            }
            Some(_) => troubles.push(Trouble::new(
                &file,
                both!(
                    "este nome de arquivo não serve.",
                    "this file name won't do."
                ),
                names_that_fit(folder),
            )),
            None => troubles.push(unknown(
                &file,
                &both!(
                    "Aqui só cabem arquivos `.yaml`.",
                    "Only `.yaml` files belong here."
                ),
            )),
        }
    }
    all
}

/// What identifies a channel, assistant or team for ever: it must survive any file system.
pub(super) fn is_slug(stem: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !stem.is_empty() && stem.len() <= 63 && stem.chars().all(plain) && !stem.starts_with('-')
}

fn fits(folder: &str, stem: &str) -> bool {
    if folder == "tools" {
        tool::is_name(stem)
    } else {
        is_slug(stem)
    }
}

fn names_that_fit(folder: &str) -> Both {
    if folder == "tools" {
        both!(
            "Use letras minúsculas sem acento, dígitos e `_`, até 64, começando com letra.",
            "Use lower-case letters without accents, digits and `_`, up to 64, beginning with a letter."
        )
    } else {
        both!(
            "Use letras minúsculas sem acento, dígitos e hífens, até 63.",
            "Use lower-case letters without accents, digits and dashes, up to 63."
        )
    }
}

fn check_names(dir: &Path, troubles: &mut Vec<Trouble>) {
    for name in names(dir) {
        let known = FOLDERS.contains(&name.as_str()) || name == "workspace.yaml";
        if known || name.starts_with('.') || name.to_ascii_lowercase().starts_with("readme") {
            continue;
        }
        let todo = match nearest(&name, FOLDERS.into_iter().chain(["workspace.yaml"])) {
            Some(near) => both!("Você quis dizer `{near}`?", "Did you mean `{near}`?"),
            None => both!(
                "Aqui valem workspace.yaml, assistants/, channels/, intents/, knowledge/, teams/, tests/ e tools/.",
                "Known here: workspace.yaml, assistants/, channels/, intents/, knowledge/, teams/, tests/ and tools/."
            ),
        };
        troubles.push(unknown(&name, &todo));
    }
}

fn unknown(file: &str, todo: &Both) -> Trouble {
    let what = both!(
        "esta versão não conhece isto.",
        "this version doesn't know this."
    );
    Trouble::new(file, what, todo.clone())
}

/// Sorted, so that troubles and diffs come in the same order everywhere. A folder that isn't there is empty.
pub(super) fn names(dir: &Path) -> Vec<String> {
    let mut all: Vec<String> = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .flatten()
        .take(MAX_FILES + 2)
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    all.sort_unstable();
    all
}
