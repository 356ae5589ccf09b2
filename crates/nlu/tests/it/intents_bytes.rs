//! Models as bytes: the same back, and anything else refused without a panic.

use super::intents::bakery;
use ponte_nlu::intents::{BadModel, Model};
use proptest::prelude::*;

#[test]
fn a_model_comes_back_as_it_was() {
    let model = &bakery().model;
    let bytes = model.to_bytes();
    let back = Model::from_bytes(&bytes).unwrap();
    assert_eq!(&back, model);
    assert_eq!(back.to_bytes(), bytes);
    assert_eq!(
        back.understand("aceita pix?"),
        model.understand("aceita pix?")
    );
}

#[test]
fn a_bakery_is_small() {
    let bytes = bakery().model.to_bytes().len();
    assert!(bytes < 512 * 1024, "{bytes}");
}

#[test]
fn other_bytes_are_told_apart() {
    let bytes = bakery().model.to_bytes();
    assert_eq!(Model::from_bytes(b""), Err(BadModel::Foreign));
    assert_eq!(Model::from_bytes(b"PK\x03\x04 zip"), Err(BadModel::Foreign));
    assert_eq!(Model::from_bytes(&bytes[..9]), Err(BadModel::Damaged));
    let mut newer = bytes.clone();
    newer[8] = 9;
    assert_eq!(Model::from_bytes(&newer), Err(BadModel::Version(9)));
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Model::from_bytes(&longer), Err(BadModel::Damaged));
}

/// The bytes with a change, and the checksum made right again, so that what is behind it is read.
fn forged(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let bytes = bakery().model.to_bytes();
    let mut body = bytes[20..].to_vec();
    change(&mut body);
    let sum = ponte_nlu::text::hash::hash(&body);
    let mut forged = bytes[..12].to_vec();
    forged.extend(sum.to_le_bytes());
    forged.extend(body);
    forged
}

#[test]
fn an_untouched_forgery_is_the_model() {
    assert!(Model::from_bytes(&forged(|_| {})).is_ok());
}

#[test]
fn huge_lengths_are_refused_before_anything_is_made_of_them() {
    let huge = forged(|body| body[0..4].copy_from_slice(&u32::MAX.to_le_bytes()));
    assert_eq!(Model::from_bytes(&huge), Err(BadModel::Damaged));
    let name = forged(|body| body[4..8].copy_from_slice(&u32::MAX.to_le_bytes()));
    assert_eq!(Model::from_bytes(&name), Err(BadModel::Damaged));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_cut_model_is_refused(share in 0.0f64..1.0) {
        let bytes = bakery().model.to_bytes();
        let cut = (bytes.len() as f64 * share) as usize;
        prop_assert!(Model::from_bytes(&bytes[..cut]).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused(at in 0usize..100_000, bit in 0u8..8) {
        let mut bytes = bakery().model.to_bytes();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(Model::from_bytes(&bytes).is_err());
    }

    #[test]
    fn a_forged_body_gives_an_error_or_a_model_that_answers(
        changes in prop::collection::vec((0usize..4_000, any::<u8>()), 1..8),
        cut in prop::option::of(0usize..4_000),
    ) {
        let bytes = forged(|body| {
            for (at, byte) in &changes {
                let at = at % body.len();
                body[at] = *byte;
            }
            if let Some(cut) = cut {
                body.truncate(cut);
            }
        });
        if let Ok(model) = Model::from_bytes(&bytes) {
            let understood = model.understand("quero cancelar meu pedido 😀");
            prop_assert!(!understood.ranked.is_empty());
            prop_assert!(model.explain("quero pão", 0).reasons.len() <= 8);
        }
    }
}
