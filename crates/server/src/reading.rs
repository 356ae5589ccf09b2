//! Reads files that people upload, in a process of its own: this program again, with little memory, little
//! time and nothing to find.
//!
//! In: a file's bytes. Out: its text in sections, or why there is none, in words for people. Libraries that
//! read PDF loop and allocate on hostile files; here that costs one child. The child gets no variables (so
//! no secrets), no files, and its standard error goes nowhere, since a panic may quote the file. It is ended
//! when nobody waits for it any more. Absent on purpose: formats (`ponte-reader`) and what becomes of the
//! text. Next: `cli/read_file.rs`, the child's side.

use crate::both;
use crate::words::Both;
use ponte_reader::{Document, Kind, Limits, Trouble};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

/// The hidden command that the child runs.
pub const COMMAND: &str = "read-file";

/// What one reading may cost.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub time: Duration,
    /// Address space of the child.
    pub memory_bytes: u64,
    pub limits: Limits,
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance {
            // A catalogue of two thousand pages takes some ten seconds on a small machine.
            time: Duration::from_secs(60),
            memory_bytes: 1 << 30,
            limits: Limits::default(),
        }
    }
}

/// What the child says: one line of JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    Document(Document),
    Trouble(Trouble),
}

/// Why there is no document.
#[derive(Debug, thiserror::Error)]
pub enum NoDocument {
    /// The file is at fault, in a way that is known.
    #[error(transparent)]
    Trouble(Trouble),
    #[error("reading took longer than {limit_seconds} seconds")]
    TooSlow { limit_seconds: u64 },
    /// The child ended without a word: it ran out of memory, or worse.
    #[error("reading ended without a result; the file needs too much memory or is damaged")]
    Ended,
    #[error("the reading process can't be run")]
    Machine(#[source] std::io::Error),
}

/// Runs children. A value, so that tests can say which program.
#[derive(Clone, Debug)]
pub struct Reading {
    program: PathBuf,
    allowance: Allowance,
}

/// JSON of a document takes at most this many bytes per byte of its text (every letter escaped).
const OUTPUT_FACTOR: usize = 7;

impl Reading {
    /// With this program as the child's.
    ///
    /// # Errors
    /// Where the machine can't say which program this is.
    pub fn of_this_program(allowance: Allowance) -> std::io::Result<Reading> {
        Ok(Reading::new(std::env::current_exe()?, allowance))
    }

    #[must_use]
    pub fn new(program: PathBuf, allowance: Allowance) -> Reading {
        Reading { program, allowance }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`NoDocument`]; [`explained`] says it to people.
    pub async fn read(&self, bytes: &[u8], kind: Option<Kind>) -> Result<Document, NoDocument> {
        let limits = &self.allowance.limits;
        if bytes.len() > limits.bytes {
            return Err(NoDocument::Trouble(Trouble::TooLarge {
                limit_bytes: limits.bytes,
            }));
        }
        let work = self.run(bytes, kind);
        match tokio::time::timeout(self.allowance.time, work).await {
            Ok(said) => said,
            // The child was dropped with the work, and is killed by that.
            Err(_) => Err(NoDocument::TooSlow {
                limit_seconds: self.allowance.time.as_secs(),
            }),
        }
    }

    async fn run(&self, bytes: &[u8], kind: Option<Kind>) -> Result<Document, NoDocument> {
        let limits = &self.allowance.limits;
        let mut command = Command::new(&self.program);
        command
            .arg(COMMAND)
            .arg("--memory-bytes")
            .arg(self.allowance.memory_bytes.to_string())
            .arg("--limits")
            .arg(serde_json::to_string(limits).unwrap_or_default())
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        if let Some(kind) = kind {
            command.arg("--kind").arg(kind.as_str());
        }
        let mut child = command.spawn().map_err(NoDocument::Machine)?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(NoDocument::Ended);
        };
        let most = limits.text_bytes.saturating_mul(OUTPUT_FACTOR) + (1 << 20);
        let mut said = Vec::new();
        let give = async move {
            // A child that has read enough closes its end; what it says counts.
            let _ = input.write_all(bytes).await;
        };
        let mut capped = output.take(most as u64);
        let (_, heard) = tokio::join!(give, capped.read_to_end(&mut said));
        heard.map_err(NoDocument::Machine)?;
        drop(capped);
        let _ = child.wait().await;
        // A library may have printed something before.
        let line = said
            .rsplit(|byte| *byte == b'\n')
            .find(|line| !line.is_empty());
        match line.and_then(|line| serde_json::from_slice(line).ok()) {
            Some(Said::Document(document)) => Ok(document),
            Some(Said::Trouble(trouble)) => Err(NoDocument::Trouble(trouble)),
            None => Err(NoDocument::Ended),
        }
    }
}

/// What happened and what to do, in one sentence or two.
#[must_use]
pub fn explained(no_document: &NoDocument) -> Both {
    match no_document {
        NoDocument::Trouble(trouble) => trouble_explained(trouble),
        NoDocument::TooSlow { limit_seconds } => both!(
            "A leitura levou mais de {limit_seconds} segundos. Divida o arquivo em partes menores.",
            "Reading took longer than {limit_seconds} seconds. Split the file into smaller parts."
        ),
        NoDocument::Ended => both!(
            "O arquivo não pôde ser lido: ele exige memória demais ou está danificado. Salve-o de novo ou divida-o em partes.",
            "The file could not be read: it needs too much memory or is damaged. Save it again or split it."
        ),
        NoDocument::Machine(_) => both!(
            "Este computador não conseguiu iniciar a leitura. Tente de novo; se continuar, rode `ponte doctor`.",
            "This machine could not start reading. Try again; if it goes on, run `ponte doctor`."
        ),
    }
}

fn trouble_explained(trouble: &Trouble) -> Both {
    match trouble {
        Trouble::Empty => both!(
            "O arquivo está vazio. Confira se é o arquivo certo.",
            "The file is empty. Check that it is the right one."
        ),
        Trouble::Unknown => both!(
            "Este tipo de arquivo não é lido. Envie PDF, DOCX, XLSX, HTML, Markdown, CSV ou texto.",
            "Files of this kind are not read. Send PDF, DOCX, XLSX, HTML, Markdown, CSV or text."
        ),
        Trouble::OtherKind { found, instead } => {
            let instead = instead.as_str().to_uppercase();
            let found = found.to_uppercase();
            both!(
                "Arquivos {found} não são lidos. Salve como {instead} e envie de novo.",
                "{found} files are not read. Save it as {instead} and send it again."
            )
        }
        Trouble::TooLarge { limit_bytes } => {
            let megabytes = limit_bytes >> 20;
            both!(
                "O arquivo passa de {megabytes} MB. Divida-o em partes menores.",
                "The file is larger than {megabytes} MB. Split it into smaller parts."
            )
        }
        Trouble::Bomb { limit_bytes } => {
            let megabytes = limit_bytes >> 20;
            both!(
                "Descompactado, o arquivo passa de {megabytes} MB. Tire as imagens ou divida-o.",
                "Unpacked, the file is larger than {megabytes} MB. Take out pictures or split it."
            )
        }
        Trouble::TooDeep { limit } => both!(
            "O arquivo tem elementos aninhados em mais de {limit} níveis. Copie o texto para um documento novo.",
            "The file's elements are nested deeper than {limit} levels. Copy the text into a new document."
        ),
        Trouble::Password => both!(
            "O arquivo tem senha. Salve uma cópia sem senha e envie de novo.",
            "The file has a password. Save a copy without it and send it again."
        ),
        Trouble::NoText => both!(
            "Este arquivo não tem texto; deve ser digitalizado ou só imagens. Envie uma versão com texto (reconhecimento de texto, OCR) ou cole o conteúdo.",
            "This file has no text; it may be a scan or pictures only. Send a version with text (text recognition, OCR) or paste the content."
        ),
        Trouble::Damaged { kind } => {
            let kind = kind.as_str().to_uppercase();
            both!(
                "O arquivo {kind} está danificado. Abra-o no seu programa, salve de novo e envie.",
                "The {kind} file is damaged. Open it in its program, save it again and send it."
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> Vec<NoDocument> {
        let kind = Kind::Pdf;
        let mut all: Vec<NoDocument> = [
            Trouble::Empty,
            Trouble::Unknown,
            Trouble::OtherKind {
                found: "xls".into(),
                instead: Kind::Xlsx,
            },
            Trouble::TooLarge {
                limit_bytes: 32 << 20,
            },
            Trouble::Bomb {
                limit_bytes: 256 << 20,
            },
            Trouble::TooDeep { limit: 200 },
            Trouble::Password,
            Trouble::NoText,
            Trouble::Damaged { kind },
        ]
        .map(NoDocument::Trouble)
        .into();
        all.push(NoDocument::TooSlow { limit_seconds: 60 });
        all.push(NoDocument::Ended);
        all.push(NoDocument::Machine(std::io::Error::other("x")));
        all
    }

    #[test]
    fn each_trouble_says_what_to_do_in_both_languages() {
        let words = |text: &str| text.split_whitespace().count();
        for trouble in every() {
            let both = explained(&trouble);
            assert!(
                both.pt.matches('.').count() >= 2 && words(&both.pt) > 6,
                "{both:?}"
            );
            assert!(
                both.en.matches('.').count() >= 2 && words(&both.en) > 6,
                "{both:?}"
            );
            assert_ne!(both.pt, both.en);
        }
        let both = explained(&every()[2]);
        assert!(
            both.pt.contains("XLS ") && both.pt.contains("XLSX"),
            "{both:?}"
        );
    }

    #[test]
    fn what_the_child_says_goes_through_json() {
        for said in [
            Said::Trouble(Trouble::Damaged { kind: Kind::Docx }),
            Said::Trouble(Trouble::NoText),
        ] {
            let json = serde_json::to_string(&said).unwrap();
            let back: Said = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&back).unwrap(), json);
        }
    }
}
