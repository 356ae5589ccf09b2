//! Takes secrets' worth of randomness from the machine.
//!
//! In: nothing. Out: 32 bytes that nobody can guess, from the TLS library's source (ids have fewer
//! random bits than a secret needs). Absent: ids (`env/ids.rs`). Next: `api/key.rs`.

use super::fail::Fail;
use crate::both;

/// 256 random bits.
///
/// # Errors
/// [`Fail`] when the machine gives none: then nothing that needs a secret may go on.
pub fn secret() -> Result<[u8; 32], Fail> {
    let mut bytes = [0; 32];
    let source = rustls::crypto::ring::default_provider().secure_random;
    source.fill(&mut bytes).map_err(|_| {
        Fail::machine(
            both!(
                "a máquina não deu números aleatórios.",
                "the machine gave no randomness."
            ),
            both!("Verifique /dev/urandom.", "Check /dev/urandom."),
        )
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_differ() {
        assert_ne!(secret().unwrap(), secret().unwrap());
    }
}
