//! Days: relative words, weekdays, days of a month, written dates, holidays of a fixed date.
//!
//! In: a place in a line. Out: the likelier date first, a second one where people would ask, and the end
//! of a span. A date without a year is the next one, unless it has only just gone by or the clause tells
//! of the past. Absent: holidays that move. Read next: [`super::spans`], weeks and months.

use super::words::{self, month, weekday};
use super::{Context, Grain, Reading, When, midnight, offset, spans, stands_free};
use crate::entities::numbers::in_words;
use crate::sense::language::Language;
use jiff::ToSpan;
use jiff::civil::{Date, date};

/// A date that has gone by at most this long ago is meant more often than next year's.
const JUST_GONE_DAYS: i64 = 72;

/// One day, or days, and what else it may mean.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// From, and the day after the last where it is a span.
    pub(super) readings: Vec<(Date, Option<Date>)>,
    pub(super) grain: Grain,
    pub(super) confidence: f32,
}

impl Day {
    pub(super) fn one(date: Date) -> Self {
        Self::of(vec![date])
    }

    pub(super) fn of(dates: Vec<Date>) -> Self {
        Self {
            readings: dates.into_iter().map(|d| (d, None)).collect(),
            grain: Grain::Day,
            confidence: 0.92,
        }
    }

    pub(super) fn span(from: Date, to: Date, grain: Grain) -> Self {
        Self {
            readings: vec![(from, Some(to))],
            grain,
            confidence: 0.88,
        }
    }

    pub(super) fn when(&self) -> Option<When> {
        let reading = |(from, to): &(Date, Option<Date>)| Reading {
            start: midnight(*from),
            end: to.map(midnight),
        };
        Some(When {
            reading: self.readings.first().map(reading)?,
            grain: self.grain,
            other: self.readings.get(1).map(reading),
        })
    }
}

pub(super) fn read(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let (day, next) = single(context, i)?;
    if day.grain != Grain::Day || day.readings.iter().any(|(_, to)| to.is_some()) {
        return Some((day, next));
    }
    if let Some(dated) = weekday_dated(context, i, next) {
        return Some(dated);
    }
    Some(through(context, i, &day, next).unwrap_or((day, next)))
}

fn single(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    relative(context, i)
        .or_else(|| day_of_span(context, i))
        .or_else(|| spans::read(context, i))
        .or_else(|| numbered_span(context, i))
        .or_else(|| of_week(context, i))
        .or_else(|| written(context, i))
        .or_else(|| with_month(context, i))
        .or_else(|| of_month(context, i))
        .or_else(|| {
            let (date, _, next) = offset::date(context, i)?;
            Some((Day::one(date), next))
        })
        .or_else(|| holiday(context, i))
}

/// "quarta-feira, 25 de novembro": the date says more than the weekday.
fn weekday_dated(context: &Context<'_>, i: usize, next: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let name = i + usize::from(line.is(i, &["proxima", "essa", "nessa", "next", "this"]));
    weekday(line.word(name))?;
    let mut at = next;
    while at < next + 2 && line.is(at, &[",", "(", "the", "el"]) {
        at += 1;
    }
    written(context, at)
        .or_else(|| with_month(context, at))
        .or_else(|| of_month(context, at))
}

/// "semana que vem na terça": a week and its day.
fn day_of_span(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let (span, next) = spans::read(context, i).filter(|(span, _)| span.grain == Grain::Week)?;
    let line = context.line;
    let at = next + usize::from(line.is(next, &["na", "no", ",", "on"]));
    let (target, next) = named_weekday(context, at, at > next)?;
    let date = span.readings.first()?.0.checked_add(target.days()).ok()?;
    Some((Day::one(date), next))
}

/// "segunda a sexta", "do dia 10 ao dia 15", "25/12 a 02/01".
fn through(context: &Context<'_>, i: usize, from: &Day, next: usize) -> Option<(Day, usize)> {
    let line = context.line;
    if !line.is(
        next,
        &[
            "a", "ao", "ate", "to", "through", "until", "hasta", "al", "-",
        ],
    ) {
        return None;
    }
    let mut at = next + 1;
    while at < next + 3 && line.is(at, &["o", "a", "el", "as", "the"]) {
        at += 1;
    }
    // "sexta a partir das 8" and "amanhã até 18h" are no spans of days.
    let (to, end) = single(context, at).filter(|(to, _)| to.grain == Grain::Day)?;
    let relative = line.is(i, &["hoje", "amanha", "today", "tomorrow"]);
    if relative && line.word(next) == "a" {
        return None;
    }
    let start = from.readings.first()?.0;
    let mut last = to.readings.first()?.0;
    while last < start {
        let step = if weekday(line.word(at)).is_some() {
            7.days()
        } else {
            1.month()
        };
        last = last.checked_add(step).ok()?;
    }
    Some((Day::span(start, last.tomorrow().ok()?, Grain::Day), end))
}

fn relative(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let after = |word: &str| {
        matches!(word, "depois" | "dps" | "dp" | "depoi" | "despues")
            && line.is(i + 1, &["de", "d"])
            && line.is(i + 2, &["amanha", "amanhã", "manana", "amnha"])
    };
    let (days, next) = match line.word(i) {
        "hoje" | "hj" | "oje" | "hje" | "today" | "hoy" => (0, i + 1),
        "amanha" | "amanhaa" | "amnha" | "amaha" | "amanh" | "tomorrow" | "tmrw" => (1, i + 1),
        "manana" if !line.is(i.wrapping_sub(1), &["la", "esta"]) => (1, i + 1),
        "pasado" if line.word(i + 1) == "manana" => (2, i + 2),
        word if after(word) => (2, i + 3),
        "day" if line.follows(i + 1, &["after", "tomorrow"]) => (2, i + 3),
        "day" if line.follows(i + 1, &["before", "yesterday"]) => (-2, i + 3),
        "ontem" | "onte" | "yesterday" | "ayer" => (-1, i + 1),
        "anteontem" | "antiontem" | "anteayer" => (-2, i + 1),
        "tonight" => (0, i),
        _ => return None,
    };
    // "tonight" is read as the part of the day that it is.
    if next == i {
        return None;
    }
    let date = context.today().checked_add(i64::from(days).days()).ok()?;
    Some((Day::one(date), next))
}

/// "sexta", "próxima segunda", "sexta que vem", "2ª-feira", "sexta da semana que vem".
fn of_week(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let before = match line.word(i) {
        "proxima" | "prox" | "proximo" | "next" => Some(Which::Next),
        "essa" | "esta" | "nessa" | "nesta" | "this" | "este" | "esse" | "nesse" | "neste" => {
            Some(Which::This)
        }
        "ultima" | "ultimo" | "last" => Some(Which::Last),
        _ => None,
    };
    let at = i + usize::from(before.is_some());
    let (target, next) = named_weekday(context, at, before.is_some())?;
    let (which, next) =
        behind(context, next).map_or((before, next), |(which, next)| (Some(which), next));
    let which = which.unwrap_or(if context.past(i) {
        Which::Before
    } else {
        Which::Plain
    });
    let today = context.today();
    let index = i64::from(today.weekday().to_monday_zero_offset());
    let ahead = (target - index).rem_euclid(7);
    let back = match (index - target).rem_euclid(7) {
        0 => 7,
        back => back,
    };
    let days = match which {
        Which::Plain if ahead == 0 => vec![7, 0],
        Which::Plain | Which::This => vec![ahead],
        Which::Next if ahead == 0 => vec![7],
        // Later in this week: half of people mean the one after.
        Which::Next if index + ahead <= 6 => vec![ahead, ahead + 7],
        Which::Next => vec![ahead],
        Which::NextWeek => vec![7 - index + target],
        Which::Last => vec![-back],
        Which::Before => vec![-back, if ahead == 0 { 7 } else { ahead }],
    };
    let dates = days
        .into_iter()
        .filter_map(|d| today.checked_add(d.days()).ok());
    Some((Day::of(dates.collect()), next))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Plain,
    This,
    Next,
    NextWeek,
    Last,
    /// Told of the past, without saying which.
    Before,
}

fn named_weekday(context: &Context<'_>, i: usize, modified: bool) -> Option<(i64, usize)> {
    let line = context.line;
    // "2ª-feira"
    if let Some(n) = line.small(i).filter(|n| (2..=6).contains(n)) {
        let ordinal = i + 1 + usize::from(line.is(i + 1, &["a", "o"]) && line.glued(i + 1));
        let at = ordinal + usize::from(line.word(ordinal) == "-");
        return line
            .is(at, &["feira", "f"])
            .then_some((i64::from(n) - 2, at + 1));
    }
    let word = line.word(i);
    let short = match word {
        "ter" => Some(1),
        "sex" => Some(4),
        "dom" => Some(6),
        _ => None,
    };
    let day = match short {
        Some(day) => {
            let led = modified || line.is(i.wrapping_sub(1), &["na", "no", "ate", "a", "nessa"]);
            let feira = line.is(i + 1, &["feira"])
                || line.word(i + 1) == "-" && line.word(i + 2) == "feira";
            (led && stands_free(line, i + 1) || feira).then_some(day)?
        }
        None => weekday(word)?,
    };
    let hyphen = usize::from(line.word(i + 1) == "-");
    if line.is(i + 1 + hyphen, &["feira", "feiras"]) {
        return Some((day, i + 2 + hyphen));
    }
    // "a segunda opção", "segunda via", "ser a segunda".
    let counts = words::ORDINALS.contains(&word) && line.is(i + 1, words::COUNTED);
    let second =
        matches!(word, "mon" | "tue" | "wed" | "thu" | "fri") && context.language != Language::En;
    (!counts && !second).then_some((day, i + 1))
}

/// "que vem", "passada", "da semana que vem" behind a weekday.
fn behind(context: &Context<'_>, i: usize) -> Option<(Which, usize)> {
    let line = context.line;
    if line.word(i) == "que" && line.is(i + 1, &["vem", "vein", "viene", "ven"]) {
        return Some((Which::Next, i + 2));
    }
    if line.is(i, &["passada", "passado", "pasado", "pasada", "retrasada"]) {
        return Some((Which::Last, i + 1));
    }
    if line.is(i, &["proxima", "proximo"]) {
        return Some((Which::Next, i + 1));
    }
    let of =
        usize::from(line.is(i, &["da", "de", "of", "na"])) + usize::from(line.is(i + 1, &["la"]));
    if of == 0 {
        return None;
    }
    let at = i + of;
    if line.follows(at, &["semana", "que"]) && line.is(at + 2, &["vem", "viene"]) {
        return Some((Which::NextWeek, at + 3));
    }
    let week = line.is(at, &["proxima", "outra", "next"]) && line.is(at + 1, &["semana", "week"]);
    week.then_some((Which::NextWeek, at + 2))
}

/// "25/12", "25/12/2026", "25-12-26", "2026-12-25", "25.12.2026".
fn written(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let first = line.small(i)?;
    let mark = line.word(i + 1);
    let glued = line.glued(i + 1) && line.glued(i + 2);
    if !matches!(mark, "/" | "-" | ".")
        || !glued
        || line.glued(i) && line.is(i.wrapping_sub(1), &["/", "-", ".", ",", "$"])
    {
        return None;
    }
    let second = line.small(i + 2)?;
    let third = (line.word(i + 3) == mark && line.glued(i + 3) && line.glued(i + 4))
        .then(|| line.small(i + 4))
        .flatten();
    let next = if third.is_some() { i + 5 } else { i + 3 };
    let goes_on = line.word(next) == mark && line.glued(next) && line.is_digits(next + 1);
    if goes_on || line.word(next) == "%" || line.word(i + 2).len() > 2 {
        return None;
    }
    if line.word(i).len() == 4 {
        let day = exact(i64::from(first), second, third?)?;
        return Some((Day::one(day), next));
    }
    // With a dot or hyphen and no year it is a number, a score, a range.
    if third.is_none() && mark != "/" {
        return None;
    }
    let (mut d, mut m) = (first, second);
    let american = context.language == Language::En;
    if american && first <= 12 || second > 12 {
        (d, m) = (second, first);
    }
    let either = american && first <= 12 && second <= 12 && first != second;
    // "3/4 de xícara" is a fraction.
    if third.is_none() && line.word(i).len() == 1 && line.is(next, &["de", "da", "do", "of"]) {
        return None;
    }
    let read = |d: u32, m: u32| match third {
        Some(year) => exact(full_year(year), m, d).map(|day| vec![day]),
        None => without_year(context, i, d, m),
    };
    let mut dates = read(d, m)?;
    if either && let Some(swapped) = read(m, d) {
        dates.truncate(1);
        dates.push(swapped[0]);
    }
    let mut day = Day::of(dates);
    // "1/2" is a half as well.
    if third.is_none()
        && line.word(i).len() == 1
        && line.word(i + 2).len() == 1
        && !line.is(i.wrapping_sub(1), &["dia", "em", "no", "on", "de", "ate"])
    {
        day.confidence = 0.67;
    }
    Some((day, next))
}

fn full_year(year: u32) -> i64 {
    match year {
        0..80 => 2000 + i64::from(year),
        80..100 => 1900 + i64::from(year),
        _ => i64::from(year),
    }
}

fn exact(year: i64, month: u32, day: u32) -> Option<Date> {
    let year = i16::try_from(year)
        .ok()
        .filter(|y| (1900..=2999).contains(y))?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A day and month: the coming one, or the one that has just gone by.
fn without_year(context: &Context<'_>, i: usize, day: u32, month: u32) -> Option<Vec<Date>> {
    let today = context.today();
    let in_year = |year: i64| exact(year, month, day);
    let year = i64::from(today.year());
    // 29 February: the next year that has one is at most eight years off.
    let coming = (year..year + 9).filter_map(in_year).find(|d| *d >= today)?;
    let gone = (year - 9..=year)
        .rev()
        .filter_map(in_year)
        .find(|d| *d < today);
    let past = context.past(i);
    let Some(gone) = gone else {
        return Some(vec![coming]);
    };
    let since = today
        .since(gone)
        .map_or(i64::MAX, |s| i64::from(s.get_days()));
    Some(if past {
        vec![gone]
    } else if since <= JUST_GONE_DAYS {
        vec![gone, coming]
    } else {
        vec![coming]
    })
}

/// "5 de março de 2027", "primeiro de abril", "march 5th", "5 march".
fn with_month(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let (day, m, next) = if let Some(m) = month(line.word(i)).filter(|_| line.is_digits(i + 1)) {
        let ordinal = usize::from(line.is(i + 2, &["st", "nd", "rd", "th"]) && line.glued(i + 2));
        let clock = line.is(i + 2, &["h", ":", "pm", "am"]);
        (
            line.small(i + 1)
                .filter(|_| !clock && line.word(i + 1).len() <= 2)?,
            m,
            i + 2 + ordinal,
        )
    } else {
        let (day, at) = day_number(context, i)?;
        if line.is(i.wrapping_sub(1), words::STREETS) {
            return None;
        }
        let of = usize::from(line.is(at, &["de", "of", "do", "/", "d"]));
        let m = month(line.word(at + of))?;
        (day, m, at + of + 1)
    };
    let of = usize::from(line.is(next, &["de", ",", "do", "del", "of", "/"]));
    let year = line.small(next + of).filter(|y| (1900..3000).contains(y));
    let month = u32::from(m.unsigned_abs());
    match year {
        Some(year) => Some((Day::one(exact(i64::from(year), month, day)?), next + of + 1)),
        None => Some((Day::of(without_year(context, i, day, month)?), next)),
    }
}

/// A day of the month in digits or words, with what makes it an ordinal.
fn day_number(context: &Context<'_>, i: usize) -> Option<(u32, usize)> {
    let line = context.line;
    if line.is(i, &["primeiro", "primero", "first"]) {
        return Some((1, i + 1));
    }
    if let Some(day) = line.small(i).filter(|_| line.word(i).len() <= 2) {
        let ordinal = line.is(i + 1, &["o", "a", "st", "nd", "rd", "th"]) && line.glued(i + 1);
        return (1..=31)
            .contains(&day)
            .then_some((day, i + 1 + usize::from(ordinal)));
    }
    let n = in_words(line, i, context.language)?;
    let day = n.whole().filter(|d| (1..=31).contains(d))?;
    Some((u32::try_from(day).ok()?, n.next))
}

/// "dia 5", "dia primeiro", "the 5th", "el día 5".
fn of_month(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let english = line.small(i).is_some()
        && line.is(i + 1, &["st", "nd", "rd", "th"])
        && line.glued(i + 1)
        && line.is(i.wrapping_sub(1), &["the", "on", "by", "until"]);
    let led = line.is(i, &["dia", "dias"])
        && !line.is(
            i.wrapping_sub(1),
            &["bom", "buen", "um", "todo", "meio", "-"],
        );
    if !english && !led {
        return None;
    }
    let at = i + usize::from(led);
    if let Some(found) = written(context, at).or_else(|| with_month(context, at)) {
        return Some(found);
    }
    let (day, next) = day_number(context, at)?;
    let (which, next) = behind_day(context, next);
    Some((Day::of(in_months(context, i, day, which)?), next))
}

/// "dia 5 do mês que vem", "dia 5 deste mês": months ahead.
fn behind_day(context: &Context<'_>, i: usize) -> (Option<i64>, usize) {
    let line = context.line;
    if line.follows(i, &["do", "mes", "que", "vem"]) {
        return (Some(1), i + 4);
    }
    if line.is(i, &["do"]) && line.is(i + 1, &["proximo", "outro"]) && line.word(i + 2) == "mes" {
        return (Some(1), i + 3);
    }
    if line.follows(i, &["do", "mes", "passado"]) {
        return (Some(-1), i + 3);
    }
    if line.is(i, &["deste", "desse"]) && line.word(i + 1) == "mes" {
        return (Some(0), i + 2);
    }
    (None, i)
}

fn in_months(context: &Context<'_>, i: usize, day: u32, which: Option<i64>) -> Option<Vec<Date>> {
    let today = context.today();
    let in_month = |ahead: i64| {
        let month = today.first_of_month().checked_add(ahead.months()).ok()?;
        Date::new(month.year(), month.month(), i8::try_from(day).ok()?).ok()
    };
    if let Some(ahead) = which {
        return Some(vec![in_month(ahead)?]);
    }
    // Every month with 31 days has one within two of it.
    let coming = (0..3).filter_map(in_month).find(|d| *d >= today)?;
    let gone = (-2..=0).rev().filter_map(in_month).find(|d| *d < today)?;
    Some(if context.past(i) {
        vec![gone]
    } else if gone.month() == today.month() && coming != today {
        vec![coming, gone]
    } else {
        vec![coming]
    })
}

/// "de 10 a 15 de dezembro", "dias 10 a 15".
fn numbered_span(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let led = usize::from(line.is(i, &["dias", "dia"]));
    let (first, next) = day_number(context, i + led)?;
    if !line.is(next, &["a", "ao", "ate", "-", "to", "al"]) {
        return None;
    }
    let at = next + 1 + usize::from(line.is(next + 1, &["o", "dia", "el"]));
    let (day, end) = match with_month(context, at) {
        Some((day, end)) => (day, end),
        None if led == 1 => {
            let (last, end) = day_number(context, at)?;
            (Day::of(in_months(context, i, last, None)?), end)
        }
        None => return None,
    };
    let to = day.readings.first()?.0;
    let from = Date::new(to.year(), to.month(), i8::try_from(first).ok()?).ok()?;
    (from < to)
        .then(|| Some((Day::span(from, to.tomorrow().ok()?, Grain::Day), end)))
        .flatten()
}

/// Holidays of a fixed date.
fn holiday(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let eve = line.is(i, &["vespera", "vesperas"]) && line.is(i + 1, &["de", "do"]);
    let at = if eve { i + 2 } else { i };
    let ((day, month), next) = match line.word(at) {
        "natal" | "christmas" | "navidad" => ((25, 12), at + 1),
        "reveillon" => ((31, 12), at + 1),
        "ano" if line.word(at + 1) == "novo" => ((1, 1), at + 2),
        "finados" => ((2, 11), at + 1),
        _ => return None,
    };
    let dates = without_year(context, usize::MAX, day, month)?;
    let coming = dates
        .into_iter()
        .rfind(|d| *d >= context.today())
        .unwrap_or(date(2000, 1, 1));
    let day = if eve {
        coming.yesterday().ok()?
    } else {
        coming
    };
    Some((Day::one(day), next))
}
