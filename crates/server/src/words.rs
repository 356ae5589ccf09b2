//! Keeps what people read in both languages side by side, and picks one.
//!
//! In: a Portuguese and an English wording, and the language that the environment or a request asks
//! for. Out: the one to print. Absent on purpose: a catalogue file (each message stands where it is
//! said, in both languages, so neither can be forgotten) and anything that logs — logs are English.
//! Next: `cli/mod.rs` prints these, `api/problem.rs` answers with them.

use std::fmt;

/// A language that Ponte speaks to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    Pt,
    En,
}

impl Lang {
    /// From `LC_ALL`, `LC_MESSAGES`, `LANG`, in that order: Portuguese for `pt*`, else English.
    #[must_use]
    pub fn from_vars(read: impl Fn(&str) -> Option<String>) -> Lang {
        let wanted = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(read)
            .find(|value| !value.is_empty());
        match wanted {
            Some(value) if value.to_ascii_lowercase().starts_with("pt") => Lang::Pt,
            Some(_) | None => Lang::En,
        }
    }

    /// From an `Accept-Language` header: the first language in it that we speak, English if none.
    /// Weights are read in order of appearance, which is how every browser writes them.
    #[must_use]
    pub fn from_header(header: &str) -> Lang {
        header
            .split(',')
            .map(|part| {
                part.split(';')
                    .next()
                    .unwrap_or("")
                    .trim()
                    .to_ascii_lowercase()
            })
            .find_map(|tag| match tag.split('-').next() {
                Some("pt") => Some(Lang::Pt),
                Some("en") => Some(Lang::En),
                Some(_) | None => None,
            })
            .unwrap_or(Lang::En)
    }
}

/// One message in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both {
    pub pt: String,
    pub en: String,
}

impl Both {
    /// For texts that have no translation (names, other programs' messages).
    #[must_use]
    pub fn same(text: impl Into<String>) -> Both {
        let text = text.into();
        Both {
            pt: text.clone(),
            en: text,
        }
    }

    #[must_use]
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Pt => &self.pt,
            Lang::En => &self.en,
        }
    }
}

/// English, for error chains and tests.
impl fmt::Display for Both {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// `both!("olá {name}", "hello {name}")`: a [`Both`] with captured arguments.
#[macro_export]
macro_rules! both {
    ($pt:literal, $en:literal $(,)?) => {
        $crate::words::Both {
            pt: format!($pt),
            en: format!($en),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_chooses_portuguese_only_for_pt() {
        let lang = |pairs: &'static [(&str, &str)]| {
            Lang::from_vars(|name| {
                let found = pairs.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_string())
            })
        };
        assert_eq!(lang(&[("LANG", "pt_BR.UTF-8")]), Lang::Pt);
        assert_eq!(lang(&[("LANG", "C.UTF-8")]), Lang::En);
        assert_eq!(lang(&[("LC_ALL", "en_US"), ("LANG", "pt_BR")]), Lang::En);
        assert_eq!(lang(&[("LC_ALL", ""), ("LANG", "pt_PT")]), Lang::Pt);
        assert_eq!(lang(&[]), Lang::En);
    }

    #[test]
    fn a_header_gives_the_first_language_that_we_speak() {
        assert_eq!(Lang::from_header("pt-BR,pt;q=0.9,en;q=0.8"), Lang::Pt);
        assert_eq!(Lang::from_header("fr, en;q=0.5, pt;q=0.4"), Lang::En);
        assert_eq!(Lang::from_header("fr"), Lang::En);
        assert_eq!(Lang::from_header(""), Lang::En);
    }

    #[test]
    fn both_captures_arguments() {
        let name = "Ana";
        let said = both!("olá {name}", "hello {name}");
        assert_eq!(
            (said.get(Lang::Pt), said.get(Lang::En)),
            ("olá Ana", "hello Ana")
        );
    }
}
