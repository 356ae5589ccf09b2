//! `ponte nlu …`: how well the local understanding does on somebody's own messages.
//!
//! In: a file to train from and a file to test on, lines `text<TAB>intent`, intent `oos` for out of
//! scope. Out: figures as text or JSON. It trains with the function and the settings that the product
//! uses, on one thread. Absent: keeping the model; a workspace trains its own. Next: `nlu_figures.rs`
//! (the counting), `ponte_nlu::intents` (the model).

use super::Desk;
use super::nlu_figures::{Answer, Figures, figures};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::env::clock::Clock;
use crate::words::Both;
use clap::{Args, Subcommand};
use ponte_nlu::intents::{
    Example, Examples, Failed, Model, Report, Settings, Trained, Unfit, limits, train,
};
use serde_json::{Value, json};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Of one file, bytes: fifty thousand examples of the longest kind are fewer.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// How often the whole file is asked: the fastest time of each message counts, so that neighbours on the
/// machine do not.
const PASSES: usize = 3;
/// Confusions shown as text; JSON has all that the report has.
const SHOWN_MAX: usize = 5;

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train the local intent model on one file and test it on another
    Eval(Eval),
}

#[derive(Args, Debug)]
pub struct Eval {
    /// Examples: lines of text, a tab and the intent; `oos` is out of scope
    #[arg(long, value_name = "FILE")]
    pub train: PathBuf,
    /// Messages to test on, written the same way
    #[arg(long, value_name = "FILE")]
    pub test: PathBuf,
    /// Points of in-scope accuracy that rejecting may cost on held-out examples [default: 2]
    #[arg(long, value_name = "POINTS", value_parser = points)]
    cost: Option<f32>,
}

/// Points of a hundred.
fn points(text: &str) -> Result<f32, String> {
    let points = text
        .parse::<f32>()
        .ok()
        .filter(|points| (0.0..=100.0).contains(points));
    points.ok_or_else(|| "0 … 100".into())
}

/// Trains, tests and prints.
///
/// # Errors
/// [`Fail`] for a file that can't be read or holds nothing to learn from.
pub fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    match command {
        Command::Eval(eval) => evaluate(desk, eval),
    }
}

fn evaluate(desk: &mut Desk<'_>, eval: &Eval) -> Result<u8, Fail> {
    let examples = read(&eval.train)?;
    let test = read(&eval.test)?;
    if test.rows.is_empty() {
        let shown = eval.test.display();
        return Err(Fail::usage(
            both!(
                "{shown} não tem nenhuma mensagem.",
                "{shown} holds no message."
            ),
            both!(
                "Escreva uma mensagem por linha: texto, tabulação, intenção.",
                "Write one message per line: text, tab, intent."
            ),
        ));
    }
    let mut settings = Settings::default();
    settings.scope_cost_points = eval.cost.unwrap_or(settings.scope_cost_points);
    let clock = Clock::real();
    let begun = clock.now();
    let trained = train(&examples, &settings, &mut |_| ControlFlow::Continue(()))
        .map_err(|why| unfit(&why, &eval.train))?;
    let seconds = (clock.now() - begun).as_micros() as f64 / 1e6;
    let megabytes = trained.model.to_bytes().len() as f64 / 1e6;
    let found = figures(&answers(&trained.model, &test, &clock));
    let unknown = unknown(&trained.model, &test);
    let made = Made {
        trained: &trained,
        seconds,
        megabytes,
    };
    if desk.json {
        let document = document(&found, &made, &unknown, &examples);
        desk.json(&document);
    } else {
        for line in lines(&found, &made, &unknown, &examples) {
            desk.tell(&line);
        }
    }
    Ok(OK)
}

/// What training cost, beside what it gave.
struct Made<'a> {
    trained: &'a Trained,
    seconds: f64,
    megabytes: f64,
}

fn read(path: &Path) -> Result<Examples, Fail> {
    let shown = path.display();
    let failed = |why: &dyn std::fmt::Display| {
        Fail::usage(
            both!(
                "não consigo ler {shown} ({why}).",
                "{shown} can't be read ({why})."
            ),
            both!(
                "Dê um arquivo de texto UTF-8 de até 64 MiB: texto, tabulação, intenção por linha.",
                "Give a UTF-8 text file of at most 64 MiB: text, tab, intent per line."
            ),
        )
    };
    let size = std::fs::metadata(path).map_err(|why| failed(&why))?.len();
    if size > FILE_BYTES_MAX {
        return Err(failed(&format!("{size} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|why| failed(&why))?;
    Examples::from_tsv(&text).map_err(|why| unfit(&Failed::Unfit(why), path))
}

/// What is wrong with a file, by line where a line is.
fn unfit(why: &Failed, path: &Path) -> Fail {
    match why {
        Failed::Stopped => Fail::machine(
            both!("o treino foi parado.", "training was stopped."),
            both!("Tente de novo.", "Try again."),
        ),
        Failed::Unfit(unfit) => whole(unfit, path).unwrap_or_else(|| by_line(unfit, path)),
    }
}

/// What is wrong with a line.
fn by_line(why: &Unfit, path: &Path) -> Fail {
    let shown = path.display();
    let (row, pt, en) = match why {
        Unfit::NoTab { row } => (
            row,
            "falta a tabulação entre texto e intenção",
            "no tab between text and intent",
        ),
        Unfit::NoText { row } => (row, "falta o texto", "the text is missing"),
        Unfit::NoIntent { row } => (
            row,
            "falta a intenção, ou há uma tabulação a mais",
            "the intent is missing, or there is a tab too many",
        ),
        Unfit::UnknownIntent { row, .. } => (row, "intenção desconhecida", "unknown intent"),
        Unfit::TooManyExamples { .. }
        | Unfit::TooManyIntents { .. }
        | Unfit::TooFewIntents { .. }
        | Unfit::Name { .. }
        | Unfit::SameName { .. } => (&0, "arquivo inválido", "not a sound file"),
    };
    Fail::usage(
        both!("{shown}, linha {row}: {pt}.", "{shown}, line {row}: {en}."),
        both!(
            "Escreva em cada linha o texto, uma tabulação e a intenção (`oos` para fora do escopo).",
            "Write on each line the text, a tab and the intent (`oos` for out of scope)."
        ),
    )
}

/// What is wrong with the file as a whole.
fn whole(why: &Unfit, path: &Path) -> Option<Fail> {
    let shown = path.display();
    let (examples, intents) = (limits::EXAMPLES_MAX, limits::INTENTS_MAX);
    let (what, todo) = match why {
        Unfit::TooManyExamples { found } => (
            both!(
                "{shown} tem {found} exemplos; o máximo é {examples}.",
                "{shown} has {found} examples; at most {examples}."
            ),
            fewer(),
        ),
        Unfit::TooManyIntents { found } => (
            both!(
                "{shown} tem {found} intenções; o máximo é {intents}.",
                "{shown} has {found} intents; at most {intents}."
            ),
            fewer(),
        ),
        Unfit::TooFewIntents { found } => (
            both!(
                "{shown} tem exemplos de {found} intenções; são precisas ao menos duas.",
                "{shown} has examples of {found} intents; at least two are needed."
            ),
            both!(
                "Acrescente exemplos de outra intenção.",
                "Add examples of another intent."
            ),
        ),
        Unfit::Name { .. } | Unfit::SameName { .. } => (
            both!(
                "{shown} tem um nome de intenção longo demais ou repetido.",
                "{shown} has an intent name that is too long or repeated."
            ),
            both!(
                "Use nomes diferentes, de até 200 bytes.",
                "Use different names of at most 200 bytes."
            ),
        ),
        Unfit::NoTab { .. }
        | Unfit::NoText { .. }
        | Unfit::NoIntent { .. }
        | Unfit::UnknownIntent { .. } => return None,
    };
    Some(Fail::usage(what, todo))
}

fn fewer() -> Both {
    both!(
        "Deixe os mais variados e tire os repetidos.",
        "Keep the most varied and take out the repeated."
    )
}

/// Asks the model about each message, and how long each took.
fn answers<'a>(model: &'a Model, test: &'a Examples, clock: &Clock) -> Vec<Answer<'a>> {
    let name = |intent: usize| model.names().get(intent).map(String::as_str);
    let ask = |row: &'a Example| {
        let before = clock.now();
        let understood = model.understand(&row.text);
        let micros = (clock.now() - before).as_micros();
        Answer {
            is: row.intent.map(|intent| test.intents[intent].name.as_str()),
            said: understood.intent().and_then(|ranked| name(ranked.intent)),
            best: understood
                .ranked
                .first()
                .and_then(|ranked| name(ranked.intent)),
            nanoseconds: u64::try_from(micros).unwrap_or(0) * 1_000,
        }
    };
    let mut answers: Vec<Answer<'a>> = test.rows.iter().map(ask).collect();
    for _ in 1..PASSES {
        for (answer, row) in answers.iter_mut().zip(&test.rows) {
            answer.nanoseconds = answer.nanoseconds.min(ask(row).nanoseconds);
        }
    }
    answers
}

/// Intents of the test file that the training file doesn't have.
fn unknown<'a>(model: &Model, test: &'a Examples) -> Vec<&'a str> {
    let known = |name: &str| model.names().iter().any(|known| known == name);
    let names = test.intents.iter().map(|intent| intent.name.as_str());
    names.filter(|name| !known(name)).collect()
}

fn document(found: &Figures, made: &Made<'_>, unknown: &[&str], examples: &Examples) -> Value {
    let report = &made.trained.report;
    let name = |intent: usize| &examples.intents[intent].name;
    let confusions: Vec<Value> = report
        .confusions
        .iter()
        .map(|c| json!({ "meant": name(c.meant), "said": name(c.said), "count": c.rows.len() }))
        .collect();
    json!({
        "in_scope_accuracy": found.in_scope_accuracy,
        "accuracy_no_rejection": found.accuracy_no_rejection,
        "oos_recall": found.oos_recall,
        "macro_f1": found.macro_f1,
        "microseconds_per_message": found.mean_us,
        "microseconds_p50": found.p50_us,
        "microseconds_p99": found.p99_us,
        "training_seconds": made.seconds,
        "model_megabytes": made.megabytes,
        "examples": report.examples,
        "intents": report.intents,
        "features": made.trained.model.features(),
        "test_in_scope": found.in_scope,
        "test_out_of_scope": found.out_of_scope,
        "unknown_intents": unknown,
        "held_out": {
            "messages": report.held_out,
            "accuracy": f64::from(report.accuracy),
            "in_scope_accuracy": f64::from(report.accuracy_in_scope),
            "calibration_error": f64::from(report.reliability.error),
            "confusions": confusions,
        },
    })
}

fn lines(found: &Figures, made: &Made<'_>, unknown: &[&str], examples: &Examples) -> Vec<Both> {
    let report = &made.trained.report;
    let percent =
        |figure: Option<f64>| figure.map_or("–".into(), |f| format!("{:.2} %", 100.0 * f));
    let (inside, outside) = (found.in_scope, found.out_of_scope);
    let (accuracy, free) = (
        percent(found.in_scope_accuracy),
        percent(found.accuracy_no_rejection),
    );
    let (recall, f1) = (percent(found.oos_recall), percent(found.macro_f1));
    let (mean, p99) = (found.mean_us, found.p99_us);
    let (seconds, megabytes) = (made.seconds, made.megabytes);
    let (count, intents) = (report.examples, report.intents);
    let mut lines = vec![
        both!(
            "Treino: {count} exemplos, {intents} intenções; {seconds:.2} s; modelo de {megabytes:.2} MB",
            "Training: {count} examples, {intents} intents; {seconds:.2} s; model of {megabytes:.2} MB"
        ),
        both!(
            "Teste: {inside} mensagens no escopo, {outside} fora; {mean:.0} µs por mensagem (p99 {p99:.0})",
            "Test: {inside} messages in scope, {outside} out; {mean:.0} µs per message (p99 {p99:.0})"
        ),
        both!(
            "Acerto no escopo (recusa errada é erro): {accuracy}",
            "In-scope accuracy (a wrong rejection is an error): {accuracy}"
        ),
        both!(
            "Acerto sem recusar nada: {free}",
            "Accuracy without rejection: {free}"
        ),
        both!(
            "Fora do escopo reconhecido: {recall}",
            "Out-of-scope recall: {recall}"
        ),
        both!(
            "F1 médio das intenções: {f1}",
            "Macro F1 of the intents: {f1}"
        ),
    ];
    lines.extend(held(report, examples));
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        lines.push(both!(
            "Sem exemplos no treino, contam como erro: {names}",
            "Without examples in training, counted as errors: {names}"
        ));
    }
    lines
}

fn held(report: &Report, examples: &Examples) -> Vec<Both> {
    let accuracy = 100.0 * report.accuracy;
    let error = 100.0 * report.reliability.error;
    let mut lines = vec![both!(
        "Validação cruzada: acerto {accuracy:.2} %, erro da confiança {error:.1} pontos",
        "Cross-validation: accuracy {accuracy:.2} %, confidence off by {error:.1} points"
    )];
    for confusion in report.confusions.iter().take(SHOWN_MAX) {
        let meant = &examples.intents[confusion.meant].name;
        let said = &examples.intents[confusion.said].name;
        let count = confusion.rows.len();
        lines.push(both!(
            "  {meant} → {said}: {count} vezes",
            "  {meant} → {said}: {count} times"
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::path::PathBuf;

    const TRAIN: &str = "quero um pão\tpedir\nme vê dois sonhos\tpedir\nquero pedir um bolo\tpedir\n\
        que horas abre\thorario\naté que horas fica aberto\thorario\nabre no domingo\thorario\n\
        vocês fazem tatuagem\toos\n";
    const TEST: &str = "quero dois pães\tpedir\nque horas abre domingo\thorario\n\
        quem ganhou o jogo\toos\ncadê meu troco\ttroco\n";

    /// Two files in a folder of the test's own.
    fn files(name: &str, train: &str, test: &str) -> [PathBuf; 2] {
        let folder = std::env::temp_dir().join(format!("ponte-nlu-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let paths = [folder.join("train.tsv"), folder.join("test.tsv")];
        std::fs::write(&paths[0], train).unwrap();
        std::fs::write(&paths[1], test).unwrap();
        paths
    }

    /// Exit code, what was printed, and what was said of trouble.
    fn eval(paths: &[PathBuf; 2], lang: &str, json: bool) -> (u8, String, String) {
        let mut args: Vec<OsString> = ["ponte", "nlu", "eval", "--train"]
            .map(OsString::from)
            .into();
        args.push(paths[0].clone().into());
        args.push("--test".into());
        args.push(paths[1].clone().into());
        if json {
            args.push("--json".into());
        }
        let vars = |name: &str| (name == "LC_ALL").then(|| lang.to_string());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = crate::cli::run(args, &vars, &mut out, &mut err);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (code, text(out), text(err))
    }

    #[test]
    fn json_has_the_keys_that_scripts_rely_on() {
        let (code, out, err) = eval(&files("json", TRAIN, TEST), "en", true);
        assert_eq!((code, err.as_str()), (0, ""));
        let found: serde_json::Value = serde_json::from_str(&out).unwrap();
        for key in [
            "in_scope_accuracy",
            "accuracy_no_rejection",
            "oos_recall",
            "macro_f1",
        ] {
            let share = found[key].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&share), "{key}: {found}");
        }
        for key in [
            "microseconds_per_message",
            "training_seconds",
            "model_megabytes",
        ] {
            assert!(
                found[key].as_f64().is_some_and(|cost| cost >= 0.0),
                "{key}: {found}"
            );
        }
        assert!((found["accuracy_no_rejection"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-9);
        assert_eq!(found["unknown_intents"], serde_json::json!(["troco"]));
        assert_eq!(
            (found["examples"].as_u64(), found["test_in_scope"].as_u64()),
            (Some(6), Some(3))
        );
    }

    #[test]
    fn text_is_in_the_language_of_the_person() {
        let paths = files("text", TRAIN, TEST);
        let (code, out, _) = eval(&paths, "pt_BR.UTF-8", false);
        assert_eq!(code, 0);
        assert!(out.starts_with("Treino: 6 exemplos, 2 intenções"), "{out}");
        assert!(out.contains("Acerto sem recusar nada: 66.67 %"), "{out}");
        assert!(out.contains("contam como erro: troco"), "{out}");
        let (_, out, _) = eval(&paths, "en", false);
        assert!(out.contains("Accuracy without rejection: 66.67 %"), "{out}");
    }

    #[test]
    fn trouble_names_the_file_the_line_and_what_to_do() {
        let told = |name: &str, train: &str, test: &str| {
            let (code, out, err) = eval(&files(name, train, test), "en", false);
            assert_eq!((code, out.as_str()), (2, ""), "{err}");
            err
        };
        let err = told("tab", "oi\ta\nsem intenção\n", TEST);
        assert!(err.contains("train.tsv, line 2: no tab"), "{err}");
        assert!(
            err.contains("Write on each line the text, a tab and the intent"),
            "{err}"
        );
        let err = told("test", TRAIN, "oi\t \n");
        assert!(
            err.contains("test.tsv, line 1: the intent is missing"),
            "{err}"
        );
        let err = told("one", "oi\ta\nolá\ta\n", TEST);
        assert!(err.contains("examples of 1 intents; at least two"), "{err}");
        let err = told("empty", TRAIN, "\n");
        assert!(err.contains("test.tsv holds no message"), "{err}");
        let missing = [PathBuf::from("não-há.tsv"), PathBuf::from("não-há.tsv")];
        let (code, _, err) = eval(&missing, "pt", false);
        assert_eq!(code, 2);
        assert!(err.contains("não consigo ler não-há.tsv"), "{err}");
    }
}
