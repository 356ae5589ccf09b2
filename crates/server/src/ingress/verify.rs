//! Meta's verification of the address: the token is compared, the challenge is given back.
//!
//! In: the query of a GET and the token we were told. Out: the challenge as plain text, or nothing.
//! Absent: state; Meta asks in the middle of calls that configure the very same address. Next:
//! [`super`].

use subtle::ConstantTimeEq;

/// Meta's are ten digits or so; longer ones are somebody trying something.
const CHALLENGE_MAX: usize = 128;

/// The challenge to give back, if everything is as it should be.
#[must_use]
pub fn challenge(query: &str, token: Option<&str>) -> Option<String> {
    let mut mode = None;
    let mut given = None;
    let mut challenge = None;
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match decode(name).as_str() {
            "hub.mode" => mode = Some(decode(value)),
            "hub.verify_token" => given = Some(decode(value)),
            "hub.challenge" => challenge = Some(decode(value)),
            _ => {}
        }
    }
    let token = token.filter(|token| !token.is_empty())?;
    let same: bool = given?.as_bytes().ct_eq(token.as_bytes()).into();
    let plain = challenge.filter(|text| {
        !text.is_empty()
            && text.len() <= CHALLENGE_MAX
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    });
    plain.filter(|_| same && mode.as_deref() == Some("subscribe"))
}

/// `%XX` and `+`; what can't be decoded stays as it is and will match nothing.
fn decode(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, tail @ ..] = rest {
        rest = tail;
        match *byte {
            b'+' => out.push(b' '),
            b'%' => match tail {
                [high, low, after @ ..] if hex(*high).is_some() && hex(*low).is_some() => {
                    out.push(hex(*high).unwrap_or(0) * 16 + hex(*low).unwrap_or(0));
                    rest = after;
                }
                _ => out.push(b'%'),
            },
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a17_only_the_right_token_and_a_plain_challenge_are_answered() {
        let good = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=s3cret%20word";
        assert_eq!(
            challenge(good, Some("s3cret word")).as_deref(),
            Some("1158201444")
        );
        let bad = [
            (good, None),
            (good, Some("")),
            (good, Some("other")),
            ("", Some("s")),
            (
                "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=s",
                Some("s"),
            ),
            ("hub.challenge=1&hub.verify_token=s", Some("s")),
            ("hub.mode=subscribe&hub.verify_token=s", Some("s")),
            (
                "hub.mode=subscribe&hub.challenge=&hub.verify_token=s",
                Some("s"),
            ),
            ("hub.mode=subscribe&hub.challenge=1", Some("s")),
            (
                "hub.mode=subscribe&hub.challenge=%3Cscript%3E&hub.verify_token=s",
                Some("s"),
            ),
        ];
        for (query, token) in bad {
            assert_eq!(challenge(query, token), None, "{query}");
        }
        let long = format!(
            "hub.mode=subscribe&hub.challenge={}&hub.verify_token=s",
            "1".repeat(CHALLENGE_MAX + 1)
        );
        assert_eq!(challenge(&long, Some("s")), None);
    }

    #[test]
    fn broken_escapes_match_nothing_and_break_nothing() {
        assert_eq!(decode("a%2"), "a%2");
        assert_eq!(decode("%zz%41+"), "%zzA ");
    }
}
