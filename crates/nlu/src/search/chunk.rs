//! Cuts documents into passages: whole paragraphs and sentences where they fit, table rows never apart.
//!
//! In: the sections of a document in order, each with the headings above it. Out: chunks with ids made
//! of their content, so that reading a document again changes only what changed. Absent on purpose:
//! file formats (`ponte-reader`) and scores (`index.rs`).

use super::sentence::sentences;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The name of a passage: 128 bits, written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct ChunkId(pub u128);

/// A part of a document, in reading order.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// The headings above it, outermost first.
    pub heading: &'a [String],
    /// Prose, or a table: the header in the first line, one row a line, cells set apart by tabs.
    pub text: &'a str,
    pub table: bool,
}

/// How passages are cut, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where a passage is full.
    pub max_chars: usize,
    /// How much of the passage before is repeated, in whole sentences; 0 for none.
    pub overlap_chars: usize,
}

/// A passage as it is stored and searched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    pub id: ChunkId,
    /// The section that its first character comes from, as a position in what was given.
    pub section: usize,
    pub heading: Vec<String>,
    /// Table rows are written out: `Produto: Caneca; Preço: R$ 30`.
    pub text: String,
}

/// Cuts a document. The key (the source's id, say) keeps equal texts of two documents apart.
#[must_use]
pub fn cut(key: &str, sections: &[Section<'_>], settings: &Settings) -> Vec<Chunk> {
    let max = settings.max_chars.clamp(MAX_CHARS_MIN, MAX_CHARS_MAX);
    let overlap = settings.overlap_chars.min(max / 2);
    let mut chunks: Vec<Chunk> = Vec::new();
    let mut same: BTreeMap<u128, u32> = BTreeMap::new();
    let mut open = Open::default();
    for (at, section) in sections.iter().enumerate() {
        let follows = open.heading == section.heading;
        if !(follows && open.joins(section, max)) {
            open.close(key, &mut same, &mut chunks);
            open.begin(at, section.heading);
        }
        for piece in pieces(section, max) {
            if open.chars > 0 && open.chars + piece.chars + 2 > max {
                let carried = open.tail(overlap);
                open.close(key, &mut same, &mut chunks);
                open.begin(at, section.heading);
                if open.fits(&carried, &piece, max) {
                    open.push(&carried, "");
                }
            }
            open.push(&piece.text, piece.before);
        }
    }
    open.close(key, &mut same, &mut chunks);
    chunks
}

/// A passage shorter than this answers nothing.
const MAX_CHARS_MIN: usize = 80;

/// A longer one is no passage: models and people want the part that answers.
const MAX_CHARS_MAX: usize = 20_000;

/// What is never cut again: a paragraph, a sentence of a long paragraph, a row, a part of a long sentence.
struct Piece {
    text: String,
    chars: usize,
    /// What sets it apart from the piece before it in the same passage.
    before: &'static str,
}

/// The passage that is being filled.
#[derive(Default)]
struct Open {
    section: usize,
    heading: Vec<String>,
    text: String,
    chars: usize,
}

impl Open {
    fn begin(&mut self, section: usize, heading: &[String]) {
        self.section = section;
        self.heading = heading.to_vec();
    }

    /// Whether a section of the same heading goes on in the same passage as a whole.
    fn joins(&self, section: &Section<'_>, max: usize) -> bool {
        self.chars > 0 && self.chars + section.text.chars().count() + 2 <= max
    }

    fn push(&mut self, text: &str, before: &str) {
        if self.chars > 0 {
            self.text.push_str(before);
            self.chars += before.chars().count();
        }
        self.text.push_str(text);
        self.chars += text.chars().count();
    }

    fn fits(&self, carried: &str, piece: &Piece, max: usize) -> bool {
        !carried.is_empty() && carried.chars().count() + piece.chars + 2 <= max
    }

    /// The last whole sentences, at most so many characters.
    fn tail(&self, overlap: usize) -> String {
        let mut tail = String::new();
        if overlap == 0 {
            return tail;
        }
        for (from, to) in sentences(&self.text).into_iter().rev() {
            let sentence = self.text[from..to].trim();
            if tail.chars().count() + sentence.chars().count() + 1 > overlap {
                break;
            }
            tail = if tail.is_empty() {
                sentence.to_string()
            } else {
                format!("{sentence} {tail}")
            };
        }
        tail
    }

    fn close(&mut self, key: &str, same: &mut BTreeMap<u128, u32>, chunks: &mut Vec<Chunk>) {
        let text = std::mem::take(&mut self.text);
        self.chars = 0;
        if text.trim().is_empty() {
            return;
        }
        let base = content_hash(key, &self.heading, &text, 0);
        let times = same.entry(base).or_insert(0);
        let id = content_hash(key, &self.heading, &text, *times);
        *times += 1;
        chunks.push(Chunk {
            id: ChunkId(id),
            section: self.section,
            heading: self.heading.clone(),
            text,
        });
    }
}

/// FNV-1a with 128 bits, over parts that can't run into each other. The same text twice in a document
/// has two names, by its count.
fn content_hash(key: &str, heading: &[String], text: &str, times: u32) -> u128 {
    let mut hash = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d_u128;
    let mut add = |bytes: &[u8]| {
        for byte in (bytes.len() as u64).to_le_bytes().iter().chain(bytes) {
            hash =
                (hash ^ u128::from(*byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
        }
    };
    add(key.as_bytes());
    for part in heading {
        add(part.as_bytes());
    }
    add(text.as_bytes());
    add(&times.to_le_bytes());
    hash
}

fn pieces(section: &Section<'_>, max: usize) -> Vec<Piece> {
    if section.table {
        return rows(section.text)
            .into_iter()
            .flat_map(|row| short_parts(&row, max, "\n"))
            .collect();
    }
    let mut pieces = Vec::new();
    for paragraph in paragraphs(section.text) {
        if paragraph.chars().count() <= max {
            pieces.push(Piece::of(paragraph, "\n\n"));
            continue;
        }
        for (at, (from, to)) in sentences(paragraph).into_iter().enumerate() {
            let before = if at == 0 { "\n\n" } else { " " };
            pieces.extend(short_parts(paragraph[from..to].trim(), max, before));
        }
    }
    pieces
}

impl Piece {
    fn of(text: &str, before: &'static str) -> Piece {
        Piece {
            text: text.to_string(),
            chars: text.chars().count(),
            before,
        }
    }
}

/// Paragraphs are set apart by empty lines.
fn paragraphs(text: &str) -> Vec<&str> {
    let mut paragraphs = Vec::new();
    let mut from = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim().is_empty() {
            paragraphs.push(text[from..at].trim());
            from = at + line.len();
        }
        at += line.len();
    }
    paragraphs.push(text[from..].trim());
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// The rows of a table as sentences: each cell after the name of its column.
fn rows(text: &str) -> Vec<String> {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let Some(first) = lines.next() else {
        return Vec::new();
    };
    let header: Vec<&str> = first.split('\t').map(str::trim).collect();
    let rows: Vec<String> = lines
        .map(|line| {
            let cells = line.split('\t').map(str::trim).enumerate();
            let named = cells
                .filter(|(_, cell)| !cell.is_empty())
                .map(|(at, cell)| match header.get(at) {
                    Some(name) if !name.is_empty() => format!("{name}: {cell}"),
                    Some(_) | None => cell.to_string(),
                });
            named.collect::<Vec<_>>().join("; ")
        })
        .filter(|row| !row.is_empty())
        .collect();
    if rows.is_empty() {
        vec![header.join("; ")]
    } else {
        rows
    }
}

/// A text that fits, or its parts: cut between words where there are any.
fn short_parts(text: &str, max: usize, before: &'static str) -> Vec<Piece> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while rest.chars().count() > max {
        let end = rest
            .char_indices()
            .nth(max)
            .map_or(rest.len(), |(at, _)| at);
        let cut = match rest[..end].rfind(char::is_whitespace) {
            Some(space) if space > end / 2 => space,
            Some(_) | None => end,
        };
        let joint = if parts.is_empty() { before } else { " " };
        parts.push(Piece::of(rest[..cut].trim_end(), joint));
        rest = rest[cut..].trim_start();
    }
    if !rest.is_empty() {
        let joint = if parts.is_empty() { before } else { " " };
        parts.push(Piece::of(rest, joint));
    }
    parts
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            max_chars: 2_400,
            overlap_chars: 0,
        }
    }
}

impl fmt::Display for ChunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// What isn't 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a chunk id is 32 hexadecimal digits")]
pub struct NoChunkId;

impl FromStr for ChunkId {
    type Err = NoChunkId;

    fn from_str(text: &str) -> Result<ChunkId, NoChunkId> {
        let plain = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match u128::from_str_radix(text, 16) {
            Ok(number) if plain => Ok(ChunkId(number)),
            Ok(_) | Err(_) => Err(NoChunkId),
        }
    }
}

impl From<ChunkId> for String {
    fn from(id: ChunkId) -> String {
        id.to_string()
    }
}

impl TryFrom<String> for ChunkId {
    type Error = NoChunkId;

    fn try_from(text: String) -> Result<ChunkId, NoChunkId> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn prose(text: &str) -> Section<'_> {
        Section {
            heading: &[],
            text,
            table: false,
        }
    }

    fn texts(chunks: &[Chunk]) -> Vec<&str> {
        chunks.iter().map(|chunk| chunk.text.as_str()).collect()
    }

    fn settings(max_chars: usize, overlap_chars: usize) -> Settings {
        Settings {
            max_chars,
            overlap_chars,
        }
    }

    #[test]
    fn paragraphs_stay_whole_where_they_fit() {
        let (a, b) = ("a".repeat(60), "b".repeat(60));
        let text = format!("{a}\n\n{b}\n \ncurto");
        let chunks = cut("k", &[prose(&text)], &settings(100, 0));
        assert_eq!(texts(&chunks), [a.clone(), format!("{b}\n\ncurto")]);
    }

    #[test]
    fn long_paragraphs_are_cut_between_sentences() {
        let text = "O frete custa R$ 10,50 na cidade. Fora dela o Dr. Silva combina o valor. \
                    Entregamos de segunda a sexta. Sábado não há entrega nenhuma.";
        let chunks = cut("k", &[prose(text)], &settings(80, 0));
        assert!(chunks.len() > 1);
        for chunk in &chunks {
            assert!(chunk.text.ends_with('.') && chunk.text.chars().count() <= 80);
        }
    }

    #[test]
    fn sections_of_one_heading_share_a_passage_and_others_do_not() {
        let one = vec!["Loja".to_string()];
        let two = vec!["Loja".to_string(), "Trocas".to_string()];
        let section = |heading, text| Section {
            heading,
            text,
            table: false,
        };
        let chunks = cut(
            "k",
            &[
                section(&one, "um"),
                section(&one, "dois"),
                section(&two, "três"),
            ],
            &Settings::default(),
        );
        assert_eq!(texts(&chunks), ["um\n\ndois", "três"]);
        assert_eq!(chunks[1].heading, two);
        assert_eq!(chunks[1].section, 2);
    }

    #[test]
    fn rows_carry_their_header() {
        let table = Section {
            heading: &[],
            text: "Produto\tPreço\t\nCaneca\tR$ 30\tazul\nCopo\t\t",
            table: true,
        };
        let chunks = cut("k", &[table], &Settings::default());
        assert_eq!(
            texts(&chunks),
            ["Produto: Caneca; Preço: R$ 30; azul\nProduto: Copo"]
        );
        let many = format!("a\tb\n{}", "valor\toutro valor\n".repeat(50));
        for chunk in cut(
            "k",
            &[Section {
                text: &many,
                ..table
            }],
            &settings(100, 0),
        ) {
            assert!(
                chunk
                    .text
                    .lines()
                    .all(|row| row == "a: valor; b: outro valor")
            );
        }
    }

    #[test]
    fn a_change_touches_only_its_passage() {
        let text = |price: &str| {
            format!(
                "{}\n\n{}\n\nA caneca custa {price}.",
                "x".repeat(70),
                "y".repeat(70)
            )
        };
        let ids = |text: &str| -> Vec<ChunkId> {
            let chunks = cut("k", &[prose(text)], &settings(100, 0));
            chunks.iter().map(|chunk| chunk.id).collect()
        };
        let (old, new) = (ids(&text("R$ 30")), ids(&text("R$ 35")));
        assert_eq!(old.iter().filter(|id| !new.contains(id)).count(), 1);
        assert_eq!(old, ids(&text("R$ 30")));
        assert_ne!(
            cut("k", &[prose("a")], &Settings::default())[0].id,
            cut("other", &[prose("a")], &Settings::default())[0].id
        );
    }

    #[test]
    fn the_same_text_twice_has_two_names() {
        let heading = [
            vec!["A".to_string()],
            vec!["B".to_string()],
            vec!["A".to_string()],
        ];
        let sections: Vec<Section<'_>> = heading
            .iter()
            .map(|heading| Section {
                heading,
                text: "igual",
                table: false,
            })
            .collect();
        let mut ids: Vec<ChunkId> = cut("k", &sections, &Settings::default())
            .iter()
            .map(|chunk| chunk.id)
            .collect();
        assert_eq!(ids.len(), 3);
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 3);
    }

    #[test]
    fn overlap_repeats_whole_sentences() {
        let text = "Primeira frase com algumas palavras aqui. Segunda frase curta. \
                    Terceira frase com outras tantas palavras. Quarta frase para terminar.";
        let chunks = cut("k", &[prose(text)], &settings(90, 40));
        assert!(chunks.len() > 1);
        assert!(
            chunks[1].text.starts_with("Segunda frase curta."),
            "{chunks:?}"
        );
        assert!(chunks.iter().all(|chunk| chunk.text.chars().count() <= 90));
    }

    #[test]
    fn ids_are_written_and_read() {
        let id = ChunkId(0xab);
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        for bad in ["", "+0000000000000000000000000000001", "xyz", "00"] {
            assert_eq!(bad.parse::<ChunkId>(), Err(NoChunkId), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_passage_is_too_long(text in "(\\PC{0,30}[ .!?\n]){0,40}", max in 80usize..300) {
            let chunks = cut("k", &[prose(&text)], &settings(max, 0));
            let squeeze = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            let all: String = chunks.iter().map(|chunk| squeeze(&chunk.text)).collect();
            prop_assert_eq!(all, squeeze(&text));
            prop_assert!(chunks.iter().all(|chunk| chunk.text.chars().count() <= max));
        }
    }
}
