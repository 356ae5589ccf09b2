//! Moves media: what to ask the provider for, what to send it, and what its answers say.
//!
//! In: ids, file bytes, answers. Out: paths, an upload body and decoded answers. The id of an inbound
//! file lives 7 days and its address 5 minutes, so the caller fetches at once. Absent: the transfer
//! itself, storage, and any look into the file.

use crate::decode::Fields;
use crate::graph::{self, Unexpected};
use std::fmt::Write as _;

/// Largest file we upload: the channel's limit for documents; other kinds have less.
pub const MAX_UPLOAD_BYTES: usize = 100 * 1024 * 1024;

/// Where to fetch what, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaInfo {
    pub id: String,
    /// Valid for five minutes; needs the same bearer token.
    pub url: String,
    pub mime: String,
    pub sha256: String,
    pub bytes: Option<u64>,
}

/// `POST` here with [`upload`]'s body.
#[must_use]
pub fn upload_path(number: &str) -> String {
    format!("{}/media", graph::segment(number))
}

/// `GET` answers with [`decode_info`], `DELETE` removes.
#[must_use]
pub fn info_path(media: &str, number: &str) -> String {
    let media = graph::segment(media);
    format!("{media}?phone_number_id={}", graph::segment(number))
}

/// A multipart body and its content type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Builds the body of an upload. `boundary` comes from the caller, who has randomness; it must not
/// occur in the file, so the caller tries another when this returns `None`.
#[must_use]
pub fn upload(boundary: &str, mime: &str, filename: &str, file: &[u8]) -> Option<Upload> {
    let simple = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let fits = (16..=70).contains(&boundary.len()) && boundary.bytes().all(simple);
    if !fits || file.len() > MAX_UPLOAD_BYTES || contains(file, boundary.as_bytes()) {
        return None;
    }
    // A header value must stay one line; a file type or name comes from outside.
    let clean = |text: &str, instead: char| -> String {
        let harmless = |c: char| {
            if c.is_control() || c == '"' || c == '\\' {
                instead
            } else {
                c
            }
        };
        text.chars().map(harmless).collect()
    };
    let mime = clean(mime, ' ');
    let filename = clean(filename, '_');
    let mut head = String::new();
    for (name, value) in [("messaging_product", "whatsapp"), ("type", mime.as_str())] {
        // Writing to a String can't fail.
        let _ = write!(
            head,
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
    }
    let _ = write!(
        head,
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{filename}\"\r\n\
         Content-Type: {mime}\r\n\r\n"
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let mut body = Vec::with_capacity(head.len() + file.len() + tail.len());
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(file);
    body.extend_from_slice(tail.as_bytes());
    let content_type = format!("multipart/form-data; boundary={boundary}");
    Some(Upload { content_type, body })
}

/// The id in the answer to an upload.
///
/// # Errors
/// If the answer has none.
pub fn decode_uploaded(body: &[u8]) -> Result<String, Unexpected> {
    let id = graph::object(body)?.name("id");
    id.ok_or(Unexpected("an upload's answer without an id"))
}

/// The answer to `GET /{media}`.
///
/// # Errors
/// If it has no id or no https address.
pub fn decode_info(body: &[u8]) -> Result<MediaInfo, Unexpected> {
    let mut fields: Fields = graph::object(body)?;
    let id = fields.name("id");
    let url = fields.name("url").filter(|url| is_web(url));
    let (Some(id), Some(url)) = (id, url) else {
        return Err(Unexpected("media without an id or an address"));
    };
    Ok(MediaInfo {
        id,
        url,
        mime: fields.text_or_empty("mime_type"),
        sha256: fields.text_or_empty("sha256"),
        bytes: fields
            .int("file_size")
            .and_then(|size| u64::try_from(size).ok()),
    })
}

/// The bearer token goes to this address, so it must be a web address; `http` is for the simulator.
fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// Whether `needle`, which is not empty, occurs.
fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDARY: &str = "ponte-0123456789abcdef";

    #[test]
    fn an_upload_is_three_parts_and_keeps_the_bytes() {
        let upload = upload(BOUNDARY, "image/png", "foto.png", b"\x89PNG\r\n\x00").unwrap();
        let mut want = Vec::new();
        want.extend_from_slice(
            b"--ponte-0123456789abcdef\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n\
              --ponte-0123456789abcdef\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
              --ponte-0123456789abcdef\r\nContent-Disposition: form-data; name=\"file\"; filename=\"foto.png\"\r\nContent-Type: image/png\r\n\r\n",
        );
        want.extend_from_slice(b"\x89PNG\r\n\x00\r\n--ponte-0123456789abcdef--\r\n");
        assert_eq!(upload.body, want);
        assert_eq!(
            upload.content_type,
            "multipart/form-data; boundary=ponte-0123456789abcdef"
        );
    }

    #[test]
    fn a_name_cannot_add_a_header() {
        let upload = upload(BOUNDARY, "a/b\r\nX: 1", "a\"\r\nX: 1.png", b"").unwrap();
        let text = String::from_utf8(upload.body).unwrap();
        assert!(!text.contains("\r\nX: 1"), "{text}");
        assert!(text.contains("filename=\"a___X: 1.png\""), "{text}");
    }

    #[test]
    fn a_boundary_inside_the_file_or_of_odd_letters_is_refused() {
        let file = format!("x{BOUNDARY}y");
        assert_eq!(upload(BOUNDARY, "a/b", "a", file.as_bytes()), None);
        assert_eq!(upload("short", "a/b", "a", b""), None);
        assert_eq!(upload("with space 0123456789", "a/b", "a", b""), None);
    }

    #[test]
    fn paths_hold_ids_only() {
        assert_eq!(upload_path("100000000000001"), "100000000000001/media");
        assert_eq!(info_path("77", "10"), "77?phone_number_id=10");
        assert_eq!(
            info_path("../x?y", "1&z"),
            "..%2Fx%3Fy?phone_number_id=1%26z"
        );
    }

    #[test]
    fn answers_are_read_or_refused() {
        assert_eq!(decode_uploaded(br#"{"id":4490}"#), Ok("4490".into()));
        assert!(decode_uploaded(b"{}").is_err());
        let info = decode_info(
            br#"{"messaging_product":"whatsapp","url":"https://lookaside.example/x","mime_type":"image/jpeg","sha256":"ab","file_size":"303833","id":"2621"}"#,
        )
        .unwrap();
        assert_eq!(
            (info.bytes, info.mime.as_str()),
            (Some(303_833), "image/jpeg")
        );
        assert!(decode_info(br#"{"id":"1","url":"file:///etc/passwd"}"#).is_err());
        assert!(decode_info(b"not json").is_err());
    }
}
