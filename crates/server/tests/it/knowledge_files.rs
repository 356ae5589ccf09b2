//! Knowledge and intents as files and from the command line: apply, export, ask, train.
//!
//! In: a folder. Out: the same folder again, whatever was done in between. Next: `api_workspace.rs`.

use crate::api_workspace::{Temp, ponte, temp};
use std::fs;
use std::path::Path;

const HOURS: &str = "description: Quando abrem\nexamples:\n  - que horas vocês abrem\n  - qual o horário\n  - abre domingo\n  - até que horas ficam abertos\n  - horário de sábado\n  - que horas fecha\ncorrections:\n  - funciona de madrugada?\ntests:\n  - abrem que horas\n";
const PRICE: &str = "examples:\n  - quanto custa o bolo\n  - qual o preço da torta\n  - me passa os valores\n  - quanto é o pão de queijo\n  - valor do brigadeiro\n  - preço do cento\n";

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A workspace with a text, a curated answer and two intents.
fn folder(temp: &Temp) -> String {
    let dir = temp.0.join("loja");
    write(&dir, "workspace.yaml", "name: Padaria\n");
    write(
        &dir,
        "knowledge/entrega.md",
        "# Entrega\n\nA taxa de entrega é de R$ 8,00.\n",
    );
    write(
        &dir,
        "knowledge/faq.yaml",
        "entries:\n  - questions: [Aceitam pix?, Posso pagar com pix?]\n    answer: Sim, aceitamos pix.\n    tags: [pagamento]\n",
    );
    write(&dir, "intents/horario.yaml", HOURS);
    write(&dir, "intents/preco.yaml", PRICE);
    write(
        &dir,
        "intents/none.yaml",
        "examples:\n  - quem ganhou o jogo\n",
    );
    dir.display().to_string()
}

#[test]
fn a_folder_with_knowledge_goes_in_once_and_comes_out_to_go_in_again() {
    let temp = temp("knowledge-files");
    let dir = folder(&temp);
    let first = ponte(&temp, &["apply", &dir], &[]);
    assert_eq!(first.code, 0, "{} {}", first.out, first.err);
    for line in [
        "+ knowledge/entrega.md",
        "+ knowledge/faq.yaml: Aceitam pix?",
        "+ intents/horario.yaml",
    ] {
        assert!(first.out.contains(line), "{line}: {}", first.out);
    }
    let again = ponte(&temp, &["apply", &dir], &[]);
    assert_eq!(again.out.trim(), "Nothing changed.");
    let out = temp.0.join("fora").display().to_string();
    ponte(&temp, &["export", &out], &[]);
    let again = ponte(&temp, &["apply", &out], &[]);
    assert_eq!(
        again.out.trim(),
        "Nothing changed.",
        "an export says what is there"
    );
    let text = fs::read_to_string(temp.0.join("fora/knowledge/entrega.md")).unwrap();
    assert!(text.contains("R$ 8,00"));
    let intent = fs::read_to_string(temp.0.join("fora/intents/horario.yaml")).unwrap();
    assert!(intent.contains("funciona de madrugada?"), "{intent}");

    write(
        &temp.0.join("loja"),
        "knowledge/entrega.md",
        "# Entrega\n\nA taxa de entrega é de R$ 9,50.\n",
    );
    let changed = ponte(&temp, &["apply", &dir], &[]);
    assert!(
        changed.out.contains("~ knowledge/entrega.md"),
        "{}",
        changed.out
    );
    let told = ponte(
        &temp,
        &["knowledge", "search", "qual a taxa de entrega?", "--json"],
        &[],
    );
    assert!(
        told.out.contains("9,50") && !told.out.contains("8,00"),
        "{}",
        told.out
    );
}

#[test]
fn a_wrong_file_is_named_and_nothing_is_stored() {
    let temp = temp("knowledge-wrong");
    let dir = folder(&temp);
    let loja = temp.0.join("loja");
    write(&loja, "knowledge/Manual Antigo.pdf", "x");
    write(&loja, "intents/horario.yaml", "exemples: [a]\n");
    write(
        &loja,
        "knowledge/faq.yaml",
        "entries:\n  - questions: []\n    answer: x\n",
    );
    let told = ponte(&temp, &["apply", &dir], &[]);
    assert_eq!(told.code, 2);
    for part in [
        "knowledge/Manual Antigo.pdf",
        "intents/horario.yaml:1:1",
        "`examples`",
        "knowledge/faq.yaml",
    ] {
        assert!(told.out.contains(part), "{part}: {}", told.out);
    }
}

#[test]
fn files_are_added_and_models_trained_from_the_command_line() {
    let temp = temp("knowledge-cli");
    let dir = folder(&temp);
    ponte(&temp, &["apply", &dir], &[]);
    let file = temp.0.join("trocas.txt");
    fs::write(&file, "Trocamos produtos com defeito em até 30 dias.").unwrap();
    let file = file.display().to_string();
    let added = ponte(
        &temp,
        &["knowledge", "add", &file, "--source", "Manuais"],
        &[],
    );
    assert_eq!(
        (added.code, added.out.contains("1 new")),
        (0, true),
        "{} {}",
        added.out,
        added.err
    );
    let listed = ponte(&temp, &["knowledge", "list"], &[]);
    assert!(
        listed.out.contains("Manuais") && listed.out.contains("done"),
        "{}",
        listed.out
    );
    let none = ponte(
        &temp,
        &["knowledge", "search", "xyzzy plugh"],
        &[("LANG", "pt_BR.UTF-8")],
    );
    assert_eq!((none.code, none.out.lines().next()), (1, Some("Não sei.")));
    let site = ponte(
        &temp,
        &[
            "knowledge",
            "crawl",
            "Site",
            "--address",
            "https://a.example",
        ],
        &[],
    );
    assert_eq!(site.code, 2, "the server visits sites: {}", site.err);

    let trained = ponte(&temp, &["intents", "train", "--activate", "--json"], &[]);
    assert_eq!(trained.code, 0, "{} {}", trained.out, trained.err);
    assert!(trained.out.contains("\"active\""), "{}", trained.out);
    let listed = ponte(&temp, &["intents", "list"], &[]);
    assert!(listed.out.contains("active"), "{}", listed.out);
    let missing = ponte(&temp, &["intents", "activate", "9"], &[]);
    assert_eq!(missing.code, 2);
}
