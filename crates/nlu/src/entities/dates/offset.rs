//! Distances from now: "daqui a duas horas", "em 30 minutos", "agora", "há 3 dias", "in two weeks".
//!
//! In: a place in a line. Out: a moment for hours and minutes, a day for longer units. Months keep the
//! day, or take the last of a shorter month. Absent: how long something takes ("demora duas horas"):
//! without a word of direction it is a quantity. Read next: [`super::day`].

use super::words::{self, Unit};
use super::{Context, Found, Grain, Reading, When};
use crate::entities::numbers::number;
use crate::sense::language::Language;
use jiff::ToSpan;
use jiff::civil::DateTime;

/// More than this many of a unit is no date that anybody plans.
const COUNT_MAX: i64 = 1000;

/// A count of a unit, ahead or back.
struct Distance {
    /// Thousandths of the unit.
    thousandths: i64,
    unit: Unit,
    next: usize,
}

/// Hours and minutes away from now, and "agora".
pub(super) fn moment(context: &Context<'_>, i: usize) -> Option<Found> {
    let line = context.line;
    if line.is(i, &["agora", "agr", "agorinha", "ahora", "now", "ahorita"]) {
        let until = line.is(i.wrapping_sub(1), &["ate", "por", "until", "for"]);
        let found = (exact(context.now), i + 1, if until { 0.6 } else { 0.8 });
        return Some(found);
    }
    let (distance, back) = directed(context, i)?;
    let minutes = match distance.unit {
        Unit::Minutes => distance.thousandths / 1000,
        Unit::Hours => distance.thousandths * 60 / 1000,
        Unit::Days | Unit::Weeks | Unit::Months | Unit::Years => return None,
    };
    let minutes = if back { -minutes } else { minutes };
    let at = context.now.checked_add(minutes.minutes()).ok()?;
    Some((exact(at), distance.next, 0.93))
}

/// Days, weeks, months and years away from today.
pub(super) fn date(context: &Context<'_>, i: usize) -> Option<(jiff::civil::Date, Grain, usize)> {
    let (distance, back) = directed(context, i)?;
    if distance.thousandths % 500 != 0 {
        return None;
    }
    let sign = if back { -1 } else { 1 };
    let whole = distance.thousandths / 1000 * sign;
    let half = distance.thousandths % 1000 == 500;
    let today = context.today();
    let (date, grain) = match distance.unit {
        Unit::Days => (today.checked_add(whole.days()), Grain::Day),
        Unit::Weeks => (today.checked_add((whole * 7).days()), Grain::Day),
        Unit::Months => (
            today.checked_add(whole.months().days(if half { 15 * sign } else { 0 })),
            Grain::Day,
        ),
        Unit::Years => (
            today.checked_add(whole.years().months(if half { 6 * sign } else { 0 })),
            Grain::Day,
        ),
        Unit::Minutes | Unit::Hours => return None,
    };
    Some((date.ok()?, grain, distance.next))
}

fn exact(at: DateTime) -> When {
    let start = at.date().at(at.hour(), at.minute(), 0, 0);
    When {
        reading: Reading { start, end: None },
        grain: Grain::Minute,
        other: None,
    }
}

/// A distance with its direction, before it or behind it.
fn directed(context: &Context<'_>, i: usize) -> Option<(Distance, bool)> {
    let line = context.line;
    let ahead = match line.word(i) {
        "daqui" | "daki" | "dq" => {
            Some(i + 1 + usize::from(line.is(i + 1, &["a", "ha", "umas", "uns"])))
        }
        "dentro" if line.is(i + 1, &["de"]) => Some(i + 2),
        "em" | "en" | "in" => Some(i + 1 + usize::from(line.word(i + 1) == "ate")),
        "within" => Some(i + 1),
        _ => None,
    };
    if let Some(at) = ahead {
        let distance = counted(context, at)?;
        // "em 2 vezes", "in 2 hours": the unit decides; "em 10 minutos de conversa" is rare.
        return Some((distance, false));
    }
    if line.is(i, &["ha", "faz", "hace"]) {
        let at = i + 1 + usize::from(line.is(i + 1, &["uns", "umas", "mais", "unos"]));
        let distance = counted(context, at)?;
        return Some((distance, true));
    }
    let distance = counted(context, i)?;
    let next = distance.next;
    let (back, length) = match line.word(next) {
        "atras" | "ago" | "antes" | "earlier" => (true, 1),
        "from" if line.word(next + 1) == "now" => (false, 2),
        _ => return None,
    };
    Some((
        Distance {
            next: next + length,
            ..distance
        },
        back,
    ))
}

/// "duas horas e meia", "meia hora", "uma semana", "uns 15 minutos".
fn counted(context: &Context<'_>, i: usize) -> Option<Distance> {
    let line = context.line;
    let at = i + usize::from(line.is(
        i,
        &[
            "uns", "umas", "mais", "about", "unos", "unas", "cerca", "no",
        ],
    ));
    let half = line.is(at, &["meia", "media"])
        || line.follows(at, &["half", "an"])
        || line.follows(at, &["half", "a"]);
    let (thousandths, unit_at) = if half {
        (500, at + if line.word(at) == "half" { 2 } else { 1 })
    } else if line.is(at, &["a", "an"]) {
        (1000, at + 1)
    } else {
        // "dos horas" can't be Portuguese, whatever the line is.
        let n = number(line, at, context.language).or_else(|| number(line, at, Language::Es))?;
        (n.thousandths, n.next)
    };
    let util = line.is(unit_at + 1, &["uteis", "util", "habiles"]);
    let unit = words::unit(line.word(unit_at)).filter(|_| !util)?;
    let mut next = unit_at + 1;
    let mut thousandths = thousandths;
    if line.is(next, &["e", "y"]) && line.is(next + 1, &["meia", "meio", "media", "medio"]) {
        thousandths += 500;
        next += 2;
    }
    (thousandths <= COUNT_MAX * 1000).then_some(Distance {
        thousandths,
        unit,
        next,
    })
}
