//! Weeks, weekends, months and years: "semana que vem", "fim de semana", "final do mês", "em março".
//!
//! In: a place in a line. Out: a span with its end exclusive; weeks begin on Monday. Absent: days and
//! times. Read next: [`super::day`].

use super::day::Day;
use super::words::month;
use super::{Context, Grain};
use jiff::ToSpan;
use jiff::civil::Date;

pub(super) fn read(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    edge(context, i)
        .or_else(|| weekend(context, i))
        .or_else(|| whole(context, i))
        .or_else(|| month_alone(context, i))
}

/// Which of a row: this one, the next, the last; said before or behind.
fn before(context: &Context<'_>, i: usize) -> Option<i64> {
    Some(match context.line.word(i) {
        "proxima" | "proximo" | "prox" | "next" | "outra" => 1,
        "essa" | "esta" | "nessa" | "nesta" | "this" | "este" | "esse" | "nesse" | "neste" => 0,
        "ultima" | "ultimo" | "last" => -1,
        _ => return None,
    })
}

fn behind(context: &Context<'_>, i: usize) -> Option<(i64, usize)> {
    let line = context.line;
    if line.word(i) == "que" && line.is(i + 1, &["vem", "vein", "viene"]) {
        return Some((1, i + 2));
    }
    if line.is(i, &["passada", "passado", "pasado", "pasada"]) {
        return Some((-1, i + 1));
    }
    if line.word(i) == "agora" {
        return Some((0, i + 1));
    }
    line.is(i, &["proxima", "proximo", "seguinte"])
        .then_some((1, i + 1))
}

fn whole(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let lead = before(context, i);
    let at = i + usize::from(lead.is_some());
    let grain = match context.line.word(at) {
        "semana" | "week" => Grain::Week,
        "mes" | "month" => Grain::Month,
        "ano" | "year" => Grain::Year,
        _ => return None,
    };
    let (ahead, next) = behind(context, at + 1).or_else(|| Some((lead?, at + 1)))?;
    let (from, to) = bounds(context.today(), grain, ahead)?;
    Some((Day::span(from, to, grain), next))
}

fn bounds(today: Date, grain: Grain, ahead: i64) -> Option<(Date, Date)> {
    let (from, length) = match grain {
        Grain::Week => {
            let index = i64::from(today.weekday().to_monday_zero_offset());
            (
                today.checked_add((ahead * 7 - index).days()).ok()?,
                7.days(),
            )
        }
        Grain::Month => (
            today.first_of_month().checked_add(ahead.months()).ok()?,
            1.month(),
        ),
        Grain::Year => (
            today.first_of_year().checked_add(ahead.years()).ok()?,
            1.year(),
        ),
        Grain::Minute | Grain::Part | Grain::Day => return None,
    };
    Some((from, from.checked_add(length).ok()?))
}

/// "fim de semana", "fds", "weekend".
fn weekend(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let lead = before(context, i);
    let at = i + usize::from(lead.is_some());
    let next = match line.word(at) {
        "fds" | "weekend" | "findi" => at + 1,
        "fim" | "final" | "fin" if line.is(at + 1, &["de"]) && line.word(at + 2) == "semana" => {
            at + 3
        }
        _ => return None,
    };
    let (ahead, next) = behind(context, next).unwrap_or((lead.unwrap_or(0), next));
    let today = context.today();
    let index = i64::from(today.weekday().to_monday_zero_offset());
    // On Sunday "this weekend" is the one that is.
    let saturday = if index == 6 { -1 } else { 5 - index };
    let from = today.checked_add((saturday + ahead * 7).days()).ok()?;
    let to = from.checked_add(2.days()).ok()?;
    let mut day = Day::span(from, to, Grain::Day);
    if ahead == 1 && index < 5 {
        let near = (
            from.checked_sub(7.days()).ok()?,
            Some(to.checked_sub(7.days()).ok()?),
        );
        day.readings.push(near);
    }
    Some((day, next))
}

/// "final do mês", "começo do mês que vem", "fim do ano".
fn edge(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let end = line.is(i, &["fim", "final", "end"]);
    let start = line.is(i, &["comeco", "inicio", "beginning"]);
    if !(end || start) || !line.is(i + 1, &["do", "de", "of"]) {
        return None;
    }
    let at = i + 2 + usize::from(line.is(i + 2, &["the", "este", "esse"]));
    let grain = match line.word(at) {
        "mes" | "month" => Grain::Month,
        "ano" | "year" => Grain::Year,
        _ => return None,
    };
    let (ahead, next) = behind(context, at + 1).unwrap_or((0, at + 1));
    let (from, to) = bounds(context.today(), grain, ahead)?;
    let days = if grain == Grain::Month {
        10.days()
    } else {
        31.days()
    };
    let (from, to) = if end {
        (to.checked_sub(days).ok()?, to)
    } else {
        (from, from.checked_add(days).ok()?)
    };
    Some((Day::span(from, to, Grain::Day), next))
}

/// "em março", "in march", "mês de março": only led so, for "maio" and "may" are other words too.
fn month_alone(context: &Context<'_>, i: usize) -> Option<(Day, usize)> {
    let line = context.line;
    let m = month(line.word(i)).filter(|_| line.word(i).len() > 3 || line.word(i) == "may")?;
    let led = line.is(
        i.wrapping_sub(1),
        &["em", "in", "en", "ate", "mes", "desde", "since", "until"],
    ) || line.follows(i.wrapping_sub(2), &["mes", "de"]);
    if !led {
        return None;
    }
    let of = usize::from(line.is(i + 1, &["de", "do", "del"]));
    let said = line.small(i + 1 + of).filter(|y| (1900..3000).contains(y));
    let today = context.today();
    let year = match said {
        Some(year) => i16::try_from(year).ok()?,
        None => {
            let gone = m < today.month();
            let past = context.past(i);
            match (gone, past) {
                (true, false) => today.year() + 1,
                (false, true) if m > today.month() => today.year() - 1,
                (true, true) | (false, true | false) => today.year(),
            }
        }
    };
    let from = Date::new(year, m, 1).ok()?;
    let to = from.checked_add(1.month()).ok()?;
    let next = if said.is_some() { i + 2 + of } else { i + 1 };
    Some((Day::span(from, to, Grain::Month), next))
}
