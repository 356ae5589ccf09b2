//! Times of the clock: "15h30", "às 8 e meia da noite", "meio-dia", "quinze pras três", "3 pm", and spans.
//!
//! In: a line and a place; whether a day stands before it. Out: hours and minutes, whether the half of
//! the day is known, and the end of a span. A bare number is a time only behind a word such as "às".
//! Without a half of the day, one to six are the afternoon first, for a business is open then. Absent:
//! which day. Read next: [`super::part`].

use super::part::{self, Part};
use super::{Context, midnight, stands_free};
use crate::entities::numbers::{in_words, number};
use crate::sense::language::Language;
use crate::sense::tokens::{Class, Line};
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};

/// A time in minutes after midnight; 1440 is the midnight that ends a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    minutes: i64,
    /// The half of the day was said or follows.
    sure: bool,
    /// Midnight by name: the one that ends the day, or the one that begins it.
    midnight: bool,
    /// It had an "h", a colon, "pm": it can't be a count.
    pub(super) marked: bool,
    end: Option<i64>,
}

impl Clock {
    fn new(hour: i64, minute: i64, sure: bool, marked: bool) -> Option<Self> {
        ((0..=24).contains(&hour) && (0..60).contains(&minute) && hour * 60 + minute <= 1440)
            .then_some(Self {
                minutes: hour * 60 + minute,
                sure: sure || hour >= 12 || hour == 0,
                midnight: hour == 24,
                marked,
                end: None,
            })
    }

    /// The same time in a part of the day: "8 da noite" is 20:00.
    pub(super) fn within(self, part: Part) -> Self {
        if self.midnight || self.sure && self.minutes / 60 != 12 {
            return Self { sure: true, ..self };
        }
        let hour = self.minutes / 60;
        let add = match part {
            Part::Dawn if hour == 12 => -720,
            Part::Evening if hour == 12 => 720,
            Part::Dawn | Part::Morning => 0,
            Part::Noon if hour >= 11 => 0,
            Part::Noon | Part::Afternoon | Part::Dusk | Part::Evening if hour < 12 => 720,
            Part::Noon | Part::Afternoon | Part::Dusk | Part::Evening => 0,
        };
        let moved = |minutes: i64| minutes + add;
        let end = self.end.map(|end| {
            if end <= moved(self.minutes) {
                end + 720
            } else {
                end
            }
        });
        Self {
            minutes: moved(self.minutes),
            sure: true,
            end,
            ..self
        }
    }

    /// The moments it may mean on a date, the likelier first.
    pub(super) fn starts(&self, date: Date) -> Vec<DateTime> {
        let at = |minutes: i64| midnight(date).checked_add(minutes.minutes()).ok();
        let other = (self.minutes + 720) % 1440;
        let minutes = match (self.midnight, self.sure) {
            (true, _) => vec![1440, 0],
            (false, true) => vec![self.minutes],
            // One to half past six: the afternoon first.
            (false, false) if self.minutes < 420 => vec![other, self.minutes],
            (false, false) => vec![self.minutes, other],
        };
        minutes.into_iter().filter_map(at).collect()
    }

    /// The end of the span that began at `start`.
    pub(super) fn end_after(&self, start: DateTime) -> Option<DateTime> {
        let begun = i64::from(start.hour()) * 60 + i64::from(start.minute());
        let end = self.end?;
        // "das 2 às 5" ends in the half in which it began; "das 22 às 2" on the next day.
        let end = match end {
            end if end > begun => end,
            end if end < 720 && end + 720 > begun => end + 720,
            end => end + 1440,
        };
        start.checked_add((end - begun).minutes()).ok()
    }
}

/// Words before a time.
const BEFORE: &[&str] = &[
    "as", "at", "pelas", "umas", "das", "a", "las", "lah", "ate", "by", "around", "tipo", "apos",
];

pub(super) fn read(context: &Context<'_>, i: usize, anchored: bool) -> Option<(Clock, usize)> {
    let line = context.line;
    if let Some(found) = span(context, i, anchored) {
        return Some(found);
    }
    let (at, led) = led(line, i);
    let found = named(line, at)
        .or_else(|| to_the_hour(context, at))
        .or_else(|| one(context, at, led, anchored))?;
    Some(with_part(line, found))
}

/// Passes the words that lead to a time. `led`: one did, and a bare number may follow.
fn led(line: &Line<'_>, i: usize) -> (usize, bool) {
    let mut at = i;
    while at < i + 3 && line.is(at, BEFORE) {
        at += 1;
    }
    let firm = (i..at).any(|j| line.is(j, &["as", "at", "pelas", "las", "das", "umas"]));
    (at, firm)
}

fn with_part(line: &Line<'_>, (clock, next): (Clock, usize)) -> (Clock, usize) {
    match part::read(line, next, true) {
        Some((part, next)) => (clock.within(part), next),
        None => (clock, next),
    }
}

/// "meio-dia e meia", "meia-noite", "noon".
fn named(line: &Line<'_>, i: usize) -> Option<(Clock, usize)> {
    let hyphen = usize::from(line.word(i + 1) == "-");
    let second = line.word(i + 1 + hyphen);
    let (hour, next) = match (line.word(i), second) {
        ("meio", "dia") => (12, i + 2 + hyphen),
        ("meia", "noite") => (24, i + 2 + hyphen),
        ("noon" | "mediodia", _) => (12, i + 1),
        ("midnight" | "medianoche", _) => (24, i + 1),
        _ => return None,
    };
    let (minutes, next) = minutes_after(line, next).unwrap_or((0, next));
    let clock = if hour == 24 && minutes > 0 {
        Clock::new(0, minutes, true, true)?
    } else {
        Clock::new(hour, minutes, true, true)?
    };
    Some((clock, next))
}

/// "e meia", "e quinze", "y media", "menos cuarto" handled elsewhere.
fn minutes_after(line: &Line<'_>, i: usize) -> Option<(i64, usize)> {
    if !line.is(i, &["e", "y"]) {
        return None;
    }
    match line.word(i + 1) {
        "meia" | "media" | "pouco" => {
            Some((if line.word(i + 1) == "pouco" { 0 } else { 30 }, i + 2))
        }
        "cuarto" => Some((15, i + 2)),
        _ => {
            let n = number(line, i + 1, Language::Pt).filter(|n| n.thousandths >= 5000)?;
            let minutes = n.whole().filter(|m| (1..60).contains(m))?;
            let named = usize::from(line.is(n.next, &["minutos", "min"]));
            // "entre 14h e 16h" has two times.
            let hour = line.is(n.next, &["h", "hs", "hrs", "horas", ":"]);
            (named == 1 || stands_free(line, n.next) && !hour).then_some((minutes, n.next + named))
        }
    }
}

/// "quinze para as três", "dez pras oito", "half past eight", "quarter to nine".
fn to_the_hour(context: &Context<'_>, i: usize) -> Option<(Clock, usize)> {
    let line = context.line;
    let english = match line.word(i) {
        "half" => Some((30, i + 1)),
        "quarter" => Some((15, i + 1)),
        _ => None,
    };
    let (minutes, at) = match english {
        Some(found) => found,
        None => {
            let n = in_words(line, i, context.language)
                .or_else(|| number(line, i, context.language))?;
            (n.whole().filter(|m| matches!(m, 1..=29))?, n.next)
        }
    };
    let (back, hour_at) = match line.word(at) {
        "past" => (false, at + 1),
        "to" if english.is_some() => (true, at + 1),
        "pras" | "pra" => (true, at + 1 + usize::from(line.word(at + 1) == "as")),
        "para" if line.is(at + 1, &["as", "a", "o"]) => (true, at + 2),
        _ => return None,
    };
    if line.is(hour_at, &["meio", "meia"]) {
        let (clock, next) = named(line, hour_at)?;
        return Some((
            Clock {
                minutes: clock.minutes - minutes,
                sure: true,
                midnight: false,
                ..clock
            },
            next,
        ));
    }
    let hour = number(line, hour_at, context.language)?;
    let whole = hour.whole().filter(|h| (1..=23).contains(h))?;
    let total = if back {
        whole * 60 - minutes
    } else {
        whole * 60 + minutes
    };
    let clock = Clock::new(total / 60, total % 60, false, true)?;
    if let Some((evening, next)) = meridiem(line, hour.next) {
        let part = if evening {
            Part::Afternoon
        } else {
            Part::Morning
        };
        return Some((clock.within(part), next));
    }
    let horas = usize::from(line.is(hour.next, &["horas", "hora"]));
    Some((clock, hour.next + horas))
}

/// One time with a number in front.
fn one(context: &Context<'_>, i: usize, led: bool, anchored: bool) -> Option<(Clock, usize)> {
    let line = context.line;
    if let Some(found) = digits(line, i) {
        return Some(found);
    }
    let n = in_words(line, i, context.language).or_else(|| small(line, i))?;
    let hour = n.whole().filter(|h| (0..=24).contains(h))?;
    let zero = line.word(i).starts_with('0') && line.word(i).len() == 2;
    if line.is(n.next, &["horas", "hora"]) && (led || anchored) {
        let (minute, next) = minutes_after(line, n.next + 1).unwrap_or((0, n.next + 1));
        return Some((Clock::new(hour, minute, zero, true)?, next));
    }
    if line.follows(n.next, &["o", "clock"]) || line.follows(n.next, &["o", "'", "clock"]) {
        let next = n.next + if line.word(n.next + 1) == "'" { 3 } else { 2 };
        return Some((Clock::new(hour, 0, zero, true)?, next));
    }
    // "8 e meia" and nothing else answers "a que horas?".
    let alone = |next: usize| i == 0 && next == line.len() && line.is(next - 1, &["meia", "media"]);
    if let Some((minute, next)) = minutes_after(line, n.next)
        .filter(|(_, next)| led || anchored || alone(*next) || of_part(line, *next))
    {
        return Some((Clock::new(hour, minute, zero, true)?, next));
    }
    if led && line.word(n.next) == "menos" && line.word(n.next + 1) == "cuarto" {
        return Some((Clock::new(hour - 1, 45, zero, true)?, n.next + 2));
    }
    let parted = hour <= 12 && part::read(line, n.next, false).is_some() || of_part(line, n.next);
    if parted && (1..=12).contains(&hour) {
        return Some((Clock::new(hour, 0, zero, true)?, n.next));
    }
    let sharp = usize::from(line.follows(n.next, &["em", "ponto"])) * 2;
    // "as 3 pizzas": an article, where nothing of a time follows.
    let free = sharp > 0 || stands_free(line, n.next);
    (led && free)
        .then(|| Clock::new(hour, 0, zero, false))
        .flatten()
        .map(|clock| (clock, n.next + sharp))
}

fn of_part(line: &Line<'_>, i: usize) -> bool {
    line.is(i, &["da", "de", "in"]) && part::read(line, i, true).is_some()
}

fn small(line: &Line<'_>, i: usize) -> Option<crate::entities::numbers::Number> {
    let value = line.small(i).filter(|_| line.word(i).len() <= 2)?;
    Some(crate::entities::numbers::Number {
        thousandths: i64::from(value) * 1000,
        next: i + 1,
        digits: true,
    })
}

/// "15h", "15h30", "15:30", "3pm", "3:30 p.m.".
fn digits(line: &Line<'_>, i: usize) -> Option<(Clock, usize)> {
    let hour = i64::from(line.small(i).filter(|_| line.word(i).len() <= 2)?);
    let zero = line.word(i).starts_with('0');
    let inside = line.glued(i)
        && line.is(i.wrapping_sub(1), &["/", "-", ".", ",", "$", ":"])
        && line.is_digits(i.wrapping_sub(2));
    if inside {
        return None;
    }
    let mut at = i + 1;
    let mut minute = 0;
    let mut marked = false;
    let sign =
        line.is(at, &[":", "h", "hs", "hrs", "hr"]) && (line.glued(at) || line.word(at) != ":");
    if sign {
        let colon = line.word(at) == ":";
        match line
            .small(at + 1)
            .filter(|_| line.word(at + 1).len() == 2 && line.glued(at + 1))
        {
            Some(m) if m < 60 => {
                minute = i64::from(m);
                at += 2;
                at += usize::from(line.is(at, &["h", "hs", "hrs", "min", "m"]) && line.glued(at));
                // "12:30:15" is no time that a customer means to the second, but the minute stands.
            }
            Some(_) => return None,
            None if colon => return None,
            None => at += 1,
        }
        marked = true;
        if minute == 0
            && let Some((after, next)) = minutes_after(line, at)
        {
            (minute, at) = (after, next);
        }
    }
    let half = meridiem(line, at);
    if let Some((evening, next)) = half.filter(|_| (1..=12).contains(&hour)) {
        let hour = hour % 12 + if evening { 12 } else { 0 };
        return Some((Clock::new(hour, minute, true, true)?, next));
    }
    marked
        .then(|| Clock::new(hour, minute, zero, true))
        .flatten()
        .map(|clock| (clock, at))
}

fn meridiem(line: &Line<'_>, i: usize) -> Option<(bool, usize)> {
    match line.word(i) {
        "am" => Some((false, i + 1)),
        "pm" => Some((true, i + 1)),
        "a" | "p" if line.word(i + 1) == "." && line.word(i + 2) == "m" => Some((
            line.word(i) == "p",
            i + 3 + usize::from(line.word(i + 3) == "."),
        )),
        _ => None,
    }
}

/// "das 8 às 18", "entre 14h e 16h", "14h-16h", "from 9 to 5".
fn span(context: &Context<'_>, i: usize, anchored: bool) -> Option<(Clock, usize)> {
    let line = context.line;
    let starter = line.is(i, &["das", "entre", "from", "between", "desde", "da", "de"]);
    let firm = starter && !line.is(i, &["da", "de"]);
    let mut at = i + usize::from(starter);
    at += usize::from(line.is(at, &["as", "las", "a"]));
    at += usize::from(line.is(at, &["las"]));
    let (from, next) = lenient(context, at)?;
    let joined = line.is(
        next,
        &["a", "as", "ate", "-", "to", "until", "till", "hasta"],
    ) || line.is(next, &["e", "and", "y"]) && line.is(i, &["entre", "between"]);
    if !joined {
        return None;
    }
    let mut second = next + 1;
    while second < next + 3 && line.is(second, &["as", "a", "las", "la"]) {
        second += 1;
    }
    let accented = line
        .text
        .get(line.range(next, next + 1))
        .is_some_and(|t| t == "às" || t == "até");
    let (to, end) = lenient(context, second)?;
    let (to, end) = with_part(line, (to, end));
    let marked = from.marked || to.marked;
    let plain = firm && stands_free(line, end) || anchored && accented && stands_free(line, end);
    if !marked && !plain {
        return None;
    }
    let from = if to.sure
        && !from.sure
        && to.minutes > 720
        && from.minutes + 720 < to.minutes
        && from.minutes < 420
    {
        Clock {
            minutes: from.minutes + 720,
            sure: true,
            ..from
        }
    } else {
        from
    };
    // The end settles the half of the day: what is open from 8 to 18 opens in the morning.
    // An end between the two readings of the start leaves only the first: "das 6h às 13h".
    let early = to.sure && (from.minutes + 1..=from.minutes + 720).contains(&to.minutes);
    let clock = Clock {
        sure: true,
        minutes: if from.sure || early || from.minutes >= 420 {
            from.minutes
        } else {
            from.minutes + 720
        },
        end: Some(to.minutes),
        marked: true,
        midnight: false,
    };
    Some((clock, end))
}

/// A time, or a bare hour where a span makes it one.
fn lenient(context: &Context<'_>, i: usize) -> Option<(Clock, usize)> {
    let line = context.line;
    if let Some(found) = digits(line, i).or_else(|| named(line, i)) {
        return Some(found);
    }
    let n = in_words(line, i, context.language).or_else(|| small(line, i))?;
    let hour = n.whole()?;
    let zero = line.word(i).starts_with('0') && line.class(i) == Some(Class::Digits);
    let horas = usize::from(line.is(n.next, &["horas", "hora"]));
    Some((Clock::new(hour, 0, zero, horas == 1)?, n.next + horas))
}
