//! Tells which questions are the same, by their words and letters.
//!
//! In: texts. Out: a bag of features, and how alike two bags are, 0 to 1. Words that say nothing of the
//! subject are left out; words are compared by their beginning and by threes of letters, so that
//! endings and typing errors matter little. Deterministic, and the same on every machine.

use ponte_nlu::text::fold;
use std::collections::BTreeMap;

/// From here two questions count as the same. Chosen on the pairs of the tests below: higher splits
/// wordings of one question, lower joins questions about different things.
pub const ALIKE: f64 = 0.45;
/// Letters of a word that are compared as its stem.
const STEM: usize = 5;
/// What a word counts beside a three of letters.
const WORD: f64 = 2.0;

/// Words that are in questions about anything.
const EMPTY: &str = " a o as os um uma de do da dos das em no na nos nas e ou que se por pra para com sem eu vc vcs voce voces me meu minha meus minhas seu sua isso esse essa este esta ai aqui la tem ter tinha ha e eh sao ser esta estao foi vai vou quero queria gostaria preciso saber pode posso poderia podem fazer faz faco qual quais quando quanto quantos como onde porque pq q oi ola bom boa dia tarde noite por favor pfv obrigado obrigada sobre ainda ja mais muito bem aceita aceitam aceitar the a an is are do does you your i my to of in on for and or what when how where can could please have has there it el la los las un una es son tiene hay puedo ";

/// The features of a text with their weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bag(BTreeMap<String, f64>);

impl Bag {
    /// Of one text.
    #[must_use]
    pub fn of(text: &str) -> Bag {
        let folded = fold(text);
        let words = folded.split(|c: char| !c.is_alphanumeric());
        let mut bag = BTreeMap::new();
        for word in words.filter(|word| says_something(word)) {
            let letters: Vec<char> = word.chars().collect();
            let stem: String = letters.iter().take(STEM).collect();
            bag.insert(format!("w{stem}"), WORD);
            let padded: Vec<char> = std::iter::once('_')
                .chain(letters.iter().copied())
                .chain(std::iter::once('_'))
                .collect();
            for three in padded.windows(3) {
                bag.insert(three.iter().collect(), 1.0);
            }
        }
        Bag(bag)
    }

    /// Of several texts: their sum.
    pub fn all<'a>(texts: impl Iterator<Item = &'a str>) -> Bag {
        let mut sum = BTreeMap::new();
        for text in texts {
            for (feature, weight) in Bag::of(text).0 {
                *sum.entry(feature).or_insert(0.0) += weight;
            }
        }
        Bag(sum)
    }

    /// Nothing in it says what it is about.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How alike they are.
    #[must_use]
    pub fn alike(&self, other: &Bag) -> f64 {
        let length = |bag: &Bag| bag.0.values().map(|w| w * w).sum::<f64>().sqrt();
        let shared = self.0.iter().filter_map(|(feature, weight)| {
            let other = other.0.get(feature)?;
            Some(weight * other)
        });
        let product = length(self) * length(other);
        if product > 0.0 {
            shared.sum::<f64>() / product
        } else {
            0.0
        }
    }
}

fn says_something(word: &str) -> bool {
    !word.is_empty() && !EMPTY.contains(&format!(" {word} "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alike(a: &str, b: &str) -> f64 {
        Bag::of(a).alike(&Bag::of(b))
    }

    #[test]
    fn wordings_of_one_question_are_alike() {
        for (a, b) in [
            ("Vocês têm wifi?", "tem wifi ai"),
            ("aceita pix?", "vcs aceitam PIX"),
            (
                "Qual o horário de funcionamento?",
                "horario de funcionamento por favor",
            ),
            ("fazem entrega no sábado?", "tem entregas sabado"),
            (
                "como troco um produto com defeito",
                "quero trocar produto defeituoso",
            ),
            ("tem estacionamento?", "onde fica o estacionamneto"),
        ] {
            let found = alike(a, b);
            assert!(found >= ALIKE, "{a} | {b}: {found:.2}");
        }
    }

    #[test]
    fn questions_about_different_things_are_not() {
        for (a, b) in [
            ("tem wifi?", "tem estacionamento?"),
            ("aceita pix?", "aceita cachorro?"),
            ("fazem entrega no sábado?", "abre no sábado?"),
            ("qual o preço do bolo", "qual o horário da loja"),
            ("bom dia", "boa noite"),
        ] {
            let found = alike(a, b);
            assert!(found < ALIKE, "{a} | {b}: {found:.2}");
        }
        assert!(Bag::of("oi, bom dia!").is_empty());
    }

    #[test]
    fn a_bag_of_several_is_near_each() {
        let all = Bag::all(["aceita pix?", "vcs aceitam pix", "posso pagar com pix"].into_iter());
        assert!(all.alike(&Bag::of("pagamento por pix aceita?")) >= ALIKE);
    }
}
