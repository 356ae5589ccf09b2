//! Media: upload, look-up, download and deletion, with the lifetimes Meta gives them.
//!
//! In: multipart uploads, ids, download links. Out: ids that live 30 days (uploads) or 7 days (webhooks),
//! links that live 5 minutes and need the bearer token. Deliberately absent: any look inside the files; the
//! declared type decides. Next: `multipart.rs`.

use crate::api::{ApiReply, ApiRequest};
use crate::cloud::Cloud;
use crate::graph::check::MEDIA;
use crate::graph::multipart::parts;
use crate::ids::{Ids, base64};
use crate::refusal::Refusal;
use crate::time::{DAY, MINUTE, SECOND};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;

/// How long a download link lives.
const LINK_LIFE: i64 = 5 * MINUTE;
const MEGABYTE: usize = 1024 * 1024;
/// Largest file and allowed content types per message type.
const KINDS: &[(&str, usize, &[&str])] = &[
    ("image", 5 * MEGABYTE, &["image/jpeg", "image/png"]),
    (
        "video",
        16 * MEGABYTE,
        &["video/mp4", "video/3gpp", "video/3gp"],
    ),
    (
        "audio",
        16 * MEGABYTE,
        &[
            "audio/aac",
            "audio/amr",
            "audio/mpeg",
            "audio/mp4",
            "audio/ogg",
        ],
    ),
    ("sticker", 500 * 1024, &["image/webp"]),
    (
        "document",
        100 * MEGABYTE,
        &[
            "text/plain",
            "application/pdf",
            "application/msword",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.ms-excel",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.ms-powerpoint",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ],
    ),
];

/// Where a file came from; decides how long its id lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Upload,
    Webhook,
}

#[derive(Debug, Clone)]
struct File {
    mime: String,
    bytes: Arc<[u8]>,
    until: i64,
    /// Link tokens and when they end.
    links: Vec<(String, i64)>,
}

/// All files.
#[derive(Debug, Clone, Default)]
pub(crate) struct MediaStore {
    files: HashMap<String, File>,
}

impl MediaStore {
    /// Keeps a file; gives back its id and its digest as webhooks write it.
    pub(crate) fn add(
        &mut self,
        now: i64,
        mime: &str,
        bytes: Vec<u8>,
        origin: Origin,
        ids: &mut Ids,
    ) -> (String, String) {
        let id = ids.object();
        let digest = base64(&Sha256::digest(&bytes));
        let life = if origin == Origin::Upload {
            30 * DAY
        } else {
            7 * DAY
        };
        let file = File {
            mime: mime.to_owned(),
            bytes: bytes.into(),
            until: now + life,
            links: Vec::new(),
        };
        self.files.insert(id.clone(), file);
        (id, digest)
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.files.contains_key(id)
    }

    /// A fresh download link.
    pub(crate) fn link(&mut self, now: i64, id: &str, base: &str, ids: &mut Ids) -> Option<String> {
        let file = self.files.get_mut(id).filter(|file| now < file.until)?;
        file.links.retain(|(_, until)| now < *until);
        let token = ids.trace();
        file.links.push((token.clone(), now + LINK_LIFE));
        let ext = (now + LINK_LIFE).div_euclid(SECOND);
        Some(format!(
            "{base}/whatsapp_business/attachments/?mid={id}&ext={ext}&hash={token}"
        ))
    }

    /// Whether an id may be sent as a message of a kind.
    pub(crate) fn usable(&self, now: i64, id: &str, kind: &str) -> Result<(), Refusal> {
        let file = self.files.get(id).filter(|file| now < file.until);
        let file =
            file.ok_or_else(|| Refusal::invalid("The media id is unknown or has expired."))?;
        if allows(kind, &file.mime) {
            Ok(())
        } else {
            Err(Refusal::new(
                131053,
                format!("A file of type {} cannot be sent as {kind}.", file.mime),
            ))
        }
    }
}

fn plain_type(mime: &str) -> &str {
    mime.split(';').next().unwrap_or(mime).trim()
}

fn allows(kind: &str, mime: &str) -> bool {
    // Any file may travel as a document.
    kind == "document"
        || KINDS
            .iter()
            .any(|(name, _, types)| *name == kind && types.contains(&plain_type(mime)))
}

impl Cloud {
    pub(crate) fn upload(&mut self, now: i64, request: &ApiRequest) -> Result<Value, Refusal> {
        let form = parts(
            request.header("content-type").unwrap_or_default(),
            &request.body,
        )
        .ok_or_else(|| Refusal::new(100, "The upload must be a multipart form."))?;
        let text = |name: &str| {
            form.iter()
                .find(|part| part.name == name)
                .map(|part| String::from_utf8_lossy(part.bytes).into_owned())
        };
        if text("messaging_product").as_deref() != Some("whatsapp") {
            return Err(Refusal::new(
                100,
                "The parameter messaging_product is required.",
            ));
        }
        let file = form
            .iter()
            .find(|part| part.name == "file")
            .ok_or_else(|| Refusal::new(100, "The parameter file is required."))?;
        let mime = text("type")
            .filter(|mime| mime.contains('/'))
            .or_else(|| file.content_type.clone())
            .ok_or_else(|| Refusal::new(100, "The parameter type is required."))?;
        let Some((kind, most, _)) = KINDS
            .iter()
            .find(|(_, _, types)| types.contains(&plain_type(&mime)))
        else {
            return Err(Refusal::new(
                100,
                format!("Files of type {mime} are not supported."),
            ));
        };
        if file.bytes.is_empty() || file.bytes.len() > *most {
            return Err(Refusal::new(
                131053,
                format!("A file sent as {kind} must have 1 to {most} bytes."),
            ));
        }
        let bytes = file.bytes.to_vec();
        let (id, _) = self
            .media
            .add(now, &mime, bytes, Origin::Upload, &mut self.ids);
        Ok(json!({"id": id}))
    }

    pub(crate) fn media_call(
        &mut self,
        now: i64,
        request: &ApiRequest,
        id: &str,
    ) -> Result<Value, Refusal> {
        if request.method == "DELETE" {
            self.media.files.remove(id);
            return Ok(json!({"success": true}));
        }
        if request.method != "GET" {
            return Err(Refusal::no_object(id, &request.method));
        }
        if let Some(number) = request.parameter("phone_number_id")
            && self.number_index(&number).is_none()
        {
            return Err(Refusal::new(
                100,
                "The media does not belong to this number.",
            ));
        }
        let url = self
            .media
            .link(now, id, &self.config.media_base, &mut self.ids);
        let url = url.ok_or_else(|| Refusal::no_object(id, "GET"))?;
        let file = self
            .media
            .files
            .get(id)
            .ok_or_else(|| Refusal::no_object(id, "GET"))?;
        Ok(json!({
            "messaging_product": "whatsapp",
            "url": url,
            "mime_type": file.mime,
            "sha256": hex::encode(Sha256::digest(&file.bytes)),
            "file_size": file.bytes.len(),
            "id": id,
        }))
    }

    pub(crate) fn download(&self, now: i64, request: &ApiRequest) -> Result<ApiReply, Refusal> {
        let id = request.parameter("mid").unwrap_or_default();
        let token = request.parameter("hash").unwrap_or_default();
        let file = self.media.files.get(&id).filter(|file| now < file.until);
        let live = file.filter(|file| {
            file.links
                .iter()
                .any(|(known, until)| *known == token && now < *until)
        });
        match live {
            Some(file) => Ok(ApiReply {
                status: 200,
                headers: vec![("Content-Type".into(), file.mime.clone())],
                body: file.bytes.to_vec(),
                delay_us: 0,
                cut: crate::api::Cut::None,
            }),
            None => Ok(ApiReply {
                status: 404,
                headers: vec![("Content-Type".into(), "text/plain".into())],
                body: b"URL signature expired".to_vec(),
                delay_us: 0,
                cut: crate::api::Cut::None,
            }),
        }
    }
}

/// Decodes padded base64; nothing when it is not base64.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0u32, 0u32);
    for character in text.trim_end_matches('=').bytes() {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        word = (word << 6 | u32::from(value)) & 0x00FF_FFFF;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(((word >> bits) & 0xFF) as u8);
        }
    }
    Some(out)
}

/// Every message type that carries a file has a row of limits.
const _: () = assert!(KINDS.len() == MEDIA.len());

#[cfg(test)]
#[path = "media_tests.rs"]
mod tests;
