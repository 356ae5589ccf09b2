//! Reads a question as search sees it: the words that count, what they may stand for, and their weight.
//!
//! In: a question as somebody typed it. Out: terms with stems that the index has (for a word it doesn't
//! have, those of words spelt alike), pairs of neighbours, groups of letters. Short forms of messengers
//! are written out, and a few subjects every shop is asked about bring their other words along, weighing
//! little. Absent on purpose: what kind of answer is wanted (`kind.rs`) and passages (`rank.rs`).

use super::content::content_words;
use super::fast::FastMap;
use super::index::{Index, pair_key};
use super::vocabulary::{ALIKE_CHARS_MIN, each_group, stem_hash_of};

/// Words of a question that count; people who paste more are asked about its beginning.
const TERMS_MAX: usize = 48;

/// Words spelt alike that stand in for one that no passage has.
const ALIKE_MAX: usize = 3;

/// What a word spelt alike weighs beside the word itself.
const ALIKE_WEIGHT: f32 = 0.75;

/// What the other words of a subject weigh.
const SUBJECT_WEIGHT: f32 = 0.4;

/// A question, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) terms: Vec<Term>,
    /// Keys of neighbouring stems and their weight.
    pub(super) pairs: Vec<(u32, f32)>,
    /// Letter groups and their weight.
    pub(super) groups: Vec<(u32, f32)>,
}

/// A word of the question.
#[derive(Clone, Debug)]
pub(super) struct Term {
    pub(super) word: String,
    /// Heavy and light stems that count as this word, and how much.
    pub(super) heavy: Vec<(u32, f32)>,
    pub(super) light: Vec<(u32, f32)>,
    /// How rare the word is, by its heavy and its light stem.
    pub(super) idf: f32,
    pub(super) light_idf: f32,
    /// How much it counts: more for a word said twice, little for a word that only the subject brings.
    pub(super) weight: f32,
    /// The term that brought it along, where the customer did not say it.
    pub(super) of: Option<usize>,
}

impl Asked {
    pub(super) fn of(index: &Index, question: &str) -> Asked {
        let mut words = content_words(question, TERMS_MAX);
        for word in &mut words {
            if let Some((_, long)) = SHORT.iter().find(|(short, _)| short == word) {
                *word = (*long).to_string();
            }
        }
        let mut terms: Vec<Term> = Vec::new();
        for word in &words {
            match terms.iter_mut().find(|term| term.word == *word) {
                Some(term) => term.weight += 1.0,
                None => terms.push(term(index, word, None)),
            }
        }
        for (word, trigger) in companions(&words) {
            let of = terms.iter().position(|term| term.word == words[trigger]);
            let mut term = term(index, word, of);
            term.weight = SUBJECT_WEIGHT;
            if !term.heavy.is_empty() {
                terms.push(term);
            }
        }
        Asked {
            pairs: pairs(index, &words),
            groups: groups(index, &words),
            terms,
        }
    }
}

impl Asked {
    /// The share of the question's information that a text has, 0 to 1, where `has` tells of each term
    /// whether the text has it. A word that is not there itself counts less when its subject's words are.
    pub(super) fn coverage(&self, has: impl Fn(usize) -> bool) -> f32 {
        let (mut covered, mut whole) = (0.0, 0.0);
        for (at, term) in self
            .terms
            .iter()
            .enumerate()
            .filter(|(_, term)| term.of.is_none())
        {
            let tells = if is_generic(&term.word) {
                GENERIC_TELLS
            } else {
                1.0
            };
            let weight = term.idf * tells;
            let subject = || {
                (0..self.terms.len()).any(|other| self.terms[other].of == Some(at) && has(other))
            };
            whole += weight;
            if has(at) {
                covered += weight;
            } else if subject() {
                covered += weight * SUBJECT_COVERS;
            }
        }
        if whole > 0.0 { covered / whole } else { 0.0 }
    }

    /// 1 where the text has the question's most telling word, a part where it has its subject's words.
    pub(super) fn rarest_of(&self, has: impl Fn(usize) -> bool) -> f32 {
        let said = || (0..self.terms.len()).filter(|at| self.terms[*at].of.is_none());
        let telling = said().filter(|at| !is_generic(&self.terms[*at].word));
        let rarest = telling.max_by(|a, b| self.terms[*a].idf.total_cmp(&self.terms[*b].idf));
        let Some(rarest) = rarest else {
            return 0.0;
        };
        let subject =
            || (0..self.terms.len()).any(|at| self.terms[at].of == Some(rarest) && has(at));
        if has(rarest) {
            1.0
        } else if subject() {
            SUBJECT_COVERS
        } else {
            0.0
        }
    }

    /// How many telling words the question has, up to three, as a share.
    pub(super) fn told(&self) -> f32 {
        let said = self.terms.iter().filter(|term| term.of.is_none());
        let telling = said.filter(|term| !is_generic(&term.word)).take(3).count();
        telling as f32 / 3.0
    }
}

/// How much a generic word counts for coverage.
const GENERIC_TELLS: f32 = 0.15;

/// What a generic word weighs when passages are ranked.
const GENERIC_WEIGHT: f32 = 0.5;

/// How much of a word its subject's words cover.
const SUBJECT_COVERS: f32 = 0.7;

fn term(index: &Index, word: &str, of: Option<usize>) -> Term {
    let heavy_of = |stem: u32| {
        index
            .postings
            .get(stem as usize)
            .map_or(0, |list| list.live)
    };
    let light_of = |stem: u32| index.light_counts.get(stem as usize).copied().unwrap_or(0);
    let mut heavy: Vec<(u32, f32)> = index
        .words
        .find_heavy(word)
        .filter(|stem| heavy_of(*stem) > 0)
        .map(|stem| (stem, 1.0))
        .into_iter()
        .collect();
    let mut light: Vec<(u32, f32)> = index
        .words
        .find_light(word)
        .filter(|stem| light_of(*stem) > 0)
        .map(|stem| (stem, 1.0))
        .into_iter()
        .collect();
    if heavy.is_empty() && of.is_none() {
        for number in alike(index, word) {
            push_once(&mut heavy, index.words.heavy(number));
            push_once(&mut light, index.words.light(number));
        }
    }
    let passages = index.totals.passages;
    Term {
        word: word.to_string(),
        idf: idf(
            passages,
            heavy.iter().map(|(stem, _)| heavy_of(*stem)).max(),
        ),
        light_idf: idf(
            passages,
            light.iter().map(|(stem, _)| light_of(*stem)).max(),
        ),
        heavy,
        light,
        weight: if is_generic(word) {
            GENERIC_WEIGHT
        } else {
            1.0
        },
        of,
    }
}

fn push_once(stems: &mut Vec<(u32, f32)>, stem: u32) {
    if stems.iter().all(|(known, _)| *known != stem) {
        stems.push((stem, ALIKE_WEIGHT));
    }
}

/// How much a word that so many passages have tells.
pub(super) fn idf(passages: u32, having: Option<u32>) -> f32 {
    let all = passages as f32;
    let having = having.unwrap_or(0) as f32;
    (1.0 + (all - having + 0.5) / (having + 0.5)).ln()
}

/// The words of passages that are spelt most like this one, nearest first.
fn alike(index: &Index, word: &str) -> Vec<u32> {
    let letters: Vec<char> = word.chars().collect();
    if letters.len() < ALIKE_CHARS_MIN || word.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let allowed = if letters.len() < 8 { 1 } else { 2 };
    let mut near: Vec<(usize, std::cmp::Reverse<u32>, &str, u32)> = index
        .words
        .sharing(word, allowed)
        .into_iter()
        .filter_map(|number| {
            let having = index.word_counts.get(number as usize).copied()?;
            let other = index.words.text(number);
            let distance = (having > 0 && begins_alike(word, other))
                .then(|| edits(&letters, other, allowed))??;
            Some((distance, std::cmp::Reverse(having), other, number))
        })
        .collect();
    near.sort_unstable();
    let nearest = near.first().map_or(0, |(distance, ..)| *distance);
    near.into_iter()
        .take_while(|(distance, ..)| *distance == nearest)
        .take(ALIKE_MAX)
        .map(|(_, _, _, number)| number)
        .collect()
}

/// Nobody mistypes the first letter, but many leave out a silent h.
fn begins_alike(word: &str, other: &str) -> bool {
    let first = |word: &str| word.trim_start_matches('h').chars().next();
    first(word) == first(other)
}

/// How many letters must be changed, added, left out or swapped with their neighbour; `None` above the
/// limit.
fn edits(left: &[char], right: &str, allowed: usize) -> Option<usize> {
    let right: Vec<char> = right.chars().collect();
    if left.len().abs_diff(right.len()) > allowed {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for (row, letter) in left.iter().enumerate() {
        let mut line = vec![row + 1];
        for (column, other) in right.iter().enumerate() {
            let mut best = (above[column] + usize::from(letter != other))
                .min(above[column + 1] + 1)
                .min(line[column] + 1);
            let swapped =
                row > 0 && column > 0 && left[row - 1] == *other && right[column - 1] == *letter;
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            line.push(best);
        }
        before = std::mem::replace(&mut above, line);
    }
    above
        .last()
        .copied()
        .filter(|distance| *distance <= allowed)
}

fn pairs(index: &Index, words: &[String]) -> Vec<(u32, f32)> {
    let mut pairs: Vec<(u32, f32)> = Vec::new();
    for two in words.windows(2) {
        let key = pair_key(stem_hash_of(&two[0]), stem_hash_of(&two[1]));
        let having = index.pair_counts.get(&key).copied().unwrap_or(0);
        if having > 0 && pairs.iter().all(|(known, _)| *known != key) {
            pairs.push((key, idf(index.totals.passages, Some(having))));
        }
    }
    pairs
}

fn groups(index: &Index, words: &[String]) -> Vec<(u32, f32)> {
    let mut at: FastMap<u32, usize> = FastMap::default();
    let mut groups: Vec<(u32, f32)> = Vec::new();
    for word in words {
        each_group(word, |group| {
            let Some(number) = index.words.find_group(group) else {
                return;
            };
            let having = index
                .group_counts
                .get(number as usize)
                .copied()
                .unwrap_or(0);
            if having == 0 {
                return;
            }
            let idf = idf(index.totals.passages, Some(having));
            match at.get(&number) {
                Some(known) => groups[*known].1 += idf,
                None => {
                    at.insert(number, groups.len());
                    groups.push((number, idf));
                }
            }
        });
    }
    groups
}

/// The other words of the subjects that a question names, each once, with the place of the word that names
/// the subject.
fn companions(words: &[String]) -> Vec<(&'static str, usize)> {
    let mut more: Vec<(&'static str, usize)> = Vec::new();
    for (triggers, others) in SUBJECTS {
        let trigger = words
            .iter()
            .position(|word| triggers.contains(&word.as_str()));
        for other in others.iter().filter(|_| trigger.is_some()) {
            let known = more.iter().any(|(word, _)| word == other);
            if !known && words.iter().all(|word| word != other) {
                more.extend(trigger.map(|trigger| (*other, trigger)));
            }
        }
    }
    more
}

/// Words that say how somebody asks rather than what about. They help to find, and their absence from a
/// passage is no sign that it doesn't answer.
pub(super) fn is_generic(word: &str) -> bool {
    GENERIC.contains(&word)
}

#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "acontece", "agora", "ajuda", "ajudar", "algo", "boa", "bom", "cade", "consigo", "da", "dar", "dia", "diz", "faz",
    "favor", "fazem", "fala", "ficar", "gostaria", "hoje", "horas", "hora", "informa", "informar", "mais", "manda",
    "mandar", "noite", "pode", "podem", "posso", "preciso", "precisa", "quanto", "queria", "quero", "saber", "sabe",
    "ta", "tarde", "tempo", "tudo", "vende", "vendem", "ver", "agente", "gente", "pessoal", "existe", "ha", "tao",
    "aceita", "aceitam", "fico", "passa", "please", "need", "want", "know", "get", "quiero", "puedo", "tienen",
    "custa", "qto", "loja", "aqui", "la", "ali", "meu", "minha", "obrigado", "obrigada", "demora", "qual", "time",
    "fica", "ficam", "sell", "compra", "comprar", "moco", "moca", "amigo", "tel", "caso", "voces",
];

/// What people write in messengers, and what it stands for.
const SHORT: &[(&str, &str)] = &[
    ("bj", "beijo"),
    ("cel", "celular"),
    ("end", "endereco"),
    ("enderec", "endereco"),
    ("fds", "fim"),
    ("fone", "telefone"),
    ("hj", "hoje"),
    ("hr", "hora"),
    ("hrs", "horas"),
    ("hs", "horas"),
    ("insta", "instagram"),
    ("msg", "mensagem"),
    ("n", "nao"),
    ("naum", "nao"),
    ("ñ", "nao"),
    ("nf", "nota"),
    ("obg", "obrigado"),
    ("pagto", "pagamento"),
    ("pgto", "pagamento"),
    ("tel", "telefone"),
    ("vlr", "valor"),
    ("whats", "whatsapp"),
    ("wpp", "whatsapp"),
    ("zap", "whatsapp"),
];

/// Subjects that every shop is asked about: the words that name one, and the words that texts about it
/// use. The words are folded; a word that no passage has is left out.
#[rustfmt::skip]
const SUBJECTS: &[(&[&str], &[&str])] = &[
    (&["abre", "abrem", "abrir", "aberto", "aberta", "abertos", "fecha", "fecham", "fechado", "atende", "atendem", "funciona", "funcionam", "expediente"],
     &["horario", "funcionamento", "atendimento", "aberto", "fecha"]),
    (&["preco", "precos", "custa", "custam", "valor", "valores", "caro", "barato"], &["preco", "valor", "custa"]),
    (&["frete", "entrega", "entregam", "entregar", "entregas", "envia", "enviam", "envio", "motoboy", "delivery"], &["entrega", "frete", "envio"]),
    (&["pagar", "pagamento", "pago", "pix", "cartao", "boleto", "dinheiro", "debito", "credito"], &["pagamento"]),
    (&["parcela", "parcelar", "parcelam", "parcelado", "vezes", "juros"], &["parcela", "juros", "vezes"]),
    (&["troca", "trocar", "trocas", "devolver", "devolucao", "arrependi", "reembolso", "estorno"], &["troca", "devolucao"]),
    (&["defeito", "quebrado", "quebrou", "estragado", "estragou"], &["defeito", "garantia", "troca"]),
    (&["fica", "ficam", "endereco", "localizacao", "localizado", "chegar"], &["endereco", "rua", "avenida", "bairro", "cep", "fica"]),
    (&["estacionar", "carro"], &["estacionamento"]),
    (&["bh"], &["belo", "horizonte"]),
    (&["sp"], &["paulo"]),
    (&["rj"], &["rio", "janeiro"]),
    (&["open", "close", "closed", "hours"], &["hours", "open"]),
    (&["price", "cost", "costs", "cheap", "expensive"], &["price", "cost"]),
    (&["refund", "return", "exchange"], &["return", "refund", "exchange"]),
    (&["ship", "shipping", "deliver", "delivery"], &["shipping", "delivery"]),
    (&["abren", "cierran", "cierra", "abierto"], &["horario", "atencion"]),
    (&["precio", "cuesta", "cuestan"], &["precio", "costo"]),
    (&["envian", "entregan", "envios"], &["envio", "entrega"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(left: &str, right: &str) -> Option<usize> {
        edits(&left.chars().collect::<Vec<_>>(), right, 2)
    }

    #[test]
    fn edits_count_letters_and_swaps() {
        assert_eq!(distance("entrega", "entrega"), Some(0));
        assert_eq!(distance("entrga", "entrega"), Some(1));
        assert_eq!(distance("etnrega", "entrega"), Some(1));
        assert_eq!(distance("entregaa", "entrega"), Some(1));
        assert_eq!(distance("emtrga", "entrega"), Some(2));
        assert_eq!(distance("cadeira", "entrega"), None);
        assert_eq!(distance("", "ab"), Some(2));
    }

    #[test]
    fn first_letters_are_typed_right() {
        assert!(begins_alike("orario", "horario") && begins_alike("entrga", "entrega"));
        assert!(!begins_alike("carro", "barro"));
    }

    #[test]
    fn a_rarer_word_tells_more() {
        assert!(idf(100, Some(1)) > idf(100, Some(50)));
        assert!(idf(100, Some(100)) > 0.0);
        assert!(idf(0, None) > 0.0);
    }

    #[test]
    fn subjects_bring_words_that_were_not_said() {
        let words = vec![
            "loja".to_string(),
            "abrem".to_string(),
            "horario".to_string(),
        ];
        let more = companions(&words);
        assert!(more.contains(&("funcionamento", 1)), "{more:?}");
        assert!(more.iter().all(|(word, _)| *word != "horario"), "{more:?}");
        assert!(companions(&["pedra".to_string()]).is_empty());
    }
}
