//! Ways to reach somebody: e-mail addresses, links, phone numbers.
//!
//! In: a tokenised line. Out: candidates; phones as E.164 where the country is known (Brazil where an
//! area code of Brazil leads), as local digits where only those were given. Every start looks at a
//! bounded number of bytes. Absent: whether the address exists. Read next: [`super::documents`].

use super::documents::{told, touches_word};
use super::{Candidate, Kind, Value};
use crate::sense::tokens::{Class, Line};

/// RFC 5321's limits for the two sides of an address.
const LOCAL_MAX: usize = 64;
const DOMAIN_MAX: usize = 253;
/// A link longer than this is cut off; what follows is no part of what people read.
const URL_MAX: usize = 2048;
/// E.164 allows fifteen digits.
const PHONE_DIGITS_MAX: usize = 15;

/// The endings by which a bare name is taken for a site.
const ENDINGS: &[&str] = &[
    "com", "br", "net", "org", "io", "app", "me", "co", "shop", "store", "online", "site", "gov",
    "edu", "ly", "link", "dev", "info", "pt", "es", "us", "uk", "ar", "mx", "cl",
];

pub(super) fn find(line: &Line<'_>, found: &mut Vec<Candidate>) {
    for i in 0..line.len() {
        if line.word(i) == "@" {
            found.extend(email(line, i));
        }
        if line.class(i) == Some(Class::Word) {
            found.extend(url(line, i));
        }
        let starts = line.is_digits(i) || line.is(i, &["+", "("]);
        if starts && !(line.glued(i) && touches_word(line, i)) {
            found.extend(phone(line, i));
        }
    }
}

fn text_of(kind: Kind, text: String, range: std::ops::Range<usize>, confidence: f32) -> Candidate {
    Candidate {
        kind,
        value: Value::Text { text },
        range,
        confidence,
    }
}

fn email(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let at = line.tokens[i].start;
    let before = &line.text.as_bytes()[at.saturating_sub(LOCAL_MAX)..at];
    let local = before
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || b"._%+-".contains(b))
        .count();
    let start = at - local;
    let rest = line.text.as_bytes()[at + 1..].iter();
    let domain = rest
        .take(DOMAIN_MAX)
        .take_while(|b| b.is_ascii_alphanumeric() || b".-".contains(b))
        .count();
    // A full stop behind the address ends the sentence.
    let domain = line.text[at + 1..at + 1 + domain].trim_end_matches(['.', '-']);
    let mut labels = domain.rsplit('.');
    let top = labels.next()?;
    let shaped = domain.contains('.')
        && top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_alphabetic())
        && labels.all(|label| !label.is_empty());
    let text = line.text[start..at + 1 + domain.len()].to_ascii_lowercase();
    let start = start + (text.len() - text.trim_start_matches(['.', '-', '%', '+']).len());
    let text = text.trim_start_matches(['.', '-', '%', '+']).to_owned();
    let ends = at + 1 + domain.len();
    (shaped && start < at).then(|| text_of(Kind::Email, text, start..ends, 0.98))
}

fn url(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let start = line.tokens[i].start;
    if line.glued(i) && touches_word(line, i)
        || line.glued(i) && line.is(i.wrapping_sub(1), &["@", ".", "-", "_", "/", "+"])
    {
        return None;
    }
    let scheme = line.is(i, &["http", "https"]) && line.follows(i + 1, &[":", "/", "/"]);
    let www = line.word(i) == "www" && line.word(i + 1) == "." && line.glued(i + 2);
    let end = if scheme || www {
        start + stretch(&line.text[start..])
    } else {
        bare_site(line, i)?
    };
    let end = start
        + line.text[start..end]
            .trim_end_matches([
                '.', ',', ';', ':', '!', '?', ')', ']', '}', '\'', '"', '>', '*',
            ])
            .len();
    let long = end > start + 8 || !scheme;
    let confidence = if scheme || www { 0.99 } else { 0.85 };
    long.then(|| {
        text_of(
            Kind::Url,
            line.text[start..end].to_owned(),
            start..end,
            confidence,
        )
    })
}

/// Bytes up to white space, at most [`URL_MAX`].
fn stretch(text: &str) -> usize {
    let ends = text
        .char_indices()
        .find(|(at, c)| c.is_whitespace() || c.is_control() || *at + c.len_utf8() > URL_MAX);
    ends.map_or(text.len(), |(at, _)| at)
}

/// The end of "loja.com.br/produtos": names joined by single dots, the last a known ending.
fn bare_site(line: &Line<'_>, i: usize) -> Option<usize> {
    let mut at = i;
    let mut last = None;
    // Four labels at most: deeper names come with a scheme.
    for _ in 0..4 {
        while line.glued(at + 1)
            && (line.class(at + 1) != Some(Class::Mark) || line.word(at + 1) == "-")
        {
            at += 1;
            // A label has at most 63 characters.
            if at > i + 63 {
                return None;
            }
        }
        if !(line.word(at + 1) == "." && line.glued(at + 1) && line.glued(at + 2)) {
            break;
        }
        at += 2;
        let ends = line.is(at, ENDINGS)
            && (line.class(at + 1) != Some(Class::Word) || !line.glued(at + 1));
        last = ends.then_some(at).or(last);
    }
    let last = last?;
    if line.word(last + 1) == "@" {
        return None;
    }
    let end = line.tokens[last].end;
    let path = line.word(last + 1) == "/" && line.glued(last + 1);
    Some(if path {
        end + stretch(&line.text[end..])
    } else {
        end
    })
}

/// Area codes of Brazil.
pub(super) fn is_area(digits: &str) -> bool {
    digits.parse::<u32>().is_ok_and(|area| {
        matches!(area, 11..=19 | 21 | 22 | 24 | 27 | 28 | 31..=35 | 37 | 38 | 41..=49 | 51 | 53..=55
            | 61..=69 | 71 | 73..=75 | 77 | 79 | 81..=89 | 91..=99)
    })
}

/// Groups of digits from token `i`, with what parts them passed over.
struct Groups {
    plus: bool,
    marked: bool,
    groups: Vec<(String, usize)>,
}

fn groups(line: &Line<'_>, i: usize) -> Groups {
    let mut read = Groups {
        plus: false,
        marked: false,
        groups: Vec::new(),
    };
    let mut at = i;
    let mut digits = 0;
    let mut parted = 0;
    while at < line.len() && digits <= PHONE_DIGITS_MAX && parted < 3 {
        if line.is_digits(at) {
            digits += line.word(at).len();
            read.groups.push((line.word(at).to_owned(), at + 1));
            parted = 0;
        } else if line.word(at) == "+" && at <= i + 1 && read.groups.is_empty() {
            read.plus = true;
            parted += 1;
        } else if line.is(at, &["(", ")", "-", "."]) {
            read.marked = true;
            parted += 1;
        } else {
            break;
        }
        at += 1;
    }
    read
}

/// The longest run of groups from token `i` that is a phone number.
fn phone(line: &Line<'_>, i: usize) -> Option<Candidate> {
    let read = groups(line, i);
    let told = told(
        line,
        i,
        &[
            "telefone", "tel", "fone", "celular", "cel", "whats", "whatsapp", "zap", "numero",
            "contato", "liga", "ligar", "ligue", "phone", "call", "telefono", "movil", "cell",
            "wpp",
        ],
    );
    (1..=read.groups.len().min(6)).rev().find_map(|count| {
        let groups: Vec<&str> = read.groups[..count]
            .iter()
            .map(|(g, _)| g.as_str())
            .collect();
        let next = read.groups[count - 1].1;
        let goes_on = line.glued(next) && line.class(next).is_some_and(|c| c != Class::Mark)
            || line.glued(next)
                && line.is(next, &["-", "/"])
                && line.is_digits(next + 1)
                && line.glued(next + 1);
        if goes_on {
            return None;
        }
        let marked = read.marked || count > 1;
        let (text, confidence) = national(&groups, read.plus, marked, told)?;
        // "4111 1111 1111 1112" is no row of local numbers.
        let row = line.is_digits(next) || i > 0 && line.is_digits(i - 1);
        if row && text.len() <= 9 {
            return None;
        }
        let range = line.range(i, next);
        Some(text_of(Kind::Phone, text, range, confidence))
    })
}

/// The number in one spelling, and how sure it is a phone.
fn national(groups: &[&str], plus: bool, marked: bool, told: bool) -> Option<(String, f32)> {
    let digits = groups.concat();
    if plus && !digits.starts_with("55") {
        return ((8..=PHONE_DIGITS_MAX).contains(&digits.len()) && !digits.starts_with('0'))
            .then(|| (format!("+{digits}"), 0.92));
    }
    if (digits.starts_with("0800") || digits.starts_with("0300")) && matches!(digits.len(), 10 | 11)
    {
        return Some((digits, 0.9));
    }
    let country = digits
        .strip_prefix("55")
        .filter(|rest| matches!(rest.len(), 10 | 11));
    let home = country.or_else(|| {
        digits
            .strip_prefix('0')
            .filter(|rest| matches!(rest.len(), 10 | 11))
    });
    let home = home.unwrap_or(&digits);
    let surer = f32::from(u8::from(told)) * 0.1;
    match home.len() {
        10 | 11 => {
            let (area, local) = home.split_at(2);
            let first = local.as_bytes()[0];
            let fits = if local.len() == 9 {
                first == b'9'
            } else {
                matches!(first, b'2'..=b'9')
            };
            if !is_area(area) || !fits || !shaped(groups, home.len()) {
                return None;
            }
            let confidence = match (country.is_some() || plus, marked, local.len()) {
                (true, _, _) => 0.95,
                (false, true, _) => 0.9,
                (false, false, 9) => 0.85,
                (false, false, _) => 0.6,
            };
            Some((format!("+55{home}"), (confidence + surer).min(0.99)))
        }
        // Without an area code: only with the usual hyphen, or where a word says what it is.
        8 | 9 if !plus => {
            let split = matches!(groups, [a, b] if matches!(a.len(), 4 | 5) && b.len() == 4);
            let ninth = digits.len() == 8 || digits.starts_with('9');
            let fits =
                ninth && !digits.starts_with(['0', '1']) && (split || told && groups.len() == 1);
            fits.then(|| (digits.clone(), if told { 0.85 } else { 0.66 }))
        }
        _ => None,
    }
}

/// Whether the groups are those in which Brazilians write a number.
fn shaped(groups: &[&str], home: usize) -> bool {
    let mut lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
    if lengths.len() > 1 && matches!(groups[0], "55" | "0" | "055") {
        lengths.remove(0);
    }
    if lengths.len() > 1 && matches!(lengths[0], 2 | 3) {
        lengths.remove(0);
    } else if lengths.len() == 1 {
        return true;
    }
    let local = home - 2;
    matches!(
        lengths.as_slice(),
        [8 | 9] | [4 | 5, 4] | [1, 4, 4] | [1, 8] | [3, 3, 3] | [2, 2, 2, 2]
    ) && lengths.iter().sum::<usize>() == local
}
