//! `ponte test`: what passes, what fails and how it is told, on the production engine.
//!
//! In: folders with tests. Out: what the command prints, and its exit code. Absent: the parts by
//! themselves (beside them in `dialogue`). Next: `assistants.rs`, where tests hold a publication back.

use crate::api_kit;
use crate::api_workspace::{Temp, Told, ponte, temp};
use ponte::demo;
use ponte_core::content::Content;
use ponte_core::effect::{MessageBody, MessageRow};
use ponte_core::ids::{ContactId, ConversationId, MessageId};
use ponte_core::ownership::Provenance;
use ponte_core::time::Time;
use ponte_store::rows::Place;
use ponte_store::{Commit, Options, Store};
use serde_json::Value;
use std::fs;
use std::path::Path;
use uuid::Uuid;

const SHOP: [(&str, &str); 4] = [
    ("workspace.yaml", "name: Loja\n"),
    ("teams/balcao.yaml", "name: Balcão\n"),
    (
        "channels/loja.yaml",
        "name: Loja\nnumber: \"100000000000001\"\naccount: \"200000000000001\"\ndisplay: +55 11 4000-0001\n\
         assistant: bia\nghost: {after: 15m, text: Já vamos responder.}\nzone: America/Sao_Paulo\n",
    ),
    (
        "assistants/bia.yaml",
        "name: Bia\ndebounce: 1s\nfaq:\n  - id: horario\n    questions: [que horas abre]\n    \
         answer: Abrimos às 9h.\nhand_off: {team: balcao}\n",
    ),
];

/// A shop with these tests.
fn shop(tests: &str) -> Temp {
    let folder = temp("dialogue");
    for (path, text) in SHOP.into_iter().chain([("tests/casa.yaml", tests)]) {
        write(&folder, path, text);
    }
    folder
}

fn write(folder: &Temp, path: &str, text: &str) {
    let path = folder.0.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn test(folder: &Temp, more: &[&str]) -> Told {
    let dir = folder.0.display().to_string();
    ponte(folder, &[&["test", &dir], more].concat(), &[])
}

fn steps(steps: &str) -> String {
    format!("tests:\n  - name: um\n    steps:\n{steps}")
}

/// The only line of a report that begins with the file.
fn complaint(told: &Told) -> String {
    let lines = told.out.lines().map(str::trim);
    let all: Vec<&str> = lines.filter(|line| line.starts_with("tests/")).collect();
    assert_eq!(all.len(), 1, "{}{}", told.out, told.err);
    all[0].to_string()
}

#[test]
fn the_demo_s_conversations_are_held() {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
    let data = temp("dialogue-demo");
    let told = ponte(&data, &["test", &demo.display().to_string()], &[]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let last = told.out.lines().last().unwrap();
    let (passed, failed) = last.split_once(" passed, ").unwrap();
    assert!(passed.parse::<u32>().unwrap() >= 12, "{last}");
    assert_eq!(failed, "0 failed");
    assert!(!data.0.join("data").exists(), "nothing was stored");
}

#[test]
fn what_is_not_as_expected_is_told_with_file_line_what_came_and_the_way() {
    let told = test(
        &shop(&steps(
            "      - customer: que horas abre?\n        says: às 8h\n",
        )),
        &[],
    );
    assert_eq!(told.code, 1);
    assert_eq!(
        complaint(&told),
        "tests/casa.yaml:5: expected: says “às 8h”; came: “Abrimos às 9h.”"
    );
    assert!(told.out.contains("✗ tests/casa.yaml:2: um"), "{}", told.out);
    assert!(told.out.contains("way: "), "{}", told.out);
    assert!(told.out.ends_with("0 passed, 1 failed\n"), "{}", told.out);
}

#[test]
fn each_expectation_can_fail() {
    let asked = "      - customer: que horas abre?\n        ";
    for (wrong, expected) in [
        ("says: fechado", "says “fechado”"),
        ("says_any: [fechado, domingo]", "says one of these"),
        ("says_exactly: Abrimos às 9h", "says exactly"),
        ("never_says: abrimos", "never says “abrimos”"),
        ("silent: true", "silence"),
        ("buttons: Menu", "the button “Menu”"),
        ("within: 500ms", "a message within 500ms"),
        ("by: model", "decided by model"),
        ("intent: preco", "the intent preco"),
        ("source: entrega", "the source entrega"),
        ("tool: {tool: pedido}", "the tool pedido"),
        ("handed_off: true", "handed off to people"),
        ("team: balcao", "waits for the team balcao"),
        ("why: porque sim", "the reason “porque sim”"),
        ("draft: oi", "a draft with “oi”"),
        ("owner: queue", "the owner is queue"),
        ("window: closed", "the window closed"),
        ("variables: {plano: ouro}", "plano = \"ouro\""),
    ] {
        let told = test(&shop(&steps(&format!("{asked}{wrong}\n"))), &[]);
        assert_eq!(told.code, 1, "{wrong}: {}{}", told.out, told.err);
        let line = complaint(&told);
        assert!(line.contains(&format!("expected: {expected}")), "{line}");
    }
}

#[test]
fn time_passes_in_a_moment_and_whoever_waits_is_told() {
    let told = test(
        &shop(&steps(
            "      - customer: quero falar com um atendente\n        handed_off: true\n        team: balcao\n\
             \x20     - after: 14m\n        silent: true\n\
             \x20     - after: 2m\n        says: Já vamos responder\n\
             \x20     - agent: {send: Cheguei!}\n        says_exactly: Cheguei!\n        owner: person\n\
             \x20     - after: 25h\n        window: closed\n",
        )),
        &[],
    );
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
}

#[test]
fn given_things_are_as_given() {
    let file = "given: {at: 2026-03-01 23:10, customer: Rui, known: true, variables: {plano: ouro}}\ntests:\n\
        \x20 - name: fechado\n    given: {open: false}\n    steps:\n\
        \x20     - customer: que horas abre?\n        variables: {plano: ouro}\n        silent: false\n\
        \x20 - name: aberto\n    given: {open: true}\n    steps:\n\
        \x20     - customer: que horas abre?\n        says: às 9h\n";
    let told = test(&shop(file), &["--json"]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let report: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(
        (&report["passed"], &report["failed"]),
        (&2.into(), &0.into())
    );
    assert_eq!(report["tests"][1]["name"], "aberto");
}

#[test]
fn the_same_tests_say_the_same_each_time() {
    let folder = shop(&steps(
        "      - customer: [a, b]\n        says: nunca\n      - after: 3h\n        says: nunca\n",
    ));
    let first = test(&folder, &["--json"]);
    for _ in 0..3 {
        assert_eq!(test(&folder, &["--json"]).out, first.out);
    }
}

#[test]
fn only_some_tests_are_played_when_asked() {
    let file = "tests:\n  - name: um\n    steps: [{customer: a}]\n  - name: dois\n    steps: [{customer: a}]\n";
    let told = test(&shop(file), &["--only", "dois"]);
    assert_eq!(told.out, "1 passed, 0 failed\n", "{}", told.err);
}

#[test]
fn two_versions_are_compared_on_the_same_tests() {
    let file = steps("      - customer: que horas abre?\n        says: às 9h\n");
    let (here, there) = (shop(&file), shop(&file));
    let bia = SHOP[3].1.replace("às 9h", "às 10h");
    write(&there, "assistants/bia.yaml", &bia);
    let dir = there.0.display().to_string();
    let told = test(&here, &["--against", &dir]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let line = "tests/casa.yaml:2: um: passes here and fails there";
    assert!(told.out.contains(line), "{}", told.out);
    assert!(told.out.contains("came: “Abrimos às 10h.”"), "{}", told.out);
    assert!(told.out.ends_with("1 passed, 0 failed\n"), "{}", told.out);
}

#[test]
fn what_is_wrong_in_a_file_is_told_by_line_in_both_languages() {
    let cases = [
        ("tests: [{name: a, steps: []}]", "a test has 1 to"),
        (
            "tests: [{name: a, steps: [{customer: a, phone: b}]}]",
            "a step does one thing.",
        ),
        (
            "tests: [{name: a, steps: [{caption: a}]}]",
            "`caption` goes with `sends`.",
        ),
        (
            "tests: [{name: a, steps: [{customer: a, team: balco}]}]",
            "there is no teams/balco.yaml. Did you mean `balcao`?",
        ),
        (
            "given: {assistant: zé}\ntests: [{name: a, steps: [{customer: a}]}]",
            "there is no assistants/zé.yaml.",
        ),
        (
            "given: {at: amanhã}\ntests: [{name: a, steps: [{customer: a}]}]",
            "“amanhã” is no date and time. Write 2026-11-20 10:00.",
        ),
        (
            "tests:\n  - {name: a, steps: [{customer: a}]}\n  - {name: a, steps: [{customer: a}]}",
            "there are two tests “a”.",
        ),
        (
            "tests: [{name: a, steps: [{custommer: a}]}]",
            "Did you mean `customer`?",
        ),
    ];
    for (file, expected) in cases {
        let folder = shop(file);
        let told = test(&folder, &[]);
        assert_eq!(told.code, 2, "{file}: {}{}", told.out, told.err);
        assert!(told.out.starts_with("tests/casa.yaml:"), "{}", told.out);
        assert!(told.out.contains(expected), "{file}: {}", told.out);
        let dir = folder.0.display().to_string();
        let told = ponte(&folder, &["test", &dir], &[("LANG", "pt_BR.UTF-8")]);
        assert!(!told.out.contains(expected), "{}", told.out);
    }
}

#[test]
fn a_tap_on_what_is_not_there_ends_the_test_and_says_what_is() {
    let told = test(
        &shop(&steps(
            "      - taps: Sim\n      - customer: a\n        says: b\n",
        )),
        &[],
    );
    assert_eq!(
        complaint(&told),
        "tests/casa.yaml:4: expected: the button “Sim”; came: []"
    );
}

#[test]
fn tests_are_kept_with_the_workspace_and_come_back_as_they_were() {
    let file = format!("# um comentário\n{}", steps("      - customer: a\n"));
    let folder = shop(&file);
    let dir = folder.0.display().to_string();
    let data = temp("dialogue-data");
    let told = ponte(&data, &["apply", &dir], &[]);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let back = temp("dialogue-back");
    let told = ponte(&data, &["export", &back.0.display().to_string()], &[]);
    assert_eq!(told.code, 0, "{}", told.err);
    assert_eq!(
        fs::read_to_string(back.0.join("tests/casa.yaml")).unwrap(),
        file
    );
    let told = ponte(&data, &["apply", &dir], &[]);
    assert!(told.out.contains("Nothing changed."), "{}", told.out);
}

#[test]
fn tests_are_drawn_from_conversations_without_saying_whose_they_were() {
    let (data, folder) = (temp("drawn-data"), temp("drawn"));
    std::fs::create_dir_all(data.0.join("data")).unwrap();
    let url = format!("sqlite:{}", data.0.join("data/ponte.db").display());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(conversation(&url));
    drop(runtime);
    let dir = folder.0.display().to_string();
    let draw = || ponte(&data, &["test", &dir, "--from-conversations", "9"], &[]);
    let told = draw();
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let text = fs::read_to_string(folder.0.join("tests/from-conversations.yaml")).unwrap();
    for (path, shop) in SHOP {
        // The drawn test names the number that was written to.
        write(&folder, &path.replace("loja.yaml", "balcao.yaml"), shop);
    }
    assert!(text.contains("Sou Fulano"), "{text}");
    for secret in ["Ana", "ana@", "98888"] {
        assert!(!text.contains(secret), "{text}");
    }
    let told = test(&folder, &[]);
    assert!(
        told.out.ends_with("1 passed, 0 failed\n"),
        "it is played: {}",
        told.out
    );
    let told = draw();
    assert_eq!(
        told.code, 2,
        "what is there is not written over: {}",
        told.out
    );
}

/// A database with one conversation, of a customer who says who she is.
async fn conversation(url: &str) {
    let store = Store::open(url, Options::default()).await.unwrap();
    let at = Time(1_795_176_000_000_000);
    let workspace = demo::prepare(&store, at).await.unwrap();
    let channel = store.channels(Some(workspace)).await.unwrap()[0].id;
    let place = Place {
        workspace,
        channel,
        conversation: ConversationId(Uuid::from_u128(1)),
    };
    let (contact, message) = (ContactId(Uuid::from_u128(2)), Uuid::from_u128(3));
    api_kit::conversation(&store, place, contact, MessageId(message), at).await;
    let text = "Sou Ana, ana@loja.com.br, (11) 98888-0001. Que horas abre?";
    let row = MessageRow {
        id: MessageId(Uuid::from_u128(4)),
        provenance: Provenance::Customer,
        wamid: None,
        content: MessageBody::In(Content::Text { body: text.into() }),
        context: Default::default(),
        referral: None,
        sent: at,
        received: at,
        send: None,
        unread: true,
    };
    let mut commit = Commit::new();
    commit.put_message(&place, 2, &row);
    assert!(store.commit(commit).await.unwrap().stored());
}

/// The shop with a model and a tool.
fn modern(tests: &str) -> Temp {
    let folder = shop(tests);
    let brain = "brain: {models: [local/small], tools: [pedido], knowledge: {enabled: false}}\n";
    write(
        &folder,
        "assistants/bia.yaml",
        &format!("{}{brain}", SHOP[3].1),
    );
    folder
}

#[test]
fn a_question_to_a_model_without_a_rule_fails_the_test() {
    let told = test(
        &modern(&steps("      - customer: Vocês consertam bicicleta?\n")),
        &[],
    );
    assert_eq!(told.code, 1, "{}{}", told.out, told.err);
    let line = complaint(&told);
    assert!(
        line.ends_with("came: nobody answers for local/small"),
        "{line}"
    );
}

#[test]
fn a_model_that_is_late_or_broken_leaves_nobody_without_an_answer() {
    for trouble in ["error: 503", "delay: 10m"] {
        let file = format!(
            "models: [{{{trouble}}}]\ntests:\n  - name: um\n    steps:\n      \
             - customer: Vocês consertam bicicleta?\n        silent: false\n        handed_off: true\n"
        );
        let told = test(&modern(&file), &[]);
        assert_eq!(told.code, 0, "{trouble}: {}{}", told.out, told.err);
    }
}
