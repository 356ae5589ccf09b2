//! Why a file or a page was set aside, in words that say what to do.
//!
//! In: the reader's trouble, or ours. Out: a code that programs may rely on and both wordings, as they
//! are kept in a document's facts and a job's progress. Absent: texts of the file. Next: `import.rs`.

use crate::both;
use crate::words::Both;
use ponte_reader as reader;
use serde::{Deserialize, Serialize};

/// Why something was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    pub code: String,
    pub pt: String,
    pub en: String,
}

impl Trouble {
    #[must_use]
    pub fn new(code: &str, words: Both) -> Trouble {
        Trouble {
            code: code.to_owned(),
            pt: words.pt,
            en: words.en,
        }
    }

    #[must_use]
    pub fn words(&self) -> Both {
        Both {
            pt: self.pt.clone(),
            en: self.en.clone(),
        }
    }

    /// The process that read the file died or took too long.
    #[must_use]
    pub fn broke() -> Trouble {
        Trouble::new(
            "reader_broke",
            both!(
                "A leitura deste arquivo falhou. Salve-o de novo, de preferência como PDF com texto ou DOCX.",
                "Reading this file failed. Save it again, preferably as a PDF with text or a DOCX."
            ),
        )
    }
}

/// What the reader said.
impl From<&reader::Trouble> for Trouble {
    fn from(trouble: &reader::Trouble) -> Trouble {
        use reader::Trouble as T;
        match trouble {
            T::Empty => Trouble::new(
                "empty",
                both!("O arquivo está vazio.", "The file is empty."),
            ),
            T::Unknown => Trouble::new(
                "unknown_kind",
                both!(
                    "Este tipo de arquivo não é lido. Use PDF, DOCX, XLSX, HTML, Markdown, CSV ou texto.",
                    "This kind of file is not read. Use PDF, DOCX, XLSX, HTML, Markdown, CSV or text."
                ),
            ),
            T::OtherKind { found, instead } => {
                let instead = instead.as_str().to_uppercase();
                Trouble::new(
                    "other_kind",
                    both!(
                        "Arquivos {found} não são lidos. Salve como {instead} e mande de novo.",
                        "{found} files are not read. Save it as {instead} and send it again."
                    ),
                )
            }
            T::TooLarge { limit_bytes } | T::Bomb { limit_bytes } => {
                let mebibytes = limit_bytes >> 20;
                Trouble::new(
                    "too_large",
                    both!(
                        "O arquivo, ou o que há nele, passa de {mebibytes} MiB. Divida-o em partes.",
                        "The file, or what is inside it, is over {mebibytes} MiB. Split it into parts."
                    ),
                )
            }
            T::TooDeep { limit } => Trouble::new(
                "too_deep",
                both!(
                    "O arquivo tem mais de {limit} níveis. Salve-o de novo de forma mais simples.",
                    "The file is nested deeper than {limit}. Save it again in a simpler form."
                ),
            ),
            T::Password => Trouble::new(
                "password",
                both!(
                    "O arquivo tem senha. Tire a senha e mande de novo.",
                    "The file has a password. Remove the password and send it again."
                ),
            ),
            T::NoText => Trouble::new(
                "no_text",
                both!(
                    "O arquivo não tem texto; parece digitalizado. Passe por um OCR e mande de novo.",
                    "The file has no text; it looks like a scan. Run OCR on it and send it again."
                ),
            ),
            T::Damaged { kind } => {
                let kind = kind.as_str().to_uppercase();
                Trouble::new(
                    "damaged",
                    both!(
                        "O arquivo {kind} está danificado. Abra-o, salve de novo e mande outra vez.",
                        "The {kind} file is damaged. Open it, save it again and send it once more."
                    ),
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_says_what_to_do_in_both_languages() {
        use reader::{Kind, Trouble as T};
        for trouble in [
            T::Unknown,
            T::OtherKind {
                found: "DOC".into(),
                instead: Kind::Docx,
            },
            T::TooLarge {
                limit_bytes: 32 << 20,
            },
            T::Bomb {
                limit_bytes: 32 << 20,
            },
            T::TooDeep { limit: 200 },
            T::Password,
            T::NoText,
            T::Damaged { kind: Kind::Pdf },
        ] {
            let told = Trouble::from(&trouble);
            assert_ne!(told.pt, told.en);
            assert!(told.pt.matches(". ").count() >= 1, "{}", told.pt);
        }
        let told = Trouble::from(&T::OtherKind {
            found: "DOC".into(),
            instead: Kind::Docx,
        });
        assert!(told.pt.contains("DOCX") && told.words().en.contains("DOCX"));
    }
}
