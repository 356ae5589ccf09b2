//! Where the master key comes from: a variable, a file, or the data folder, where it is made at the first start.
//!
//! In: `PONTE_MASTER_KEY` or `PONTE_MASTER_KEY_FILE` (64 hexadecimal digits), with `_OLD` while it is being changed;
//! else `master.key` in the data folder, readable by its owner only. Out: [`Keys`], and whether the key was made
//! just now, so that a person is told to keep a copy. A backup of the database without this key holds no
//! readable secret. Absent: what is sealed ([`crate::vault`]).

use super::fail::Fail;
use super::random;
use super::secrets::{self, Vars};
use crate::both;
use crate::graph::Secret;
use crate::vault::{Keys, MasterKey, Random, Vault};
use ponte_store::{Commit, Store};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const VARIABLE: &str = "PONTE_MASTER_KEY";
const VARIABLE_OLD: &str = "PONTE_MASTER_KEY_OLD";
const FILE: &str = "master.key";
const FILE_OLD: &str = "master.key.old";
/// Where the database remembers the name of its master key.
pub const META: &str = "master_key";

/// The keys of a start.
pub struct Loaded {
    pub keys: Keys,
    /// Made just now, and kept there.
    pub made: Option<PathBuf>,
    /// Given from outside, so that `ponte vault rotate` can't make another.
    pub given: bool,
}

/// Whether there is a master key, without making one.
#[must_use]
pub fn is_there(data: &Path, vars: Vars<'_>) -> bool {
    // A variable that can't be read is one: `load` says what is wrong with it.
    let absent = secrets::secret(vars, VARIABLE).is_ok_and(|text| text.is_none());
    !absent || data.join(FILE).exists()
}

/// Reads the master key, or makes it.
///
/// # Errors
/// [`Fail`] for a key that is none, a file that can't be read or written, or a machine without randomness.
pub fn load(data: &Path, vars: Vars<'_>) -> Result<Loaded, Fail> {
    let old = match secrets::secret(vars, VARIABLE_OLD)? {
        Some(text) => Some(read(&text, VARIABLE_OLD)?),
        None => from_file(&data.join(FILE_OLD))?,
    };
    if let Some(text) = secrets::secret(vars, VARIABLE)? {
        let current = Some(read(&text, VARIABLE)?);
        return Ok(Loaded {
            keys: Keys { current, old },
            made: None,
            given: true,
        });
    }
    let path = data.join(FILE);
    let (current, made) = match from_file(&path)? {
        Some(key) => (key, None),
        None => {
            let key = MasterKey::new(random::secret()?);
            // Another process may have been faster: what is kept counts.
            if keep(&path, &key).is_err()
                && let Some(key) = from_file(&path)?
            {
                (key, None)
            } else {
                (
                    from_file(&path)?.ok_or_else(|| unwritable(&path))?,
                    Some(path),
                )
            }
        }
    };
    Ok(Loaded {
        keys: Keys {
            current: Some(current),
            old,
        },
        made,
        given: false,
    })
}

/// Makes the next key in the data folder; the one before stays beside it until a person takes it away.
///
/// # Errors
/// [`Fail`] when it can't be written: then the one before is still in place.
pub fn next(data: &Path, current: &MasterKey) -> Result<Keys, Fail> {
    let (path, old) = (data.join(FILE), data.join(FILE_OLD));
    let fresh = MasterKey::new(random::secret()?);
    let aside = data.join("master.key.new");
    drop(std::fs::remove_file(&aside));
    let step = |done: std::io::Result<()>| done.map_err(|_| unwritable(&path));
    // In an order in which a crash anywhere leaves both keys readable.
    if from_file(&old)?.is_none() {
        step(keep(&old, current))?;
    }
    step(keep(&aside, &fresh))?;
    step(std::fs::rename(&aside, &path))?;
    Ok(Keys {
        current: Some(fresh),
        old: Some(current.clone()),
    })
}

/// Compares the key with the one that this database was used with last, and remembers it where there is none. A
/// wrong key keeps nobody from being answered: what needs no secret goes on, and a person is told.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn compare(store: &Store, vault: &Vault) -> Result<(), Fail> {
    let Some(have) = vault.key_id() else {
        return Ok(());
    };
    let known = store.meta(META).await?;
    if let Some(known) = known.filter(|known| *known != have) {
        tracing::error!(
            known,
            have,
            "this database was used with another master key: secrets sealed under it can't be opened; set PONTE_MASTER_KEY_OLD and run `ponte vault rotate`, or put the old key back"
        );
        return Ok(());
    }
    remember(store, &have).await
}

/// Remembers the key's name beside what is sealed under it.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn remember(store: &Store, id: &str) -> Result<(), Fail> {
    let mut commit = Commit::new();
    commit.put_meta(META, id);
    store.commit(commit).await?;
    Ok(())
}

/// The machine's randomness, for the vault.
#[must_use]
pub fn machine() -> Random {
    Arc::new(|bytes| {
        let source = rustls::crypto::ring::default_provider().secure_random;
        source.fill(bytes).is_ok()
    })
}

fn read(text: &Secret, name: &str) -> Result<MasterKey, Fail> {
    MasterKey::from_hex(text.expose()).ok_or_else(|| {
        Fail::usage(
            both!(
                "{name} não é uma chave: são 64 dígitos hexadecimais.",
                "{name} is no key: it has 64 hexadecimal digits."
            ),
            both!(
                "Crie uma com `openssl rand -hex 32`.",
                "Make one with `openssl rand -hex 32`."
            ),
        )
    })
}

fn from_file(path: &Path) -> Result<Option<MasterKey>, Fail> {
    match std::fs::read_to_string(path) {
        Ok(text) => read(&Secret::new(text), &path.display().to_string()).map(Some),
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(why) => {
            let shown = path.display();
            Err(Fail::usage(
                both!(
                    "não consigo ler {shown} ({why}).",
                    "{shown} can't be read ({why})."
                ),
                both!("Corrija as permissões.", "Correct its permissions."),
            ))
        }
    }
}

fn unwritable(path: &Path) -> Fail {
    let shown = path.display();
    Fail::machine(
        both!("não consigo gravar {shown}.", "{shown} can't be written."),
        both!(
            "Corrija as permissões da pasta de dados, ou defina PONTE_MASTER_KEY.",
            "Correct the data folder's permissions, or set PONTE_MASTER_KEY."
        ),
    )
}

/// Writes a new file that only its owner reads; an existing one is left alone.
fn keep(path: &Path, key: &MasterKey) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{}", key.to_hex())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("ponte-key-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path).unwrap();
        path
    }

    fn id(loaded: &Loaded) -> String {
        loaded.keys.current.as_ref().unwrap().id()
    }

    #[test]
    fn the_first_start_makes_a_key_that_only_its_owner_reads() {
        let data = folder("made");
        let first = load(&data, &|_| None).unwrap();
        assert_eq!(first.made.as_deref(), Some(data.join(FILE).as_path()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(data.join(FILE))
                .unwrap()
                .permissions()
                .mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        let second = load(&data, &|_| None).unwrap();
        assert_eq!(id(&first), id(&second));
        assert_eq!(second.made, None);
    }

    #[test]
    fn a_given_key_counts_before_the_file_and_nonsense_is_refused() {
        let data = folder("given");
        load(&data, &|_| None).unwrap();
        let text = "07".repeat(32);
        let given = |name: &str| (name == VARIABLE).then(|| text.clone());
        let loaded = load(&data, &given).unwrap();
        assert!(loaded.given && loaded.made.is_none());
        assert_eq!(id(&loaded), MasterKey::new([7; 32]).id());
        let wrong = |name: &str| (name == VARIABLE).then(|| "canary".to_owned());
        let fail = load(&data, &wrong).err().unwrap();
        assert!(fail.what.en.starts_with("PONTE_MASTER_KEY is no key"));
        assert!(!fail.what.en.contains("canary"));
        std::fs::write(data.join(FILE), "cut").unwrap();
        assert!(
            load(&data, &|_| None).is_err(),
            "a damaged file is never written over"
        );
    }

    #[test]
    fn a_change_of_key_leaves_both_until_it_is_done() {
        let data = folder("next");
        let first = load(&data, &|_| None).unwrap();
        let vault = Vault::new(first.keys.clone(), machine());
        let sealed = vault.seal("p", &Secret::new("secret")).unwrap();
        vault.set(next(&data, first.keys.current.as_ref().unwrap()).unwrap());
        // As a start in the middle of it sees it.
        let during = load(&data, &|_| None).unwrap();
        assert_ne!(id(&during), id(&first));
        let vault = Vault::new(during.keys, machine());
        let moved = vault.rewrap("p", &sealed).unwrap().unwrap();
        std::fs::remove_file(data.join(FILE_OLD)).unwrap();
        let after = Vault::new(load(&data, &|_| None).unwrap().keys, machine());
        assert_eq!(after.open("p", &moved).unwrap().expose(), "secret");
        assert!(after.open("p", &sealed).is_err());
    }
}
