//! Checks the way from files to settings and back, and what bad files are told.
//!
//! In: folders made here. Out: settings, texts and troubles. Absent: the database (`tests/it`). Next:
//! `convert.rs` and `write.rs`, which these hold together.

use super::convert::{Settings, settings};
use super::read::folder;
use super::{schema, write};
use crate::words::Lang;
use ponte_core::book::{Act, Assistant, Channel};
use ponte_core::ids::WorkspaceId;
use ponte_core::time::Span;
use std::path::{Path, PathBuf};

struct Dir(PathBuf);

impl Dir {
    fn new(name: &str, files: &[(&str, &str)]) -> Dir {
        let dir =
            std::env::temp_dir().join(format!("ponte-workspace-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&dir);
        for (path, text) in files {
            let path = dir.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        Dir(dir)
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

const WORKSPACE: (&str, &str) = ("workspace.yaml", "name: Padaria\n");
const CHANNEL: (&str, &str) = (
    "channels/balcao.yaml",
    "name: Balcão\nnumber: \"100000000000001\"\naccount: \"200000000000001\"\ndisplay: +55 11 4000-0001\nassistant: padaria\n",
);
const ASSISTANT: (&str, &str) = (
    "assistants/padaria.yaml",
    "name: Atendente\ndebounce: 900ms\nhours:\n  seg-sex: \"08:00-18:00\"\nholidays: [2026-12-25]\nrules:\n  - name: eco\n    when: { starts: [eco] }\n    then:\n      - say: \"{rest}\"\n    immediate: true\n    always: true\n  - name: humano\n    when: { equals: [gente] }\n    then: [hand_off]\nmenus:\n  - name: principal\n    text: Escolha\n    options:\n      - { id: a, title: Pães, then: [{ say: Temos }] }\n      - { id: b, title: Vendas, then: [{ hand_off_to: vendas }, resolve] }\nfaq:\n  - questions: [Que horas abre?]\n    answer: \"Às 8: sempre\"\nhand_off: { team: vendas }\n",
);
const TEAM: (&str, &str) = ("teams/vendas.yaml", "name: Vendas\n");

fn workspace() -> WorkspaceId {
    WorkspaceId(uuid::Uuid::from_u128(7))
}

fn read(dir: &Path) -> Result<Settings, Vec<String>> {
    folder(dir)
        .and_then(|folder| settings(&folder, workspace()))
        .map_err(|troubles| {
            troubles
                .iter()
                .map(|trouble| trouble.line(Lang::En))
                .collect()
        })
}

#[test]
fn what_is_missing_in_a_file_is_the_cores_default() {
    let dir = Dir::new("defaults", &[WORKSPACE, CHANNEL, ASSISTANT, TEAM]);
    let settings = read(&dir.0).unwrap();
    let channel = &settings.channels["balcao"].channel;
    let wanted = Channel {
        id: channel.id,
        name: "Balcão".into(),
        number: "100000000000001".into(),
        account: "200000000000001".into(),
        display: "+55 11 4000-0001".into(),
        ..Channel::default()
    };
    assert_eq!(*channel, wanted);
    let assistant = &settings.assistants["padaria"];
    assert_eq!(assistant.debounce, Span::millis(900));
    assert_eq!(assistant.watch, Assistant::default().watch);
    assert_eq!(assistant.rules[1].then, [Act::HandOff { team: None }]);
    assert_eq!(assistant.handoff_team, Some(settings.teams["vendas"].id));
    assert_eq!(assistant.faq[0].id, "que-horas-abre");
    assert_eq!(settings.channels["balcao"].assistant, assistant.id);
}

#[test]
fn written_files_read_as_the_same_settings_and_write_the_same_bytes() {
    let dir = Dir::new("first", &[WORKSPACE, CHANNEL, ASSISTANT, TEAM]);
    let settings = read(&dir.0).unwrap();
    let files = write::files(&settings).unwrap();
    let pairs: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    let again = Dir::new("again", &pairs);
    let second = read(&again.0).unwrap();
    assert_eq!(second, settings);
    assert_eq!(write::files(&second).unwrap(), files);
}

#[test]
fn awkward_texts_survive_the_way_out_and_back() {
    for text in [
        "a: b",
        "- x",
        "yes",
        "null",
        "1e3",
        "  lead",
        "trail  ",
        "two\nlines\n",
        "\"quoted\" 'and'",
        "#hash",
        "emoji 🍞\u{200d}",
        "tab\there",
        "é%&*!|>@`",
        "\u{7}bell",
    ] {
        let dir = Dir::new("text", &[WORKSPACE, CHANNEL, ASSISTANT, TEAM]);
        let mut settings = read(&dir.0).unwrap();
        settings.assistants.get_mut("padaria").unwrap().faq[0].answer = text.to_string();
        settings.assistants.get_mut("padaria").unwrap().rules[0].then = vec![Act::Say {
            text: text.to_string(),
        }];
        let files = write::files(&settings).unwrap();
        let pairs: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let again = Dir::new("text-again", &pairs);
        assert_eq!(read(&again.0).unwrap(), settings, "{text:?}");
    }
}

/// Each row: a file that replaces or joins the good folder, and the exact answer.
const BAD: &[(&str, &str, &str)] = &[
    (
        "workspace.yaml",
        "nome: Padaria\n",
        "workspace.yaml:1:1: there is no key `nome` here. Did you mean `name`?",
    ),
    (
        "workspace.yaml",
        "{}\n",
        "workspace.yaml:1:1: the key `name` is missing. Add it.",
    ),
    (
        "workspace.yaml",
        "name: a\nname: b\n",
        "workspace.yaml:2:1: the key `name` stands here twice. Delete one of them.",
    ),
    (
        "flows/x.yaml",
        "a: 1\n",
        "flows: this version doesn't know this. Known here: workspace.yaml, assistants/, channels/, intents/, knowledge/, teams/, tests/ and tools/.",
    ),
    (
        "assistant/x.yaml",
        "a: 1\n",
        "assistant: this version doesn't know this. Did you mean `assistants`?",
    ),
    (
        "teams/vendas.yml",
        "name: x\n",
        "teams/vendas.yml: this version doesn't know this. Only `.yaml` files belong here.",
    ),
    (
        "teams/Vendas 2.yaml",
        "name: x\n",
        "teams/Vendas 2.yaml: this file name won't do. Use lower-case letters without accents, digits and dashes, up to 63.",
    ),
    (
        "assistants/x.yaml",
        "name: x\ndebounse: 800ms\n",
        "assistants/x.yaml:2:1: there is no key `debounse` here. Did you mean `debounce`?",
    ),
    (
        "assistants/x.yaml",
        "name: x\ndebounce: soon\n",
        "assistants/x.yaml:2:1: invalid value: string \"soon\", expected a length such as 800ms, 90s, 15m, 2h or 1h30m. Correct this value; `ponte schema` shows what is accepted.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nhours: { seg: \"8-18\" }\n",
        "assistants/x.yaml:2:8: `8-18` are no hours; write \"08:00-18:00\", or \"22:00-02:00\" past midnight. Correct this value; `ponte schema` shows what is accepted.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nholidays: [natal]\nhours: {}\n",
        "assistants/x.yaml:2:12: this is no day. Write it as 2026-12-25.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nholidays: [2026-12-25]\n",
        "assistants/x.yaml:2:12: holidays have no meaning without `hours`. Add `hours`.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nrules:\n  - name: r\n    when: {}\n    then: [hand_off]\n",
        "assistants/x.yaml:3:5: this rule never matches. Say in `when` what the customer writes.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nrules:\n  - name: r\n    when: { first: true }\n    then: [{ menu: main }]\n",
        "assistants/x.yaml:5:20: there is no menu `main`. Create it, or use a name that exists.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nhand_off: { team: venda }\n",
        "assistants/x.yaml:2:19: there is no team `venda`. Did you mean `vendas`?",
    ),
    (
        "assistants/x.yaml",
        "name: x\nrules:\n  - name: r\n    when: { first: true }\n    then: [shout]\n",
        "assistants/x.yaml:5:12: there is no `shout` here. Known here: say, menu, hand_off, hand_off_to, resolve.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"100000000000001\"\naccount: \"2\"\ndisplay: x\nassistant: padaria\n",
        "channels/balcao.yaml:2:9: this number stands in channels/b.yaml already. One number has one file.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: +55 11\naccount: \"2\"\ndisplay: x\nassistant: padaria\n",
        "channels/b.yaml:2:9: this must be an id of Meta's, digits only. Copy it from the WhatsApp Manager.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"3\"\naccount: \"2\"\ndisplay: x\nassistant: padari\n",
        "channels/b.yaml:5:12: there is no assistant `padari`. Did you mean `padaria`?",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"3\"\naccount: \"2\"\ndisplay: x\nassistant: padaria\nzone: Brasilia\n",
        "channels/b.yaml:6:7: there is no such time zone. Use an IANA name such as America/Sao_Paulo.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"3\"\naccount: \"2\"\ndisplay: x\nassistant: padaria\nper_second: 0\n",
        "channels/b.yaml:6:13: this must be between 1 and 1000. In coexistence Meta's limit is 20.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"3\"\naccount: \"2\"\ndisplay: x\nassistant: padaria\naccess_token_env: EAAG-secret\n",
        "channels/b.yaml:6:19: this is not the name of a variable. Write its name, such as PONTE_ACCESS_TOKEN; the token itself never stands here.",
    ),
    (
        "channels/b.yaml",
        "name: b\nnumber: \"3\"\naccess_token: EAAG\n",
        "channels/b.yaml:3:1: there is no key `access_token` here. Did you mean `access_token_env`?",
    ),
    (
        "tools/pedido.yaml",
        "name: pedido\ndescription: x\nacton: {}\n",
        "tools/pedido.yaml:3:1: there is no key `acton` here. Did you mean `action`?",
    ),
    (
        "tools/pedido.yaml",
        "name: pedidos\ndescription: x\naction: { http: { method: GET, url: \"https://a.example/\" } }\n",
        "tools/pedido.yaml:1:7: the tool is called `pedidos`, and the file `pedido`. Give both the same name.",
    ),
    (
        "tools/pedido.yaml",
        "name: pedido\ndescription: x\naction:\n  http:\n    method: GET\n    url: ftp://a.example/\n",
        "tools/pedido.yaml:6:10: `action/http/url` won't do: the address must begin with http:// or https:// and a host, without placeholders. Write the whole address, http or https; parameters in the path only.",
    ),
    (
        "tools/pedido.yaml",
        "name: pedido\ndescription: x\naction:\n  http:\n    method: GET\n    url: https://a.example/\n    headers: { Authorization: Bearer x }\n",
        "tools/pedido.yaml:7:14: `action/http/headers` won't do: `Authorization` is not written here: secrets belong into a credential. A secret never stands here: make a credential and write its name in `credential`.",
    ),
    (
        "tools/pedido.yaml",
        "name: pedido\ndescription: x\ntimeout_ms: 0\naction: { http: { method: GET, url: \"https://a.example/\" } }\n",
        "tools/pedido.yaml:3:13: `timeout_ms` won't do: 1 to 60000. Milliseconds, from 1 to 60000.",
    ),
    (
        "tools/passar.yaml",
        "name: passar\ndescription: x\naction: { builtin: hand_off }\n",
        "tools/passar.yaml:3:9: a built-in tool has no file. Delete this file and write `hand_off` in the assistant's `tools`.",
    ),
    (
        "tools/meu-pedido.yaml",
        "name: x\n",
        "tools/meu-pedido.yaml: this file name won't do. Use lower-case letters without accents, digits and `_`, up to 64, beginning with a letter.",
    ),
    (
        "assistants/x.yaml",
        "name: x\nbrain:\n  tools: [hand_of]\n",
        "assistants/x.yaml:3:11: there is no tool `hand_of`. Did you mean `hand_off`?",
    ),
    (
        "workspace.yaml",
        "name: [a\n",
        "workspace.yaml:1:7: expected string scalar. Correct this value; `ponte schema` shows what is accepted.",
    ),
];

#[test]
fn bad_files_get_exact_answers() {
    let mut wrong = Vec::new();
    for (path, text, answer) in BAD {
        let mut files = vec![WORKSPACE, CHANNEL, ASSISTANT, TEAM];
        files.retain(|(known, _)| known != path);
        files.push((path, text));
        let dir = Dir::new("bad", &files);
        let lines = read(&dir.0).unwrap_err();
        if lines != [*answer] {
            wrong.push(format!("\n  {lines:?}\n  wanted {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
}

#[test]
fn a_folder_without_workspace_file_says_so() {
    let dir = Dir::new("empty", &[TEAM]);
    assert!(read(&dir.0).unwrap_err()[0].starts_with("workspace.yaml: this file can't be read"));
}

#[test]
fn alias_bombs_and_huge_files_are_refused() {
    let mut bomb = String::from("name: &a x\n");
    for level in 0..40 {
        bomb.push_str(&format!(
            "k{level}: &k{level} [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
        ));
    }
    let huge = format!("name: {}\n", "x".repeat(1_100_000));
    for (name, text) in [("bomb", bomb), ("huge", huge)] {
        let dir = Dir::new(name, &[("workspace.yaml", &text)]);
        assert!(read(&dir.0).is_err(), "{name}");
    }
}

#[test]
fn committed_schemas_are_current() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    for (name, schema) in schema::all() {
        let path = dir.join(name);
        let wanted = schema::text(&schema);
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(&path, &wanted).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            found == wanted,
            "{} is old: run the tests with UPDATE=1",
            path.display()
        );
    }
}
