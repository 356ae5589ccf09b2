//! Opening hours: is the business open at this moment, and when does it open next.
//!
//! In: [`Hours`] in local wall-clock minutes, an IANA zone, a time. Out: yes or no, a time, a
//! greeting. Zones come from the tables compiled into the binary, so that every machine agrees. A
//! span may run past midnight and belongs to the day it begins on; a holiday closes the spans that
//! begin on it. A wall-clock time that a clock change skips becomes the next one that exists; one
//! that happens twice means the first. Absent: what is said when closed.

use crate::book::Hours;
use crate::time::Time;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// Days looked ahead for the next opening: longer closures count as no opening known.
const AHEAD_DAYS: u32 = 60;
const DAY_MINUTES: u32 = 24 * 60;

/// Whether the business is open.
#[must_use]
pub fn is_open(hours: &Hours, zone: &str, at: Time) -> bool {
    let local = local(zone, at);
    let minute = minutes(local);
    let today = spans(hours, local.date());
    let yesterday = local
        .date()
        .yesterday()
        .map_or(&[][..], |date| spans(hours, date));
    within(today, minute) || within(yesterday, minute + DAY_MINUTES)
}

/// The next time after `at` at which a span begins.
#[must_use]
pub fn next_open(hours: &Hours, zone: &str, at: Time) -> Option<Time> {
    let tz = tz(zone);
    let mut date = local(zone, at).date();
    for _ in 0..AHEAD_DAYS {
        let next = spans(hours, date)
            .iter()
            .filter_map(|(from, _)| wall(&tz, date, *from))
            .filter(|time| *time > at)
            .min();
        if next.is_some() {
            return next;
        }
        date = date.tomorrow().ok()?;
    }
    None
}

/// "Bom dia", "Boa tarde" or "Boa noite", by the local clock.
#[must_use]
pub fn greeting(zone: &str, at: Time) -> &'static str {
    match local(zone, at).hour() {
        5..=11 => "Bom dia",
        12..=17 => "Boa tarde",
        _ => "Boa noite",
    }
}

/// Whether a zone of this name is known.
#[must_use]
pub fn knows_zone(zone: &str) -> bool {
    TimeZone::get(zone).is_ok()
}

fn spans(hours: &Hours, date: Date) -> &[(u16, u16)] {
    if !hours.holidays.is_empty() {
        let name = date.to_string();
        if hours.holidays.contains(&name) {
            return &[];
        }
    }
    let weekday = usize::from(date.weekday().to_monday_zero_offset().unsigned_abs());
    hours.week.get(weekday).map_or(&[], Vec::as_slice)
}

fn within(spans: &[(u16, u16)], minute: u32) -> bool {
    spans
        .iter()
        .any(|(from, to)| u32::from(*from) <= minute && minute < u32::from(*to))
}

fn minutes(local: DateTime) -> u32 {
    u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs())
}

fn wall(tz: &TimeZone, date: Date, minute: u16) -> Option<Time> {
    let local = date
        .at(0, 0, 0, 0)
        .checked_add(i64::from(minute).minutes())
        .ok()?;
    let zoned = tz.to_ambiguous_zoned(local).compatible().ok()?;
    Some(Time(zoned.timestamp().as_microsecond()))
}

fn local(zone: &str, at: Time) -> DateTime {
    let timestamp = Timestamp::from_microsecond(at.micros()).unwrap_or(Timestamp::UNIX_EPOCH);
    tz(zone).to_datetime(timestamp)
}

/// An unknown zone counts as UTC; the workspace files are checked for it long before.
fn tz(zone: &str) -> TimeZone {
    TimeZone::get(zone).unwrap_or(TimeZone::UTC)
}
