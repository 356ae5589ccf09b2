//! Judges whether an answer that a model wrote stands in the passages it was given.
//!
//! In: the answer and the passages' texts. Out: a score and the parts without support. Numbers, prices,
//! dates, times, codes and addresses of the net are strict: one that is in no passage is reported
//! whatever the words say. Absent on purpose: what happens then (the router's guardrails decide).

use super::asked::is_generic;
use super::sentence::sentences;
use super::stem;
use super::stop::is_stop;
use super::strict::{Fact, FactKind, facts};
use super::words::words;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How much of an answer its passages support.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Support {
    /// 0 to 1: the share of the answer's content that the passages have; 0 where a strict part fails.
    pub score: f32,
    /// What has no support, word for word, in the answer's order.
    pub unsupported: Vec<Unsupported>,
}

/// A part of an answer that no passage has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    pub kind: Part,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A number, price, date, time or percentage.
    Number,
    /// An e-mail address or a link.
    Link,
    /// A word that looks like a name.
    Name,
    /// A sentence whose words are mostly not in the passages.
    Sentence,
}

/// The score from which an answer counts as supported.
pub const SUPPORTED: f32 = 0.6;

/// A sentence of which less stands in the passages is reported.
const SENTENCE_MIN: f32 = 0.5;

/// Longer answers are judged by their beginning; no message is that long.
const WORDS_MAX: usize = 4_000;

/// Judges an answer against passages. An answer without content ("Olá!") is supported.
#[must_use]
pub fn supported(answer: &str, passages: &[&str]) -> Support {
    let given = Given::of(passages);
    let mut unsupported = strict_parts(answer, &given);
    let strict = !unsupported.is_empty();
    unsupported.extend(names(answer, &given));
    let named = unsupported.len() > usize::from(strict)
        && unsupported.iter().any(|part| part.kind == Part::Name);
    let (mut covered, mut whole) = (0usize, 0usize);
    for (from, to) in sentences(answer) {
        let sentence = &answer[from..to];
        let (own, all) = given.share(sentence);
        covered += own;
        whole += all;
        let share = if all == 0 {
            1.0
        } else {
            own as f32 / all as f32
        };
        if share < SENTENCE_MIN || given.says_the_contrary(sentence) {
            covered -= own;
            unsupported.push(Unsupported {
                kind: Part::Sentence,
                text: sentence.to_string(),
            });
        }
    }
    let share = if whole == 0 {
        1.0
    } else {
        covered as f32 / whole as f32
    };
    Support {
        score: match (strict, named) {
            (true, _) => 0.0,
            (false, true) => share.min(SUPPORTED - 0.1),
            (false, false) => share,
        },
        unsupported,
    }
}

/// What the passages say, to be asked many times.
struct Given {
    facts: Vec<Fact>,
    stems: BTreeSet<String>,
    words: BTreeSet<String>,
    sentences: Vec<Said>,
}

/// A sentence of a passage.
struct Said {
    stems: BTreeSet<String>,
    denies: bool,
}

impl Given {
    fn of(passages: &[&str]) -> Given {
        let mut given = Given {
            facts: Vec::new(),
            stems: BTreeSet::new(),
            words: BTreeSet::new(),
            sentences: Vec::new(),
        };
        for passage in passages {
            given.facts.extend(facts(passage));
            for word in words(passage, WORDS_MAX) {
                given.stems.insert(stem::heavy(&word.folded));
                given.stems.insert(stem::light(&word.folded));
                given.words.insert(word.folded);
            }
            for (from, to) in sentences(passage) {
                let sentence = &passage[from..to];
                given.sentences.push(Said {
                    stems: telling(sentence)
                        .iter()
                        .map(|word| stem::heavy(word))
                        .collect(),
                    denies: denies(sentence),
                });
            }
        }
        given
    }

    fn has_word(&self, word: &str) -> bool {
        self.words.contains(word)
            || self.stems.contains(&stem::heavy(word))
            || self.stems.contains(&stem::light(word))
    }

    fn has_fact(&self, wanted: &Fact) -> bool {
        self.facts.iter().any(|fact| {
            let unit = wanted.unit.is_empty() || fact.unit.is_empty() || wanted.unit == fact.unit;
            // "Das 9 às 18h": the first hour has no mark.
            let bare = |a: &Fact, b: &Fact| {
                a.kind == FactKind::Time
                    && b.kind == FactKind::Number
                    && b.unit.is_empty()
                    && b.value
                        .parse::<u32>()
                        .is_ok_and(|hour| a.value == (hour * 60).to_string())
            };
            fact.kind == wanted.kind && fact.value == wanted.value && unit
                || bare(fact, wanted)
                || bare(wanted, fact)
        })
    }

    /// How many of a sentence's telling words the passages have, of how many.
    fn share(&self, sentence: &str) -> (usize, usize) {
        let all = telling(sentence);
        let own = all.iter().filter(|word| self.has_word(word)).count();
        (own, all.len())
    }

    /// Whether the only sentences that have everything a sentence says say no where it says yes, or the
    /// other way round.
    fn says_the_contrary(&self, sentence: &str) -> bool {
        let stems: Vec<String> = telling(sentence)
            .iter()
            .map(|word| stem::heavy(word))
            .collect();
        if stems.is_empty() {
            return false;
        }
        let denies = denies(sentence);
        let mut same = self
            .sentences
            .iter()
            .filter(|said| stems.iter().all(|stem| said.stems.contains(stem)))
            .peekable();
        same.peek().is_some() && same.all(|said| said.denies != denies)
    }
}

fn strict_parts(answer: &str, given: &Given) -> Vec<Unsupported> {
    facts(answer)
        .iter()
        .filter(|fact| !given.has_fact(fact))
        .map(|fact| Unsupported {
            kind: match fact.kind {
                FactKind::Link => Part::Link,
                FactKind::Money
                | FactKind::Percent
                | FactKind::Time
                | FactKind::Number
                | FactKind::Code => Part::Number,
            },
            text: answer[fact.from..fact.to].to_string(),
        })
        .collect()
}

/// Words with a capital letter inside a sentence that no passage has.
fn names(answer: &str, given: &Given) -> Vec<Unsupported> {
    let mut names = Vec::new();
    for (from, to) in sentences(answer) {
        let sentence = &answer[from..to];
        for word in words(sentence, WORDS_MAX).iter().skip(1) {
            let text = &sentence[word.from..word.to];
            let before = sentence[..word.from].trim_end();
            let begins =
                before.is_empty() || before.ends_with([':', '.', '!', '?', '\n', '*', '-', '"']);
            let capital = text.starts_with(char::is_uppercase) && text.chars().count() > 2;
            let digits = text.bytes().any(|byte| byte.is_ascii_digit());
            let known =
                given.has_word(&word.folded) || is_stop(&word.folded) || is_filler(&word.folded);
            if capital && !begins && !digits && !known {
                names.push(Unsupported {
                    kind: Part::Name,
                    text: text.to_string(),
                });
            }
        }
    }
    names
}

/// The words of a sentence that say something about the shop rather than about the talk.
fn telling(sentence: &str) -> Vec<String> {
    words(sentence, WORDS_MAX)
        .into_iter()
        .map(|word| word.folded)
        .filter(|word| {
            !is_stop(word)
                && !is_generic(word)
                && !is_filler(word)
                && !DENIALS.contains(&word.as_str())
        })
        .filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()))
        .collect()
}

fn denies(sentence: &str) -> bool {
    words(sentence, WORDS_MAX)
        .iter()
        .any(|word| DENIALS.contains(&word.folded.as_str()))
}

const DENIALS: &[&str] = &[
    "nao", "nunca", "nem", "not", "never", "no", "cannot", "don", "doesn", "isn", "tampouco",
    "jamais",
];

/// What polite answers are made of besides facts.
fn is_filler(word: &str) -> bool {
    FILLER.contains(&word)
}

#[rustfmt::skip]
const FILLER: &[&str] = &[
    "ola", "oi", "sim", "claro", "certo", "perfeito", "otimo", "legal", "prazer", "disposicao", "duvida", "duvidas", "pergunta",
    "perguntas", "avise", "chame", "conte", "conosco", "bem", "vindo", "vinda", "espero", "disponivel", "respeito", "conforme", "segundo",
    "nossa", "nosso", "nossas", "nossos", "voce", "voces", "nos", "basta", "possivel", "caso", "entao", "alem", "disso", "ainda",
    "tambem", "aqui", "esta", "estamos", "temos", "tem", "ser", "informacao", "informacoes", "confirmar", "verificar", "exatamente",
    "hello", "hi", "yes", "sure", "thanks", "thank", "welcome", "happy", "help", "question", "questions", "hola", "gracias",
    "use", "usar", "ganhe", "aproveite", "acesse", "ligue", "escreva", "envie", "fale", "veja", "entre", "contato", "procure", "visite",
    "garanta", "peca", "faca", "verdade", "lembre", "lembrando", "importante", "observacao", "resumo", "assistente", "virtual",
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHOP: &[&str] = &[
        "Abrimos de segunda a sexta, das 9h às 18h30. Domingos a loja fica fechada.",
        "Aceitamos Pix, cartões Visa e Elo e boleto. Não aceitamos cheque.",
        "A entrega em Belo Horizonte custa R$ 14,90 e leva até 2 dias úteis. Parcelamos em até 6 vezes.",
        "Fale com contato@casagirassol.com.br ou (31) 3222-4545. O cupom BEMVINDO10 dá 10% na primeira compra.",
    ];

    #[test]
    fn what_stands_in_the_passages_is_supported() {
        for answer in [
            "Olá! Abrimos de segunda a sexta, das 9:00 às 18:30. 😊",
            "A entrega em BH leva 2 dias e custa R$14,90."
                .replace("BH", "Belo Horizonte")
                .as_str(),
            "Sim, aceitamos Pix e cartão Visa! Posso ajudar em algo mais?",
            "Não aceitamos cheque.",
            "Você pode parcelar em 6x.",
            "1. Escreva para contato@casagirassol.com.br\n2. Ou ligue: (31) 3222-4545",
            "Use o cupom BEMVINDO10 e ganhe 10% de desconto na primeira compra.",
            "Olá!",
            "",
            "Aos domingos a loja fica fechada.",
        ] {
            let support = supported(answer, SHOP);
            assert!(support.score >= SUPPORTED, "{answer}: {support:?}");
        }
    }

    #[test]
    fn a_wrong_fact_is_found_whatever_the_words_say() {
        for (answer, part, kind) in [
            (
                "A entrega em Belo Horizonte custa R$ 19,90.",
                "19,90",
                Part::Number,
            ),
            (
                "Abrimos de segunda a sexta, das 8h às 18h30.",
                "8h",
                Part::Number,
            ),
            ("Parcelamos em até 10 vezes.", "10", Part::Number),
            ("Parcelamos em até 2 vezes.", "2", Part::Number),
            ("A entrega leva 14,90 dias úteis.", "14,90", Part::Number),
            (
                "O cupom BEMVINDO20 vale na primeira compra.",
                "BEMVINDO20",
                Part::Number,
            ),
            (
                "O cupom BEMVINDO10 dá 15% na primeira compra.",
                "15%",
                Part::Number,
            ),
            (
                "Fale com vendas@casagirassol.com.br.",
                "vendas@casagirassol.com.br",
                Part::Link,
            ),
            (
                "Veja em casagirassol.shop/www ou www.girassol.com",
                "www.girassol.com",
                Part::Link,
            ),
            ("Ligue (31) 3222-4546.", "3222-4546", Part::Number),
        ] {
            let support = supported(answer, SHOP);
            assert_eq!(support.score, 0.0, "{answer}");
            assert!(
                support
                    .unsupported
                    .iter()
                    .any(|one| one.kind == kind && one.text.contains(part)),
                "{answer}: {support:?}"
            );
        }
    }

    #[test]
    fn a_no_is_not_a_yes() {
        for answer in [
            "Aceitamos cheque.",
            "Sim, aceitamos cheque!",
            "Não aceitamos Pix.",
            "A loja não fica fechada domingos.",
        ] {
            let support = supported(answer, SHOP);
            assert!(support.score < SUPPORTED, "{answer}: {support:?}");
        }
    }

    #[test]
    fn made_up_sentences_and_names_are_reported() {
        let support = supported(
            "Abrimos de segunda a sexta. Oferecemos massagem relaxante gratuita no spa.",
            SHOP,
        );
        assert_eq!(support.unsupported.len(), 1, "{support:?}");
        assert_eq!(support.unsupported[0].kind, Part::Sentence);
        let support = supported("Aceitamos cartões Visa e Mastercard.", SHOP);
        assert!(
            support
                .unsupported
                .iter()
                .any(|one| one.text == "Mastercard"),
            "{support:?}"
        );
        assert!(support.score < SUPPORTED);
    }

    #[test]
    fn without_passages_only_talk_is_supported() {
        assert_eq!(supported("Olá! Tudo bem?", &[]).score, 1.0);
        assert!(supported("A entrega é grátis.", &[]).score < SUPPORTED);
    }

    proptest! {
        #[test]
        fn a_passage_supports_its_own_sentences(which in 0usize..4) {
            for (from, to) in sentences(SHOP[which]) {
                let support = supported(&SHOP[which][from..to], SHOP);
                prop_assert!(support.score >= 0.99, "{:?}", support);
            }
        }

        #[test]
        fn a_price_that_nobody_wrote_is_never_supported(reais in 1u32..5_000, cents in 0u32..100) {
            prop_assume!((reais, cents) != (14, 90));
            let answer = format!("A entrega custa R$ {reais},{cents:02}.");
            prop_assert_eq!(supported(&answer, SHOP).score, 0.0);
        }

        #[test]
        fn any_text_is_judged(answer in "\\PC{0,120}", passage in "\\PC{0,120}") {
            let support = supported(&answer, &[&passage]);
            prop_assert!((0.0..=1.0).contains(&support.score));
            for part in &support.unsupported {
                prop_assert!(answer.contains(&part.text));
            }
        }
    }
}
