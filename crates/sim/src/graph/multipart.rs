//! Reads a multipart form, as media uploads send it.
//!
//! In: the content type and the raw body. Out: the parts with name, content type and bytes. Deliberately
//! absent: nested parts and transfer encodings, which no client of the Cloud API uses. Next: `media.rs`.

/// One part of a form.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: &'a [u8],
}

/// The parts of a form, or nothing when it is not one.
pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Part<'a>>> {
    let boundary = content_type
        .split(';')
        .map(str::trim)
        .find_map(|field| field.strip_prefix("boundary="))?;
    let delimiter = format!("--{}", boundary.trim_matches('"')).into_bytes();
    // A part ends at a line of its own: the same bytes inside a line are content.
    let closing = [b"\r\n", delimiter.as_slice()].concat();
    let mut parts = Vec::new();
    let mut at = find(body, &delimiter, 0)? + delimiter.len();
    while !body.get(at..)?.starts_with(b"--") {
        let head = at + 2;
        let blank = find(body, b"\r\n\r\n", at)?;
        let end = find(body, &closing, blank + 2)?;
        let headers =
            String::from_utf8_lossy(body.get(head..blank).unwrap_or_default()).into_owned();
        let header = |wanted: &str| {
            headers.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case(wanted)
                    .then(|| value.trim().to_owned())
            })
        };
        let name = header("content-disposition")?
            .split(';')
            .map(str::trim)
            .find_map(|field| field.strip_prefix("name="))?
            .trim_matches('"')
            .to_owned();
        parts.push(Part {
            name,
            content_type: header("content-type"),
            bytes: body.get(blank + 4..end)?,
        });
        at = end + closing.len();
    }
    Some(parts)
}

fn find(body: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    let tail = body.get(from..)?;
    let first = *wanted.first()?;
    let mut at = 0;
    while let Some(step) = tail.get(at..)?.iter().position(|byte| *byte == first) {
        at += step;
        if tail[at..].starts_with(wanted) {
            return Some(from + at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"--X\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--X\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n\x00--X\r\n--\xff\r\n--X--\r\n";

    #[test]
    fn parts_keep_their_exact_bytes() {
        let parts = parts("multipart/form-data; boundary=X", BODY).expect("a form");
        assert_eq!(parts.len(), 2);
        assert_eq!(
            (parts[0].name.as_str(), parts[0].bytes),
            ("messaging_product", &b"whatsapp"[..])
        );
        assert_eq!(parts[1].bytes, b"\x00--X\r\n--\xff");
        assert_eq!(parts[1].content_type.as_deref(), Some("image/jpeg"));
    }

    #[test]
    fn broken_forms_give_nothing_and_do_not_panic() {
        assert!(parts("application/json", BODY).is_none());
        assert!(parts("multipart/form-data; boundary=Y", BODY).is_none());
        for end in 0..BODY.len() - 4 {
            assert!(
                parts("multipart/form-data; boundary=\"X\"", &BODY[..end]).is_none(),
                "cut at {end}"
            );
        }
    }
}
