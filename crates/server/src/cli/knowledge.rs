//! `ponte knowledge eval`: how well search finds the right documents for questions, on files of your own.
//!
//! In: documents and questions as JSON lines. Out: shares of questions whose documents were found, and the
//! time a question takes. Documents are cut, indexed and searched by the same code, with the same
//! settings, as a workspace's knowledge; a document's rank is its best passage's. Absent on purpose: the
//! store and embeddings; this is the search every workspace has without a key. Next: `ponte-nlu`'s `search`.

use super::{Desk, knowledge_kept as kept};
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::words::Both;
use clap::{Args, Subcommand};
use ponte_nlu::search::chunk::{Section, Settings, cut};
use ponte_nlu::search::index::{Filter, Index, Passage, Query};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure how well search finds documents for questions
    Eval(Options),
    /// List the sources of knowledge
    List,
    /// Read a file into a source
    Add(kept::Add),
    /// Visit the site of a source
    Crawl(kept::Crawl),
    /// Ask what is known, as production would
    Search(kept::Search),
}

#[derive(Args, Debug)]
pub struct Options {
    /// One JSON document a line: {"id", "title", "text"}
    #[arg(long, value_name = "FILE")]
    pub documents: PathBuf,
    /// One JSON question a line: {"text", "relevant": [ids]}
    #[arg(long, value_name = "FILE")]
    pub queries: PathBuf,
}

/// Runs it.
///
/// # Errors
/// [`Fail`] that names file and line.
pub async fn run(desk: &mut Desk<'_>, command: &Command) -> Result<u8, Fail> {
    match command {
        Command::Eval(options) => eval(desk, options),
        Command::List => kept::list(desk).await,
        Command::Add(options) => kept::add(desk, options).await,
        Command::Crawl(options) => kept::crawl(desk, options).await,
        Command::Search(options) => kept::search(desk, options).await,
    }
}

fn eval(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let documents: Vec<Document> = lines(&options.documents)?;
    let queries: Vec<Question> = lines(&options.queries)?;
    check(options, &documents, &queries)?;
    let shelf = Shelf::of(&documents);
    let mut sum = Measures::default();
    for query in &queries {
        sum.add(&shelf.rank(&query.text), query);
    }
    let report = sum.mean(queries.len());
    if desk.json {
        let value = serde_json::json!({
            "documents": documents.len(),
            "queries": queries.len(),
            "recall_at_1": report.recall_at_1,
            "recall_at_5": report.recall_at_5,
            "mrr_at_10": report.mrr_at_10,
            "ndcg_at_10": report.ndcg_at_10,
            "milliseconds_per_query": report.milliseconds_per_query,
        });
        desk.json(&value);
    } else {
        let (documents, queries) = (documents.len(), queries.len());
        let head = both!(
            "{documents} documentos, {queries} perguntas",
            "{documents} documents, {queries} questions"
        );
        desk.say(head.get(desk.lang));
        for (name, value) in [
            ("recall_at_1", report.recall_at_1),
            ("recall_at_5", report.recall_at_5),
            ("mrr_at_10", report.mrr_at_10),
            ("ndcg_at_10", report.ndcg_at_10),
            ("milliseconds_per_query", report.milliseconds_per_query),
        ] {
            desk.say(&format!("{name} {value:.4}"));
        }
    }
    Ok(OK)
}

#[derive(Debug, Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Debug, Deserialize)]
struct Question {
    text: String,
    relevant: Vec<String>,
}

/// A line longer than this is no passage of text.
const LINE_BYTES_MAX: usize = 16 << 20;

/// More lines than this don't fit into the memory of a small machine.
const LINES_MAX: usize = 2_000_000;

fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<T>, Fail> {
    let file = std::fs::File::open(path).map_err(|why| unreadable(path, &why))?;
    let mut reader = BufReader::new(file);
    let mut found = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        let mut capped = (&mut reader).take(LINE_BYTES_MAX as u64 + 1);
        let count = capped
            .read_until(b'\n', &mut line)
            .map_err(|why| unreadable(path, &why))?;
        if count == 0 {
            break;
        }
        if count > LINE_BYTES_MAX || number > LINES_MAX {
            return Err(at_line(
                path,
                number,
                both!(
                    "a linha ou o arquivo é grande demais",
                    "the line or the file is too large"
                ),
            ));
        }
        let start = if number == 1 {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)
        } else {
            &line
        };
        if start.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let value = serde_json::from_slice(start)
            .map_err(|why| at_line(path, number, Both::same(why.to_string())))?;
        found.push(value);
    }
    Ok(found)
}

fn check(options: &Options, documents: &[Document], queries: &[Question]) -> Result<(), Fail> {
    let mut known = BTreeSet::new();
    for (at, document) in documents.iter().enumerate() {
        if !known.insert(document.id.as_str()) {
            let id = &document.id;
            let what = both!(
                "o id `{id}` aparece duas vezes",
                "the id `{id}` comes twice"
            );
            return Err(at_line(&options.documents, at + 1, what));
        }
    }
    for (path, empty) in [
        (&options.documents, documents.is_empty()),
        (&options.queries, queries.is_empty()),
    ] {
        if empty {
            let what = both!("o arquivo está vazio", "the file is empty");
            return Err(at_line(path, 1, what));
        }
    }
    for (at, query) in queries.iter().enumerate() {
        if query.relevant.is_empty() {
            let what = both!("`relevant` está vazio", "`relevant` is empty");
            return Err(at_line(&options.queries, at + 1, what));
        }
        if let Some(id) = query
            .relevant
            .iter()
            .find(|id| !known.contains(id.as_str()))
        {
            let what = both!(
                "não há documento com o id `{id}`",
                "there is no document with the id `{id}`"
            );
            return Err(at_line(&options.queries, at + 1, what));
        }
    }
    Ok(())
}

/// The documents as a workspace's knowledge would hold them.
struct Shelf<'a> {
    index: Index,
    documents: &'a [Document],
}

impl<'a> Shelf<'a> {
    fn of(documents: &'a [Document]) -> Shelf<'a> {
        let mut index = Index::new();
        for (at, document) in documents.iter().enumerate() {
            let section = Section {
                heading: &[],
                text: &document.text,
                table: false,
            };
            for chunk in cut(&document.id, &[section], &Settings::default()) {
                index.put(&Passage {
                    id: chunk.id,
                    source: at as u128,
                    title: &document.title,
                    text: &chunk.text,
                    audience: "",
                    tags: &[],
                });
            }
        }
        Shelf { index, documents }
    }

    /// The ten best documents, each by its best passage.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long a question takes is what is measured"
    )]
    fn rank(&self, text: &str) -> Ranked<'a> {
        let filter = Filter::default();
        let begun = Instant::now();
        let hits = self.index.search(&Query {
            text,
            filter: &filter,
            limit: 50,
            dense: None,
        });
        let time = begun.elapsed();
        let mut seen = BTreeSet::new();
        let ids = hits
            .iter()
            .filter(|hit| seen.insert(hit.source))
            .filter_map(|hit| self.documents.get(usize::try_from(hit.source).ok()?))
            .map(|document| document.id.as_str())
            .take(10)
            .collect();
        Ranked { ids, time }
    }
}

struct Ranked<'a> {
    ids: Vec<&'a str>,
    time: Duration,
}

/// Sums, and after [`Measures::mean`] means, over questions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Measures {
    recall_at_1: f64,
    recall_at_5: f64,
    mrr_at_10: f64,
    ndcg_at_10: f64,
    milliseconds_per_query: f64,
}

impl Measures {
    fn add(&mut self, ranked: &Ranked<'_>, query: &Question) {
        let wanted: BTreeSet<&str> = query.relevant.iter().map(String::as_str).collect();
        let gain = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
        let right: BTreeMap<usize, &str> = ranked
            .ids
            .iter()
            .enumerate()
            .filter(|(_, id)| wanted.contains(*id))
            .map(|(rank, id)| (rank, *id))
            .collect();
        let within = |most: usize| right.keys().filter(|rank| **rank < most).count() as f64;
        let all = wanted.len() as f64;
        self.recall_at_1 += within(1) / all;
        self.recall_at_5 += within(5) / all;
        if let Some(first) = right.keys().next() {
            self.mrr_at_10 += 1.0 / (first + 1) as f64;
        }
        let ideal: f64 = (0..wanted.len().min(10)).map(gain).sum();
        self.ndcg_at_10 += right.keys().map(|rank| gain(*rank)).sum::<f64>() / ideal;
        self.milliseconds_per_query += ranked.time.as_secs_f64() * 1e3;
    }

    fn mean(self, questions: usize) -> Measures {
        let questions = questions.max(1) as f64;
        Measures {
            recall_at_1: self.recall_at_1 / questions,
            recall_at_5: self.recall_at_5 / questions,
            mrr_at_10: self.mrr_at_10 / questions,
            ndcg_at_10: self.ndcg_at_10 / questions,
            milliseconds_per_query: self.milliseconds_per_query / questions,
        }
    }
}

fn unreadable(path: &Path, why: &std::io::Error) -> Fail {
    let shown = path.display();
    Fail::usage(
        both!(
            "não consigo ler {shown} ({why}).",
            "{shown} can't be read ({why})."
        ),
        both!(
            "Confira o caminho e as permissões.",
            "Check the path and its permissions."
        ),
    )
}

fn at_line(path: &Path, number: usize, what: Both) -> Fail {
    let shown = path.display();
    let (pt, en) = (what.pt, what.en);
    Fail::usage(
        both!(
            "{shown}, linha {number}: {pt}.",
            "{shown}, line {number}: {en}."
        ),
        both!(
            "Cada linha é um JSON: documentos {{\"id\",\"title\",\"text\"}}, perguntas {{\"text\",\"relevant\":[ids]}}.",
            "Each line is JSON: documents {{\"id\",\"title\",\"text\"}}, questions {{\"text\",\"relevant\":[ids]}}."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(relevant: &[&str]) -> Question {
        Question {
            text: String::new(),
            relevant: relevant.iter().map(|id| (*id).to_string()).collect(),
        }
    }

    fn measured(ids: &[&str], relevant: &[&str]) -> Measures {
        let mut sum = Measures::default();
        let ranked = Ranked {
            ids: ids.to_vec(),
            time: Duration::from_millis(3),
        };
        sum.add(&ranked, &question(relevant));
        sum
    }

    #[test]
    fn measures_are_the_textbooks() {
        let first = measured(&["a", "b"], &["a"]);
        assert_eq!(
            (first.recall_at_1, first.mrr_at_10, first.ndcg_at_10),
            (1.0, 1.0, 1.0)
        );
        let third = measured(&["x", "y", "a"], &["a"]);
        assert_eq!((third.recall_at_1, third.recall_at_5), (0.0, 1.0));
        assert!((third.mrr_at_10 - 1.0 / 3.0).abs() < 1e-9);
        assert!((third.ndcg_at_10 - 0.5).abs() < 1e-9);
        let half = measured(&["a", "x"], &["a", "b"]);
        assert_eq!((half.recall_at_1, half.recall_at_5), (0.5, 0.5));
        assert_eq!(measured(&[], &["a"]).mrr_at_10, 0.0);
        assert!((first.mean(2).milliseconds_per_query - 1.5).abs() < 1e-9);
    }

    #[test]
    fn a_long_document_is_found_by_its_best_passage() {
        let filler = "Texto sobre outra coisa qualquer. ".repeat(300);
        let documents = vec![
            Document {
                id: "longo".into(),
                title: String::new(),
                text: format!("{filler}\n\nO estacionamento é gratuito.\n\n{filler}"),
            },
            Document {
                id: "curto".into(),
                title: "Outro".into(),
                text: "Nada a ver.".into(),
            },
        ];
        let shelf = Shelf::of(&documents);
        assert!(shelf.index.len() > 5);
        assert_eq!(shelf.rank("tem estacionamento grátis?").ids, ["longo"]);
    }

    #[test]
    fn errors_name_file_and_line() {
        let folder = std::env::temp_dir().join(format!("ponte-eval-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let documents = write(
            "d.jsonl",
            "{\"id\":\"a\",\"text\":\"x\"}\n\n{\"id\":\"b\",\"title\":\"t\",\"text\":\"y\"}\n",
        );
        for (queries, line, part) in [
            ("{\"text\":\"q\",\"relevant\":[\"a\"]}\nnot json\n", "2", ""),
            ("{\"text\":\"q\",\"relevant\":[\"zz\"]}\n", "1", "zz"),
            ("{\"text\":\"q\",\"relevant\":[]}\n", "1", "relevant"),
            ("", "1", ""),
        ] {
            let options = Options {
                documents: documents.clone(),
                queries: write("q.jsonl", queries),
            };
            let parsed: Vec<Document> = lines(&options.documents).unwrap();
            assert_eq!(parsed.len(), 2);
            let fail = lines::<Question>(&options.queries)
                .and_then(|queries| check(&options, &parsed, &queries))
                .unwrap_err();
            assert!(
                fail.what.en.contains(&format!("q.jsonl, line {line}: ")),
                "{fail:?}"
            );
            assert!(fail.what.pt.contains(part), "{fail:?}");
        }
        assert!(lines::<Document>(&folder.join("none")).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
