//! `ponte read-file`: the child's side of reading a file. Hidden; people upload files in the console.
//!
//! In: a file on standard input, and how much memory the process may take, which it gives up before it looks
//! at the file. Out: one line of JSON. Absent on purpose: configuration, storage, tasks; none is there for a
//! hostile file to reach. Next: `reading.rs`, which starts it.

use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::reading::Said;
use crate::words::Both;
use clap::Args;
use ponte_reader::{Kind, Limits};
use std::io::{Read, Write};

#[derive(Args, Debug)]
pub struct Options {
    /// pdf, docx, xlsx, html, markdown, csv or text; told by the content when left out
    #[arg(long)]
    pub kind: Option<String>,
    /// How much address space the process may take
    #[arg(long, value_name = "BYTES")]
    pub memory_bytes: Option<u64>,
    /// Limits as JSON
    #[arg(long, value_name = "JSON")]
    pub limits: Option<String>,
}

/// Reads standard input and prints what it says.
///
/// # Errors
/// [`Fail`] for wrong options or a machine that can't read or write; a bad file is a printed result.
pub fn run(options: &Options, input: &mut dyn Read, out: &mut dyn Write) -> Result<u8, Fail> {
    let limits = match &options.limits {
        Some(json) => {
            serde_json::from_str(json).map_err(|why| wrong("--limits", &why.to_string()))?
        }
        None => Limits::default(),
    };
    let kind = match &options.kind {
        Some(name) => Some(kind(name).ok_or_else(|| wrong("--kind", name))?),
        None => None,
    };
    if let Some(bytes) = options.memory_bytes {
        give_up_memory(bytes)?;
    }
    let mut file = Vec::new();
    // One byte over the limit is enough to be told so.
    let most = u64::try_from(limits.bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    input
        .take(most)
        .read_to_end(&mut file)
        .map_err(|why| machine(&why))?;
    let said = match ponte_reader::read(&file, kind, &limits) {
        Ok(document) => Said::Document(document),
        Err(trouble) => Said::Trouble(trouble),
    };
    let line = serde_json::to_string(&said).unwrap_or_default();
    writeln!(out, "\n{line}").map_err(|why| machine(&why))?;
    Ok(OK)
}

fn kind(name: &str) -> Option<Kind> {
    let all = [
        Kind::Pdf,
        Kind::Docx,
        Kind::Xlsx,
        Kind::Html,
        Kind::Markdown,
        Kind::Csv,
        Kind::Text,
    ];
    all.into_iter().find(|kind| kind.as_str() == name)
}

/// From here on an allocation beyond the limit ends the process.
fn give_up_memory(bytes: u64) -> Result<(), Fail> {
    let limit = rustix::process::Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    rustix::process::setrlimit(rustix::process::Resource::As, limit)
        .map_err(|why| machine(&std::io::Error::from(why)))
}

fn wrong(option: &str, why: &str) -> Fail {
    Fail::usage(
        both!("{option} não serve ({why}).", "{option} is wrong ({why})."),
        Both::same(""),
    )
}

fn machine(why: &std::io::Error) -> Fail {
    Fail::machine(
        both!(
            "não consigo ler ou escrever ({why}).",
            "reading or writing failed ({why})."
        ),
        Both::same(""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(options: &Options, file: &[u8]) -> Said {
        let mut out = Vec::new();
        assert_eq!(run(options, &mut &*file, &mut out).unwrap(), OK);
        serde_json::from_slice(&out).unwrap()
    }

    fn options(kind: Option<&str>) -> Options {
        Options {
            kind: kind.map(String::from),
            memory_bytes: None,
            limits: None,
        }
    }

    #[test]
    fn a_file_comes_out_as_one_line() {
        match said(&options(Some("csv")), b"a;b\n1;2") {
            Said::Document(document) => assert_eq!(document.sections[0].text, "a\tb\n1\t2"),
            Said::Trouble(trouble) => panic!("{trouble}"),
        }
        assert!(matches!(
            said(&options(None), b""),
            Said::Trouble(ponte_reader::Trouble::Empty)
        ));
    }

    #[test]
    fn limits_are_the_callers() {
        let small = Options {
            limits: Some(r#"{"bytes": 3}"#.into()),
            ..options(None)
        };
        let too_large = ponte_reader::Trouble::TooLarge { limit_bytes: 3 };
        assert!(matches!(said(&small, b"abcd"), Said::Trouble(trouble) if trouble == too_large));
    }

    #[test]
    fn wrong_options_are_refused() {
        for bad in [
            options(Some("exe")),
            Options {
                limits: Some("{".into()),
                ..options(None)
            },
        ] {
            assert!(run(&bad, &mut &b"x"[..], &mut Vec::new()).is_err());
        }
    }
}
