//! The commands on a database, as people run them: apply, export, keys, backup and restore.
//!
//! In: folders and arguments. Out: texts, exit codes, bytes. Absent: `serve` (see `api_serve.rs`).
//! Next: `api_serve.rs`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

pub struct Temp(pub PathBuf);

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A folder of this test alone.
pub fn temp(name: &str) -> Temp {
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("ponte-it-{}-{name}-{count}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    Temp(path)
}

pub struct Told {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// `ponte ARGS --data DIR` with these variables and no others.
pub fn ponte(data: &Temp, args: &[&str], vars: &[(&str, &str)]) -> Told {
    // A command may set the process's log; the test that reads it comes first.
    std::sync::LazyLock::force(&crate::api_serve::LOG);
    let mut all: Vec<OsString> = vec!["ponte".into()];
    all.extend(args.iter().map(OsString::from));
    all.extend(["--data".into(), data.0.join("data").into()]);
    let vars: BTreeMap<String, String> = vars
        .iter()
        .map(|(key, value)| ((*key).into(), (*value).into()))
        .collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = ponte::cli::run(
        all,
        &move |name: &str| vars.get(name).cloned(),
        &mut out,
        &mut err,
    );
    Told {
        code,
        out: String::from_utf8(out).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

pub fn demo() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../demo")
        .display()
        .to_string()
}

fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(
                files(&path)
                    .into_iter()
                    .map(|(name, bytes)| (Path::new(&entry.file_name()).join(name), bytes)),
            );
        } else {
            all.insert(entry.file_name().into(), std::fs::read(path).unwrap());
        }
    }
    all
}

#[test]
fn applying_twice_changes_once_and_export_is_byte_identical() {
    let temp = temp("roundtrip");
    let first = ponte(&temp, &["apply", &demo()], &[]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert!(
        first.out.contains("+ channels/balcao.yaml") && first.out.ends_with("Applied.\n"),
        "{}",
        first.out
    );
    assert_eq!(
        ponte(&temp, &["apply", &demo()], &[]).out.trim(),
        "Nothing changed."
    );
    let (one, two) = (
        temp.0.join("one").display().to_string(),
        temp.0.join("two").display().to_string(),
    );
    assert_eq!(ponte(&temp, &["export", &one], &[]).code, 0);
    assert_eq!(
        ponte(&temp, &["apply", &one], &[("LANG", "pt_BR.UTF-8")])
            .out
            .trim(),
        "Nada mudou."
    );
    ponte(&temp, &["export", &two], &[]);
    assert_eq!(files(Path::new(&one)), files(Path::new(&two)));
    assert!(files(Path::new(&one)).contains_key(Path::new("README.md")));
}

const TOOL: &str = "name: consulta_pedido
title: Pedido
description: Situação de um pedido pelo número
parameters:
  type: object
  required: [pedido]
  properties:
    pedido: { type: string, maxLength: 20 }
    fone: { type: string }
bound: { fone: phone }
effects: reads
failure_text: { pt: Não consegui consultar., en: I could not look. }
take: { situacao: /data/0/status }
action:
  http:
    method: GET
    url: https://api.loja.example/pedidos/{pedido}
    query: { fone: \"{fone}\" }
    credential: loja
";

#[test]
fn tools_are_applied_exported_and_checked_with_the_assistants_that_name_them() {
    let temp = temp("tools");
    let folder = temp.0.join("folder");
    let shown = folder.display().to_string();
    ponte(&temp, &["apply", &demo()], &[]);
    assert_eq!(ponte(&temp, &["export", &shown], &[]).code, 0);
    std::fs::create_dir_all(folder.join("tools")).unwrap();
    std::fs::write(folder.join("tools/consulta_pedido.yaml"), TOOL).unwrap();
    let path = folder.join("assistants/padaria.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    let naming = |names: &str| text.replacen("brain:\n", &format!("brain:\n  tools: {names}\n"), 1);
    std::fs::write(&path, naming("[consulta_pedidos]")).unwrap();
    let wrong = ponte(&temp, &["apply", &shown], &[("LANG", "pt_BR.UTF-8")]);
    let said = format!("{}{}", wrong.out, wrong.err);
    assert_ne!(wrong.code, 0);
    assert!(
        said.contains("não há a ferramenta `consulta_pedidos`. Você quis dizer `consulta_pedido`?"),
        "{said}"
    );
    std::fs::write(&path, naming("[consulta_pedido, hand_off]")).unwrap();
    let done = ponte(&temp, &["apply", &shown], &[]);
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    assert!(
        done.out.contains("+ tools/consulta_pedido.yaml"),
        "{}",
        done.out
    );
    let again = ponte(&temp, &["apply", &shown], &[]);
    assert_eq!(again.out.trim(), "Nothing changed.");
    let listed = ponte(&temp, &["tool", "list"], &[]);
    assert!(
        listed.out.contains("consulta_pedido  Pedido"),
        "{}",
        listed.out
    );

    let other = temp.0.join("other").display().to_string();
    assert_eq!(ponte(&temp, &["export", &other], &[]).code, 0);
    let back = ponte(&temp, &["apply", &other], &[]);
    assert_eq!(back.out.trim(), "Nothing changed.");
    let written = std::path::Path::new(&other).join("tools/consulta_pedido.yaml");
    let exported = std::fs::read_to_string(&written).unwrap();
    std::fs::write(&written, exported.replace("reads", "writes")).unwrap();
    let changed = ponte(&temp, &["apply", &other], &[]);
    assert!(
        changed
            .out
            .contains("  - effects: reads\n  + effects: writes\n"),
        "{}",
        changed.out
    );

    let doctor = ponte(&temp, &["doctor", "--json"], &[]);
    let found: serde_json::Value = serde_json::from_str(&doctor.out).unwrap();
    let grade = |check: &str| {
        let all = found["findings"].as_array().unwrap();
        let one = all.iter().find(|one| one["check"] == check);
        one.map(|one| one["grade"].as_str().unwrap().to_owned())
    };
    assert_eq!(grade("assistant_tool"), None, "{}", doctor.out);
    assert_eq!(
        grade("assistants").as_deref(),
        Some("good"),
        "{}",
        doctor.out
    );
    assert!(grade("master_key").is_some(), "{}", doctor.out);
}

#[test]
fn a_change_is_shown_line_by_line_and_a_dry_run_stores_nothing() {
    let temp = temp("diff");
    ponte(&temp, &["apply", &demo()], &[]);
    let folder = temp.0.join("folder");
    ponte(&temp, &["export", &folder.display().to_string()], &[]);
    let path = folder.join("assistants/padaria.yaml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("debounce: 800ms", "debounce: 1s")).unwrap();
    let folder = folder.display().to_string();
    let dry = ponte(&temp, &["apply", "--dry-run", &folder], &[]);
    assert!(
        dry.out.contains("~ assistants/padaria.yaml")
            && dry.out.contains("  - debounce: 800ms\n  + debounce: 1s\n"),
        "{}",
        dry.out
    );
    assert!(dry.out.ends_with("Nothing was stored (--dry-run).\n"));
    assert!(
        ponte(&temp, &["apply", &folder], &[])
            .out
            .ends_with("Applied.\n")
    );
    assert_eq!(
        ponte(&temp, &["apply", &folder], &[]).out.trim(),
        "Nothing changed."
    );
}

#[test]
fn a_wrong_folder_changes_nothing_at_all() {
    let temp = temp("wrong");
    ponte(&temp, &["apply", &demo()], &[]);
    let folder = temp.0.join("folder");
    let shown = folder.display().to_string();
    ponte(&temp, &["export", &shown], &[]);
    std::fs::write(folder.join("workspace.yaml"), "name: Outro\n").unwrap();
    std::fs::write(folder.join("teams/x.yaml"), "nome: x\n").unwrap();
    let told = ponte(&temp, &["apply", &shown], &[]);
    assert_eq!(
        (told.code, told.out.as_str()),
        (
            2,
            "teams/x.yaml:1:1: there is no key `nome` here. Did you mean `name`?\n"
        )
    );
    let after = temp.0.join("after");
    ponte(&temp, &["export", &after.display().to_string()], &[]);
    assert!(
        std::fs::read_to_string(after.join("workspace.yaml"))
            .unwrap()
            .contains("Padaria Ponte Nova")
    );
}

#[test]
fn a_renamed_channel_file_is_told_to_keep_its_name() {
    let temp = temp("renamed");
    ponte(&temp, &["apply", &demo()], &[]);
    let folder = temp.0.join("folder");
    let shown = folder.display().to_string();
    ponte(&temp, &["export", &shown], &[]);
    std::fs::rename(
        folder.join("channels/balcao.yaml"),
        folder.join("channels/loja.yaml"),
    )
    .unwrap();
    let told = ponte(&temp, &["apply", &shown], &[]);
    assert_eq!(told.code, 2);
    assert!(
        told.out
            .starts_with("channels/loja.yaml: this number is channels/balcao.yaml's already."),
        "{}",
        told.out
    );
}

#[test]
fn keys_are_made_listed_without_secret_and_revoked() {
    let temp = temp("keys");
    ponte(&temp, &["apply", &demo()], &[]);
    let made = ponte(
        &temp,
        &[
            "key",
            "create",
            "painel",
            "--scope",
            "read,write",
            "--expires",
            "90d",
        ],
        &[],
    );
    let secret = made.out.lines().next().unwrap().to_string();
    assert!(
        secret.starts_with("pk_") && secret.len() == 67,
        "{}",
        made.out
    );
    let listed = ponte(&temp, &["key", "list", "--json"], &[]);
    let keys: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    assert_eq!(
        (&keys[0]["name"], &keys[0]["scopes"][1]),
        (&"painel".into(), &"write".into())
    );
    assert!(!listed.out.contains(&secret));
    let id = keys[0]["id"].as_str().unwrap();
    assert_eq!(ponte(&temp, &["key", "revoke", id], &[]).code, 0);
    assert!(ponte(&temp, &["key", "list"], &[]).out.contains("revoked"));
    let wrong = ponte(&temp, &["key", "create", "x", "--scope", "root"], &[]);
    assert_eq!(
        (wrong.code, wrong.err.as_str()),
        (
            2,
            "ponte: there is no scope `root`. Use read, write, admin or installation.\n"
        )
    );
}

#[test]
fn a_restored_database_is_frozen_until_released() {
    let temp = temp("backup");
    ponte(&temp, &["apply", &demo()], &[]);
    let file = temp.0.join("copy.db").display().to_string();
    let backup = ponte(&temp, &["backup", &file], &[]);
    assert_eq!(backup.code, 0, "{}", backup.err);
    assert_eq!(
        ponte(&temp, &["backup", &file], &[]).code,
        2,
        "a backup never replaces another"
    );
    let other = crate::api_workspace::temp("restored");
    let restored = ponte(&other, &["restore", &file], &[]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    let doctor = ponte(&other, &["doctor", "--json"], &[]);
    assert_ne!(doctor.code, 0);
    let status: serde_json::Value =
        serde_json::from_str(&ponte(&other, &["outbox", "status", "--json"], &[]).out).unwrap();
    assert_eq!(status["frozen"], true);
    assert_eq!(
        ponte(&other, &["outbox", "release"], &[]).out.trim(),
        "Released."
    );
    assert_eq!(
        ponte(&other, &["outbox", "release"], &[]).out.trim(),
        "It was not frozen."
    );
    assert_ne!(
        ponte(&other, &["restore", &file], &[]).code,
        0,
        "only an empty database is restored into"
    );
}

#[test]
fn schemas_are_printed_one_by_one_and_together() {
    let temp = temp("schema");
    let one: serde_json::Value =
        serde_json::from_str(&ponte(&temp, &["schema", "channel"], &[]).out).unwrap();
    assert_eq!(one["title"], "ChannelFile");
    let all: serde_json::Value = serde_json::from_str(&ponte(&temp, &["schema"], &[]).out).unwrap();
    let kinds: Vec<_> = all.as_object().unwrap().keys().cloned().collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let mut committed: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .map(|name| name.replace(".schema.json", ""))
        .collect();
    committed.sort();
    assert_eq!(kinds, committed, "each is committed for editors");
}
