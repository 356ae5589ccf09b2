//! Secrets at rest: each sealed under a key of its own, which is sealed under the master key.
//!
//! In: a secret and its place (the row it belongs to), or what was sealed. Out: bytes for a column, or the secret,
//! only where place and master key are the right ones. The place is bound in, so that a sealed secret copied into
//! another row opens nothing. Algorithm: ChaCha20-Poly1305, twice (envelope), so that changing the master key
//! rewrites a few bytes per row and never sees a secret. Absent: where the master key comes from
//! (`boot/master_key.rs`), and any table. Next: [`seal`].

mod seal;

pub use seal::{KEY_BYTES, MasterKey};

use crate::graph::Secret;
use std::sync::{Arc, PoisonError, RwLock};

/// Fills bytes with randomness; false: the machine has none.
pub type Random = Arc<dyn Fn(&mut [u8]) -> bool + Send + Sync>;

/// Seals and opens. Cheap to clone; all clones share the keys.
#[derive(Clone)]
pub struct Vault {
    random: Random,
    keys: Arc<RwLock<Keys>>,
}

/// The master keys a process knows.
#[derive(Clone, Default)]
pub struct Keys {
    /// Seals and opens. Absent: nothing can be sealed.
    pub current: Option<MasterKey>,
    /// Opens what is not re-wrapped yet.
    pub old: Option<MasterKey>,
}

/// Why a secret can't be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("there is no master key")]
    NoKey,
    #[error("sealed under another master key ({sealed_under}); this process has {have}")]
    OtherKey { sealed_under: String, have: String },
    #[error("sealed for another row, or damaged")]
    NotHere,
    #[error("not a sealed secret, or one of a newer version")]
    Unreadable,
    #[error("the machine gives no randomness")]
    NoRandomness,
    #[error("longer than {} bytes", seal::SECRET_BYTES_MAX)]
    TooLong,
}

impl Vault {
    /// A vault with these keys.
    #[must_use]
    pub fn new(keys: Keys, random: Random) -> Vault {
        Vault {
            random,
            keys: Arc::new(RwLock::new(keys)),
        }
    }

    /// Without keys: everything sealed stays closed.
    #[must_use]
    pub fn closed() -> Vault {
        Vault::new(Keys::default(), Arc::new(|_| false))
    }

    /// Other keys from now on, for all clones.
    pub fn set(&self, keys: Keys) {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    fn keys(&self) -> Keys {
        self.keys
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The name of the key that seals: a print of it, which tells nothing about it.
    #[must_use]
    pub fn key_id(&self) -> Option<String> {
        self.keys().current.map(|key| key.id())
    }

    /// Seals a secret for a place, such as `provider:<id>:key`.
    ///
    /// # Errors
    /// Without a master key or randomness, or for a secret that is too long.
    pub fn seal(&self, place: &str, secret: &Secret) -> Result<Vec<u8>, VaultError> {
        let key = self.keys().current.ok_or(VaultError::NoKey)?;
        seal::seal(&key, &self.random, place, secret.expose().as_bytes())
    }

    /// Opens what was sealed for this place.
    ///
    /// # Errors
    /// What does not fit, said apart: another key, another row, damage.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Secret, VaultError> {
        let key = self.key_of(sealed)?;
        let bytes = seal::open(&key, place, sealed)?;
        let text = String::from_utf8(bytes).map_err(|_| VaultError::Unreadable)?;
        Ok(Secret::new(text))
    }

    /// The same secret under the current master key; `None`: it is under it already. The secret itself stays
    /// closed.
    ///
    /// # Errors
    /// As [`Vault::open`].
    pub fn rewrap(&self, place: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, VaultError> {
        let to = self.keys().current.ok_or(VaultError::NoKey)?;
        let from = self.key_of(sealed)?;
        if from.id() == to.id() {
            return Ok(None);
        }
        seal::rewrap(&from, &to, &self.random, place, sealed).map(Some)
    }

    fn key_of(&self, sealed: &[u8]) -> Result<MasterKey, VaultError> {
        let wanted = seal::key_id(sealed)?;
        let keys = self.keys();
        let have = keys.current.as_ref().map(MasterKey::id);
        [keys.current, keys.old]
            .into_iter()
            .flatten()
            .find(|key| key.id() == wanted)
            .ok_or(VaultError::OtherKey {
                sealed_under: wanted,
                have: have.unwrap_or_else(|| "none".into()),
            })
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Vault({})",
            self.key_id().unwrap_or_else(|| "no key".into())
        )
    }
}

/// What people see of a secret: its last four letters, and less of a short one.
#[must_use]
pub fn mask(secret: &Secret) -> String {
    const SHOWN: usize = 4;
    let count = secret.expose().chars().count();
    if count < 3 * SHOWN {
        return "…".into();
    }
    let end: String = secret.expose().chars().skip(count - SHOWN).collect();
    format!("…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    fn random() -> Random {
        let next = AtomicU8::new(1);
        Arc::new(move |bytes| {
            bytes.fill_with(|| next.fetch_add(37, Ordering::Relaxed));
            true
        })
    }

    fn key(n: u8) -> MasterKey {
        MasterKey::new([n; KEY_BYTES])
    }

    fn vault(current: u8, old: Option<u8>) -> Vault {
        let keys = Keys {
            current: Some(key(current)),
            old: old.map(key),
        };
        Vault::new(keys, random())
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_only() {
        let vault = vault(1, None);
        let secret = Secret::new("sk-canary-ção");
        let sealed = vault.seal("provider:1:key", &secret).unwrap();
        assert_eq!(vault.open("provider:1:key", &sealed).unwrap(), secret);
        assert_eq!(
            vault.open("provider:2:key", &sealed),
            Err(VaultError::NotHere)
        );
        assert!(!sealed.windows(6).any(|bytes| bytes == b"canary"));
        let again = vault.seal("provider:1:key", &secret).unwrap();
        assert_ne!(sealed, again, "nothing tells that two are the same");
    }

    #[test]
    fn every_byte_counts() {
        let vault = vault(1, None);
        let sealed = vault.seal("p", &Secret::new("secret")).unwrap();
        for at in 0..sealed.len() {
            let mut turned = sealed.clone();
            turned[at] ^= 1;
            assert!(vault.open("p", &turned).is_err(), "byte {at}");
            assert!(vault.open("p", &sealed[..at]).is_err(), "cut at {at}");
        }
        for nonsense in [&b""[..], b"x", &[0; 200]] {
            assert_eq!(vault.open("p", nonsense), Err(VaultError::Unreadable));
        }
    }

    #[test]
    fn another_master_key_is_told_by_name_and_opens_nothing() {
        let sealed = vault(1, None).seal("p", &Secret::new("secret")).unwrap();
        let told = vault(2, None).open("p", &sealed).unwrap_err();
        let wanted = VaultError::OtherKey {
            sealed_under: key(1).id(),
            have: key(2).id(),
        };
        assert_eq!(told, wanted);
        assert_eq!(
            Vault::closed().seal("p", &Secret::new("x")),
            Err(VaultError::NoKey)
        );
        assert!(matches!(
            Vault::closed().open("p", &sealed),
            Err(VaultError::OtherKey { .. })
        ));
    }

    #[test]
    fn a_new_master_key_takes_over_without_seeing_secrets() {
        let before = vault(1, None);
        let sealed = before.seal("p", &Secret::new("secret")).unwrap();
        let during = vault(2, Some(1));
        assert_eq!(during.open("p", &sealed).unwrap().expose(), "secret");
        let moved = during.rewrap("p", &sealed).unwrap().unwrap();
        assert_eq!(during.rewrap("p", &moved).unwrap(), None);
        let after = vault(2, None);
        assert_eq!(after.open("p", &moved).unwrap().expose(), "secret");
        assert!(before.open("p", &moved).is_err());
        assert_eq!(after.open("q", &moved), Err(VaultError::NotHere));
        assert_eq!(during.rewrap("q", &sealed), Err(VaultError::NotHere));
    }

    #[test]
    fn without_randomness_nothing_is_sealed() {
        let keys = Keys {
            current: Some(key(1)),
            old: None,
        };
        let vault = Vault::new(keys, Arc::new(|_| false));
        let sealed = vault.seal("p", &Secret::new("x"));
        assert_eq!(sealed, Err(VaultError::NoRandomness));
    }

    #[test]
    fn a_secret_is_masked_and_a_short_one_wholly() {
        assert_eq!(mask(&Secret::new("sk-proj-1234abcd")), "…abcd");
        for short in ["", "abcd", "12345678901"] {
            assert_eq!(mask(&Secret::new(short)), "…", "{short}");
        }
        let printed = format!("{:?} {:?}", vault(1, None), key(1));
        assert!(
            !printed.contains("0101") && !printed.contains("1, 1"),
            "{printed}"
        );
    }

    #[test]
    fn a_secret_beyond_the_limit_is_refused() {
        let long = Secret::new("x".repeat(seal::SECRET_BYTES_MAX + 1));
        assert_eq!(vault(1, None).seal("p", &long), Err(VaultError::TooLong));
    }
}
