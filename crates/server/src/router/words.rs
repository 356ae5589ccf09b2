//! What the customer's words alone decide: matters that are forbidden, critical, or a specialist's.
//!
//! In: the turn's texts and a brain. Out: the first entry that matches. Texts are compared as everywhere in
//! Ponte: lower case, no accents, whole words. Absent: what is done then ([`super::ways`]).

use ponte_core::brain::{Brain, Forbidden, Specialist};
use ponte_core::fold::{fold, has_words};

/// The turn's texts, ready to be compared.
#[derive(Clone, Debug)]
pub struct Said {
    folded: Vec<String>,
}

impl Said {
    #[must_use]
    pub fn new(texts: &[String]) -> Said {
        Said {
            folded: texts.iter().map(|text| fold(text)).collect(),
        }
    }

    /// Whether one of these stands in one of the texts.
    #[must_use]
    pub fn has_any<'w>(&self, words: impl IntoIterator<Item = &'w String>) -> Option<&'w str> {
        words.into_iter().find_map(|word| {
            let wanted = fold(word);
            let found =
                !wanted.is_empty() && self.folded.iter().any(|text| has_words(text, &wanted));
            found.then_some(word.as_str())
        })
    }
}

/// The forbidden matter that is touched.
#[must_use]
pub fn forbidden<'b>(brain: &'b Brain, said: &Said) -> Option<&'b Forbidden> {
    let own = |held: &&Forbidden| said.has_any(&held.words).is_some();
    brain.forbidden.iter().find(own)
}

/// The critical words that were said.
#[must_use]
pub fn critical<'b>(brain: &'b Brain, said: &Said) -> Option<&'b str> {
    said.has_any(&brain.critical)
}

/// The specialist that is better at it, where words say so.
#[must_use]
pub fn specialist<'b>(brain: &'b Brain, said: &Said) -> Option<&'b Specialist> {
    let own = |held: &&Specialist| said.has_any(&held.words).is_some();
    brain.specialists.iter().find(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::ids::AssistantId;
    use uuid::Uuid;

    fn brain() -> Brain {
        let sales = Specialist {
            assistant: AssistantId(Uuid::from_u128(7)),
            name: "vendas".into(),
            about: String::new(),
            words: vec!["orçamento".into(), "comprar".into()],
        };
        Brain {
            forbidden: vec![
                Forbidden {
                    subject: "política".into(),
                    words: vec!["eleição".into(), "presidente".into()],
                    say: "Não falo de política.".into(),
                },
                Forbidden::default(),
            ],
            critical: vec!["alergia".into(), "passando mal".into(), " ".into()],
            specialists: vec![sales],
            ..Brain::default()
        }
    }

    #[test]
    fn words_are_found_as_people_type_them() {
        let brain = brain();
        let said = |text: &str| Said::new(&[text.to_owned()]);
        let table = [
            ("em quem vc vota na ELEICAO?", Some("política")),
            ("quem é o presidente", Some("política")),
            ("reeleição não é com espaço", None),
            ("tem pão?", None),
        ];
        for (text, wanted) in table {
            let found = forbidden(&brain, &said(text)).map(|held| held.subject.as_str());
            assert_eq!(found, wanted, "{text}");
        }
        assert_eq!(
            critical(&brain, &said("minha filha tem ALERGIA")),
            Some("alergia")
        );
        assert_eq!(
            critical(&brain, &said("to passando mal")),
            Some("passando mal")
        );
        assert_eq!(critical(&brain, &said("")), None);
        let found = specialist(&brain, &said("quero um orcamento")).map(|held| held.name.as_str());
        assert_eq!(found, Some("vendas"));
        assert!(specialist(&brain, &said("oi")).is_none());
    }

    #[test]
    fn every_text_of_the_turn_counts() {
        let said = Said::new(&["oi".into(), "minha alergia voltou".into()]);
        assert_eq!(critical(&brain(), &said), Some("alergia"));
    }
}
