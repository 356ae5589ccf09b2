//! Parts of a day: "de manhã", "à tarde", "tonight", "por la noche".
//!
//! In: a line and a place. Out: the part and the place after it. Greetings ("boa tarde") name no part.
//! Absent: which day; the parent joins them.

use crate::sense::tokens::Line;

/// A stretch of the day, in hours of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Dawn,
    Morning,
    Noon,
    Afternoon,
    Dusk,
    Evening,
}

impl Part {
    /// From and to, hours after midnight of its day.
    pub(super) fn hours(self) -> (u8, u8) {
        match self {
            Part::Dawn => (0, 6),
            Part::Morning => (6, 12),
            Part::Noon => (11, 14),
            Part::Afternoon => (12, 18),
            Part::Dusk => (16, 19),
            Part::Evening => (18, 24),
        }
    }
}

fn named(word: &str) -> Option<Part> {
    Some(match word {
        "madrugada" | "dawn" => Part::Dawn,
        "manha" | "manhazinha" | "morning" | "manana" => Part::Morning,
        "almoco" | "lunch" => Part::Noon,
        "tarde" | "tardinha" | "tardezinha" | "afternoon" => Part::Afternoon,
        "noite" | "noitinha" | "evening" | "night" | "noche" => Part::Evening,
        _ => return None,
    })
}

/// `anchored`: a day or time stands beside it, so that a bare word is enough.
pub(super) fn read(line: &Line<'_>, i: usize, anchored: bool) -> Option<(Part, usize)> {
    if line.word(i) == "tonight" {
        return Some((Part::Evening, i + 1));
    }
    let dusk = line.is(i, &["fim", "final", "finzinho", "comeco"])
        && line.is(i + 1, &["da", "de"])
        && line.word(i + 2) == "tarde";
    if dusk {
        let part = if line.word(i) == "comeco" {
            Part::Afternoon
        } else {
            Part::Dusk
        };
        return Some((part, i + 3));
    }
    if anchored && line.is(i, &["cedo", "cedinho", "early"]) {
        return Some((Part::Morning, i + 1));
    }
    let lead = lead(line, i, anchored)?;
    let part = named(line.word(lead))?;
    // "manhã" of "amanhã de manhã"; but "da manhã seguinte" is another day.
    (!line.is(lead + 1, &["seguinte", "toda", "inteira"])).then_some((part, lead + 1))
}

/// The place of the word itself, behind what leads to it.
fn lead(line: &Line<'_>, i: usize, anchored: bool) -> Option<usize> {
    let greeting = line.is(i.wrapping_sub(1), &["boa", "buenas", "good", "bom", "toda"]);
    if greeting {
        return None;
    }
    match line.word(i) {
        "de" | "pela" | "durante" | "na" if line.word(i + 1) == "a" => Some(i + 2),
        "de" | "por" | "en" | "a" if line.word(i + 1) == "la" => Some(i + 2),
        "in" | "during" if line.word(i + 1) == "the" => Some(i + 2),
        "na" | "no" if line.word(i + 1) == "hora" => Some(i + 3),
        "de" | "pela" | "na" | "nessa" | "esta" | "essa" | "this" | "parte" => Some(i + 1),
        "no" if named(line.word(i + 1)) == Some(Part::Noon) => Some(i + 1),
        "da" if anchored => Some(i + 1),
        "at" if line.word(i + 1) == "night" => Some(i + 1),
        // "à noite"; "a noite foi boa" has an article.
        "a" => {
            let typed = line
                .tokens
                .get(i)
                .map_or("", |t| &line.text[t.start..t.end]);
            (anchored || typed.contains(['à', 'À', 'á'])).then_some(i + 1)
        }
        _ if anchored && named(line.word(i)).is_some() => Some(i),
        _ => None,
    }
}
