//! Makes and recognises API keys: `pk_` and 256 random bits, of which only the hash is stored.
//!
//! In: random bytes from the environment, or a header. Out: the secret (shown once) and its SHA-256.
//! A fast hash is right here: nobody guesses 256 random bits, so there is nothing to slow down.
//! Absent on purpose: passwords. Next: `caller.rs`.

use sha2::{Digest, Sha256};

/// Before every key, so that secret scanners and people know what it is.
pub const PREFIX: &str = "pk_";

/// The text of a key.
#[must_use]
pub fn text(random: &[u8; 32]) -> String {
    format!("{PREFIX}{}", hex::encode(random))
}

/// What is stored of a key; none for what can't be one.
#[must_use]
pub fn hash(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(PREFIX)?;
    let plain = digits.len() == 64 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| Sha256::digest(text.as_bytes()).to_vec())
}

/// What a key may do. Each is given by itself: `write` doesn't include `read`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Read,
    Write,
    Admin,
    /// Beside `admin`: what belongs to no workspace known.
    Installation,
}

impl Scope {
    /// Those of a workspace.
    pub const ALL: [Scope; 3] = [Scope::Read, Scope::Write, Scope::Admin];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Admin => "admin",
            Scope::Installation => "installation",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Scope> {
        Scope::ALL
            .into_iter()
            .chain([Scope::Installation])
            .find(|scope| scope.word() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_its_prefix_and_a_stable_hash() {
        let key = text(&[7; 32]);
        assert_eq!(key.len(), 3 + 64);
        assert_eq!(hash(&key), hash(&key));
        assert_ne!(hash(&key), hash(&text(&[8; 32])));
    }

    #[test]
    fn what_is_no_key_has_no_hash() {
        for wrong in [
            "",
            "pk_",
            "pk_zz",
            &"a".repeat(67),
            &format!("pk_{}", "g".repeat(64)),
        ] {
            assert_eq!(hash(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn scopes_read_back() {
        for scope in Scope::ALL.into_iter().chain([Scope::Installation]) {
            assert_eq!(Scope::from_word(scope.word()), Some(scope));
        }
        assert_eq!(Scope::from_word("root"), None);
    }
}
