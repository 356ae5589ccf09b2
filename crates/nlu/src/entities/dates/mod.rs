//! Moments and spans of time as customers write them, relative to a civil `now`.
//!
//! In: a tokenised line, its language and the wall clock where the business is. Out: [`When`]s with a
//! start, an end where a span was meant (exclusive), how exact it is, and a second reading where people
//! would have to ask ("sexta que vem", "às 8"). Civil arithmetic only: no time zone, no daylight saving.
//! An expression is a day, a time and a part of the day in any order, each at most once. Absent:
//! recurring dates. Read next: [`day`], [`clock`], [`offset`].

mod clock;
mod day;
mod offset;
mod part;
mod spans;
mod words;

use super::{Candidate, Kind, Value};
use crate::sense::language::Language;
use crate::sense::tokens::{Class, Line};
use clock::Clock;
use day::Day;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};
use part::Part;
use serde::{Deserialize, Serialize};

/// How exact an expression is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A time of the clock.
    Minute,
    /// A part of a day, such as the morning.
    Part,
    /// A day, or days.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// One way to understand an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The first moment, in the business's own time.
    pub start: DateTime,
    /// The moment after the last, where a span was meant.
    pub end: Option<DateTime>,
}

/// A moment or span that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The likelier reading.
    pub reading: Reading,
    /// How exact it is.
    pub grain: Grain,
    /// The other reading, where a person would ask.
    pub other: Option<Reading>,
}

impl When {
    /// ISO 8601 without a zone; a span with `/`, a second reading behind ` or `.
    #[must_use]
    pub fn normal(&self) -> String {
        let one = spelled(self.reading, self.grain);
        match self.other {
            Some(other) => format!("{one} or {}", spelled(other, self.grain)),
            None => one,
        }
    }
}

fn spelled(reading: Reading, grain: Grain) -> String {
    let one = |at: DateTime| match grain {
        Grain::Minute | Grain::Part => at.strftime("%Y-%m-%dT%H:%M").to_string(),
        Grain::Day | Grain::Week | Grain::Month | Grain::Year => {
            at.strftime("%Y-%m-%d").to_string()
        }
    };
    match reading.end {
        Some(end) => format!("{}/{}", one(reading.start), one(end)),
        None => one(reading.start),
    }
}

/// What the readers of pieces share.
pub(super) struct Context<'a> {
    pub(super) line: &'a Line<'a>,
    pub(super) language: Language,
    pub(super) now: DateTime,
}

impl Context<'_> {
    pub(super) fn today(&self) -> Date {
        self.now.date()
    }

    /// Whether the clause before token `i` tells of the past ("comprei na sexta").
    pub(super) fn past(&self, i: usize) -> bool {
        let before = (i.saturating_sub(7)..i).rev();
        let clause =
            before.take_while(|j| !self.line.is(*j, &[".", "!", "?", ";", ",", "mas", "e"]));
        clause.into_iter().any(|j| self.line.is(j, words::PAST))
    }
}

pub(super) fn find(line: &Line<'_>, language: Language, now: DateTime, found: &mut Vec<Candidate>) {
    let context = Context {
        line,
        language,
        now,
    };
    let mut i = 0;
    while i < line.len() {
        match expression(&context, i) {
            Some((when, next, confidence)) => {
                found.push(Candidate {
                    kind: Kind::When,
                    value: Value::When(when),
                    range: line.range(i, next),
                    confidence,
                });
                i = next.max(i + 1);
            }
            None => i += 1,
        }
    }
}

type Found = (When, usize, f32);

/// The pieces of one expression, each at most once.
#[derive(Default)]
struct Pieces {
    day: Option<Day>,
    clock: Option<Clock>,
    part: Option<Part>,
}

fn expression(context: &Context<'_>, i: usize) -> Option<Found> {
    if let Some(found) = offset::moment(context, i) {
        return Some(found);
    }
    let mut pieces = Pieces::default();
    let mut end = i;
    // A day, a time and a part: three pieces at most.
    for _ in 0..3 {
        let Some(next) = next_piece(context, &mut pieces, i, end) else {
            break;
        };
        end = next;
    }
    (end > i)
        .then(|| resolve(context, pieces, i, end))
        .flatten()
}

/// Reads one more piece at `end`, over at most three small words once something was read.
fn next_piece(context: &Context<'_>, pieces: &mut Pieces, i: usize, end: usize) -> Option<usize> {
    for at in end..end + 4 {
        if pieces.day.is_none()
            && let Some((day, next)) = day::read(context, at)
        {
            pieces.day = Some(day);
            return Some(next);
        }
        let anchored = pieces.day.is_some() || pieces.part.is_some();
        if pieces.clock.is_none()
            && let Some((clock, next)) = clock::read(context, at, anchored)
        {
            pieces.clock = Some(clock);
            return Some(next);
        }
        let anchored = pieces.day.is_some() || pieces.clock.is_some();
        if pieces.part.is_none()
            && let Some((part, next)) = part::read(context.line, at, anchored)
        {
            pieces.part = Some(part);
            return Some(next);
        }
        if end == i || !context.line.is(at, words::BETWEEN) {
            return None;
        }
    }
    None
}

fn resolve(context: &Context<'_>, pieces: Pieces, i: usize, end: usize) -> Option<Found> {
    let unsure = pieces.clock.is_some_and(|c| !c.marked);
    let (when, confidence) = match (pieces.clock, pieces.part) {
        (Some(clock), part) => (at_clock(context, pieces.day.as_ref(), clock, part)?, 0.93),
        (None, Some(part)) => (in_part(context, pieces.day.as_ref(), part)?, 0.85),
        (None, None) => (
            pieces.day.as_ref()?.when()?,
            pieces.day.as_ref()?.confidence,
        ),
    };
    let doubt = if when.other.is_some() { 0.12 } else { 0.0 };
    let bare = if unsure && pieces.day.is_none() {
        0.08
    } else {
        0.0
    };
    // "hoje" is as sure as anything; a lone number after "as" is the least.
    let said = context.line.range(i, end).len();
    let short = if said <= 4 && unsure { 0.05 } else { 0.0 };
    Some((when, end, confidence - doubt - bare - short))
}

/// The dates that a day may mean: its own, or, without one, today.
fn dates(context: &Context<'_>, day: Option<&Day>) -> Vec<Date> {
    match day {
        Some(day) => day.readings.iter().map(|(from, _)| *from).collect(),
        None => vec![context.today()],
    }
}

fn at_clock(
    context: &Context<'_>,
    day: Option<&Day>,
    clock: Clock,
    part: Option<Part>,
) -> Option<When> {
    let dates = dates(context, day);
    let clock = part.map_or(clock, |part| clock.within(part));
    let mut readings = Vec::new();
    for date in &dates {
        for start in clock.starts(*date) {
            readings.push(Reading {
                start,
                end: clock.end_after(start),
            });
        }
    }
    if day.is_none() {
        readings = ahead(context.now, &readings);
    } else if dates.len() == 1 && dates[0] == context.today() {
        // "hoje às 8", said at noon, is tonight.
        let coming = readings.iter().any(|r| r.start > context.now);
        readings.retain(|r| !coming || r.start > context.now);
    }
    if dates.len() > 1 {
        // "sábado", said on a Saturday: what has gone by today is not meant.
        readings.retain(|r| r.start.date() != context.today() || r.start > context.now);
    }
    let first = readings.first()?.start;
    // Of two dates with two times each, the other date is the doubt; else the other time.
    let same_time = readings
        .iter()
        .find(|r| r.start.date() != first.date() && r.start.time() == first.time());
    let other = same_time.or_else(|| readings.iter().find(|r| r.start != first));
    Some(When {
        reading: *readings.first()?,
        grain: Grain::Minute,
        other: other.copied(),
    })
}

/// Times without a day: those still to come today, first as they are; past ones are tomorrow's.
fn ahead(now: DateTime, readings: &[Reading]) -> Vec<Reading> {
    let (coming, gone): (Vec<Reading>, Vec<Reading>) = readings.iter().partition(|r| r.start > now);
    let moved = gone.iter().filter_map(|r| {
        Some(Reading {
            start: r.start.checked_add(1.day()).ok()?,
            end: r.end.map(|e| e.checked_add(1.day())).transpose().ok()?,
        })
    });
    coming.iter().copied().chain(moved).collect()
}

fn in_part(context: &Context<'_>, day: Option<&Day>, part: Part) -> Option<When> {
    let (from, to) = part.hours();
    let span = |date: Date| {
        Some(Reading {
            start: midnight(date).checked_add(i64::from(from).hours()).ok()?,
            end: Some(midnight(date).checked_add(i64::from(to).hours()).ok()?),
        })
    };
    let mut readings: Vec<Reading> = dates(context, day).into_iter().filter_map(span).collect();
    if day.is_none() && readings.first()?.end? <= context.now {
        readings = vec![span(context.today().tomorrow().ok()?)?];
    }
    Some(When {
        reading: *readings.first()?,
        grain: Grain::Part,
        other: readings.get(1).copied(),
    })
}

pub(super) fn midnight(date: Date) -> DateTime {
    date.to_datetime(Time::midnight())
}

/// Whether a bare number at `i` may be a time or day: nothing behind it makes it a count.
pub(super) fn stands_free(line: &Line<'_>, next: usize) -> bool {
    line.class(next) != Some(Class::Word)
        && !(line.is(next, &["%", "/", "-", ":", ".", ",", "+"])
            && line.glued(next)
            && line.is_digits(next + 1))
        && !line.is_digits(next)
        || line.is(next, words::AFTER_TIME)
}
