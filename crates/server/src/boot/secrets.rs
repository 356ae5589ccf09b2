//! Reads secrets from variables and files, never from arguments or the configuration file.
//!
//! In: `PONTE_APP_SECRET`, `PONTE_APP_SECRET_OLD`, `PONTE_VERIFY_TOKEN`, `PONTE_ACCESS_TOKEN`, or each
//! with `_FILE` naming a file that holds it. Out: [`Secret`]s that never print. Absent on purpose:
//! sources that other users of the machine can read in the list of processes. Next: `config.rs`.

use super::fail::Fail;
use crate::both;
use crate::graph::Secret;
use crate::words::Both;

/// Reads a variable of the environment.
pub type Vars<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// A secret is a line; a file of more is some other file.
const MAX_FILE_BYTES: u64 = 16 * 1024;

#[derive(Clone, Debug, Default)]
pub struct SecretsRead {
    pub app: Option<Secret>,
    /// Still accepted while the app secret is being changed.
    pub app_old: Option<Secret>,
    pub verify: Option<Secret>,
    /// For every number that names no variable of its own.
    pub access: Option<Secret>,
}

impl SecretsRead {
    /// All four.
    ///
    /// # Errors
    /// [`Fail`] for a file that can't be read, or a secret given twice.
    pub fn read(vars: Vars<'_>) -> Result<SecretsRead, Fail> {
        Ok(SecretsRead {
            app: secret(vars, "PONTE_APP_SECRET")?,
            app_old: secret(vars, "PONTE_APP_SECRET_OLD")?,
            verify: secret(vars, "PONTE_VERIFY_TOKEN")?,
            access: secret(vars, "PONTE_ACCESS_TOKEN")?,
        })
    }
}

/// One secret by the name of its variable; empty counts as absent.
///
/// # Errors
/// [`Fail`] for a file that can't be read, or a secret given twice.
pub fn secret(vars: Vars<'_>, name: &str) -> Result<Option<Secret>, Fail> {
    let filled = |name: &str| vars(name).filter(|value| !value.is_empty());
    let file_name = format!("{name}_FILE");
    match (filled(name), filled(&file_name)) {
        (Some(_), Some(_)) => Err(Fail::usage(
            both!(
                "{name} e {file_name} estão definidas ao mesmo tempo.",
                "{name} and {file_name} are both set."
            ),
            both!("Deixe só uma.", "Keep one of them."),
        )),
        (Some(value), None) => Ok(Some(Secret::new(value.trim()))),
        (None, Some(path)) => from_file(&file_name, &path).map(Some),
        (None, None) => Ok(None),
    }
}

fn from_file(name: &str, path: &str) -> Result<Secret, Fail> {
    let fail = |why: Both| {
        let (pt, en) = (why.pt, why.en);
        Fail::usage(
            both!(
                "{name} aponta para {path}, {pt}.",
                "{name} points to {path}, {en}."
            ),
            both!(
                "Corrija o caminho ou as permissões.",
                "Correct the path or its permissions."
            ),
        )
    };
    let meta = std::fs::metadata(path).map_err(|error| {
        fail(both!(
            "que não consigo ler ({error})",
            "which can't be read ({error})"
        ))
    })?;
    if meta.len() > MAX_FILE_BYTES {
        return Err(fail(both!(
            "grande demais para um segredo",
            "too large for a secret"
        )));
    }
    let text = std::fs::read_to_string(path).map_err(|error| {
        fail(both!(
            "que não consigo ler ({error})",
            "which can't be read ({error})"
        ))
    })?;
    let text = text.trim();
    if text.is_empty() {
        return Err(fail(both!("que está vazio", "which is empty")));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: Vec<(&'static str, String)>) -> impl Fn(&str) -> Option<String> {
        move |name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| value.clone())
        }
    }

    #[test]
    fn a_secret_comes_from_a_variable_or_a_file_but_not_both() {
        let path = std::env::temp_dir().join(format!("ponte-secret-{}", std::process::id()));
        std::fs::write(&path, "from-file\n").unwrap();
        let file = path.display().to_string();
        let direct = vars(vec![("PONTE_APP_SECRET", "direct".into())]);
        assert_eq!(
            SecretsRead::read(&direct).unwrap().app,
            Some(Secret::new("direct"))
        );
        let by_file = vars(vec![("PONTE_APP_SECRET_FILE", file.clone())]);
        assert_eq!(
            SecretsRead::read(&by_file).unwrap().app,
            Some(Secret::new("from-file"))
        );
        let both = vars(vec![
            ("PONTE_APP_SECRET", "x".into()),
            ("PONTE_APP_SECRET_FILE", file),
        ]);
        let fail = SecretsRead::read(&both).unwrap_err();
        assert_eq!(
            fail.what.en,
            "PONTE_APP_SECRET and PONTE_APP_SECRET_FILE are both set."
        );
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn a_missing_file_says_which_variable_points_there() {
        let read = vars(vec![("PONTE_VERIFY_TOKEN_FILE", "/nowhere/token".into())]);
        let fail = SecretsRead::read(&read).unwrap_err();
        assert!(
            fail.what.en.starts_with(
                "PONTE_VERIFY_TOKEN_FILE points to /nowhere/token, which can't be read"
            )
        );
    }

    #[test]
    fn secrets_do_not_print() {
        let read = vars(vec![("PONTE_APP_SECRET", "canary".into())]);
        assert!(!format!("{:?}", SecretsRead::read(&read).unwrap()).contains("canary"));
    }
}
