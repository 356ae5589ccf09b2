//! What holds of the senses for any text: bounds, sameness, and that a long text costs no more per byte.

use ponte_nlu::sense::language::{Language, choose, detect};
use ponte_nlu::sense::sentiment::sentiment;
use ponte_nlu::sense::signals::signals;
use ponte_nlu::sense::urgency::urgency;
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_text_has_scores_within_bounds_that_stay_the_same(text in any::<String>(), loud in any::<bool>()) {
        let text = if loud { text.to_uppercase() + " péssimo!!! kkkk 😡 urgente, quero cancelar" } else { text };
        let feeling = sentiment(&text);
        prop_assert!((-1.0..=1.0).contains(&feeling.score) && feeling.words.len() <= 5);
        prop_assert_eq!(sentiment(&text), feeling);
        let haste = urgency(&text);
        prop_assert!((0.0..=1.0).contains(&haste.score));
        prop_assert_eq!(urgency(&text), haste);
        let signs = signals(&text);
        prop_assert!((0.0..=1.0).contains(&signs.churn.score) && (0.0..=1.0).contains(&signs.purchase.score));
        if let Some(guess) = detect(&text) {
            prop_assert!(guess.confidence > 0.5 && guess.confidence < 1.0);
        }
    }
}

#[test]
fn a_megabyte_is_read_to_its_end() {
    let long = "péssimo bom urgente amanhã às 15h [CPF_1] 529.982.247-25 ".repeat(18_000);
    assert!((-1.0..=1.0).contains(&sentiment(&long).score));
    assert!(urgency(&long).score > 0.9);
    assert_eq!(choose(&long, Language::En), Language::Pt);
    let masked = ponte_nlu::mask::mask(&long, ponte_nlu::mask::PERSONAL).unwrap();
    assert_eq!(masked.table.len(), 2);
    assert_eq!(ponte_nlu::mask::restore(&masked.text, &masked.table), long);
}
