//! The sealed form of a secret, byte by byte.
//!
//! In: a master key, a place, bytes. Out: `version (1) | master key's id (8) | nonce (12) | wrapped data key (48) |
//! nonce (12) | sealed secret (its length + 16)`. The wrapped key is bound to place and master key's id, the
//! secret to the place. Nonces are random, and each data key seals once. Absent: choosing keys ([`super`]).

use super::{Random, VaultError};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use sha2::{Digest, Sha256};

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// A key of a provider has some hundred; a certificate's key some thousand.
pub(super) const SECRET_BYTES_MAX: usize = 16 * 1024;
const VERSION: u8 = 1;
const ID_BYTES: usize = 8;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
const WRAPPED_BYTES: usize = KEY_BYTES + TAG_BYTES;
const HEAD_BYTES: usize = 1 + ID_BYTES;
const WRAP_END: usize = HEAD_BYTES + NONCE_BYTES + WRAPPED_BYTES;

/// The key that wraps all others. It never prints.
#[derive(Clone)]
pub struct MasterKey([u8; KEY_BYTES]);

impl MasterKey {
    #[must_use]
    pub fn new(bytes: [u8; KEY_BYTES]) -> MasterKey {
        MasterKey(bytes)
    }

    /// From 64 hexadecimal digits.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<MasterKey> {
        let bytes = hex::decode(text.trim()).ok()?;
        bytes.try_into().ok().map(MasterKey)
    }

    /// For the file it is kept in, and nothing else.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Its name: the beginning of a hash.
    #[must_use]
    pub fn id(&self) -> String {
        hex::encode(self.id_bytes())
    }

    fn id_bytes(&self) -> [u8; ID_BYTES] {
        let mut hash = Sha256::new();
        hash.update(b"ponte master key id 1");
        hash.update(self.0);
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&hash.finalize()[..ID_BYTES]);
        id
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterKey({})", self.id())
    }
}

/// The name of the master key that something was sealed under.
pub(super) fn key_id(sealed: &[u8]) -> Result<String, VaultError> {
    let whole = sealed.len() >= WRAP_END + NONCE_BYTES + TAG_BYTES;
    if !whole || sealed[0] != VERSION {
        return Err(VaultError::Unreadable);
    }
    Ok(hex::encode(&sealed[1..HEAD_BYTES]))
}

pub(super) fn seal(
    master: &MasterKey,
    random: &Random,
    place: &str,
    secret: &[u8],
) -> Result<Vec<u8>, VaultError> {
    if secret.len() > SECRET_BYTES_MAX {
        return Err(VaultError::TooLong);
    }
    let mut data_key = [0; KEY_BYTES];
    fill(random, &mut data_key)?;
    let mut out = wrap(master, random, place, &data_key)?;
    let mut nonce = [0; NONCE_BYTES];
    fill(random, &mut nonce)?;
    let mut bytes = secret.to_vec();
    cipher(&data_key)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(place.as_bytes()),
            &mut bytes,
        )
        .map_err(|_| VaultError::TooLong)?;
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&bytes);
    Ok(out)
}

pub(super) fn open(master: &MasterKey, place: &str, sealed: &[u8]) -> Result<Vec<u8>, VaultError> {
    let data_key = unwrap(master, place, sealed)?;
    let (nonce, bytes) = sealed[WRAP_END..].split_at(NONCE_BYTES);
    opened(&data_key, nonce, place.as_bytes(), bytes)
}

/// The head anew under another master key; what follows stays as it is.
pub(super) fn rewrap(
    from: &MasterKey,
    to: &MasterKey,
    random: &Random,
    place: &str,
    sealed: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let data_key = unwrap(from, place, sealed)?;
    let mut out = wrap(to, random, place, &data_key)?;
    out.extend_from_slice(&sealed[WRAP_END..]);
    Ok(out)
}

fn wrap(
    master: &MasterKey,
    random: &Random,
    place: &str,
    data_key: &[u8; KEY_BYTES],
) -> Result<Vec<u8>, VaultError> {
    let mut nonce = [0; NONCE_BYTES];
    fill(random, &mut nonce)?;
    let mut wrapped = data_key.to_vec();
    cipher(&master.0)?
        .seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(bound(&master.id_bytes(), place)),
            &mut wrapped,
        )
        .map_err(|_| VaultError::TooLong)?;
    let mut out = vec![VERSION];
    out.extend_from_slice(&master.id_bytes());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&wrapped);
    Ok(out)
}

fn unwrap(master: &MasterKey, place: &str, sealed: &[u8]) -> Result<[u8; KEY_BYTES], VaultError> {
    key_id(sealed)?;
    let (nonce, wrapped) = sealed[HEAD_BYTES..WRAP_END].split_at(NONCE_BYTES);
    let bound = bound(&sealed[1..HEAD_BYTES], place);
    let bytes = opened(&master.0, nonce, &bound, wrapped)?;
    bytes.try_into().map_err(|_| VaultError::Unreadable)
}

fn opened(
    key: &[u8; KEY_BYTES],
    nonce: &[u8],
    bound: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, VaultError> {
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Unreadable)?;
    let mut bytes = sealed.to_vec();
    let length = cipher(key)?
        .open_in_place(nonce, Aad::from(bound), &mut bytes)
        .map_err(|_| VaultError::NotHere)?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

fn bound(id: &[u8], place: &str) -> Vec<u8> {
    [b"wrap ".as_slice(), id, place.as_bytes()].concat()
}

fn cipher(key: &[u8; KEY_BYTES]) -> Result<LessSafeKey, VaultError> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| VaultError::Unreadable)?;
    Ok(LessSafeKey::new(key))
}

fn fill(random: &Random, bytes: &mut [u8]) -> Result<(), VaultError> {
    if random(bytes) {
        Ok(())
    } else {
        Err(VaultError::NoRandomness)
    }
}
