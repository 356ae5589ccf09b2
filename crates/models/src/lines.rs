//! Cuts a stream into events: server-sent events, or JSON by the line.
//!
//! In: bytes as they come, cut anywhere. Out: whole events as text. An event counts only once its end has
//! come, so that a cut stream never yields a last event that looks whole. Absent: what an event means.

use crate::bounds::{ANSWER_BYTES_MAX, LINE_BYTES_MAX};
use crate::trouble::{Kind, Trouble};

/// How events are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `data:` lines, ended by an empty line.
    Sse,
    /// One line, one event.
    Json,
}

#[derive(Debug)]
pub(crate) struct Lines {
    framing: Framing,
    /// A line that has not ended.
    open: Vec<u8>,
    /// The `data:` lines of an event that has not ended.
    data: String,
    has_data: bool,
    total: usize,
}

impl Lines {
    pub(crate) fn new(framing: Framing) -> Lines {
        Lines {
            framing,
            open: Vec::new(),
            data: String::new(),
            has_data: false,
            total: 0,
        }
    }

    /// The events that these bytes complete.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, Trouble> {
        self.total += bytes.len();
        if self.total > ANSWER_BYTES_MAX {
            return Err(Trouble::coded(Kind::TooMuch, "stream"));
        }
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            self.open.extend_from_slice(&rest[..at]);
            rest = &rest[at + 1..];
            let line = std::mem::take(&mut self.open);
            let line =
                String::from_utf8(line).map_err(|_| Trouble::coded(Kind::Garbage, "not utf-8"))?;
            events.extend(self.line(line.strip_suffix('\r').unwrap_or(&line))?);
        }
        self.open.extend_from_slice(rest);
        if self.open.len() > LINE_BYTES_MAX {
            return Err(Trouble::coded(Kind::TooMuch, "line"));
        }
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Result<Option<String>, Trouble> {
        match self.framing {
            Framing::Json => Ok((!line.trim().is_empty()).then(|| line.to_owned())),
            Framing::Sse => self.sse(line),
        }
    }

    fn sse(&mut self, line: &str) -> Result<Option<String>, Trouble> {
        if line.is_empty() {
            let whole = std::mem::take(&mut self.data);
            return Ok(std::mem::take(&mut self.has_data).then_some(whole));
        }
        if let Some(data) = line.strip_prefix("data:") {
            if self.has_data {
                self.data.push('\n');
            }
            self.has_data = true;
            self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
            if self.data.len() > LINE_BYTES_MAX {
                return Err(Trouble::coded(Kind::TooMuch, "event"));
            }
            return Ok(None);
        }
        // Names of events stand in their data too; comments keep the connection warm.
        let known = ["event", "id", "retry"].iter().any(|field| {
            line.strip_prefix(field)
                .is_some_and(|rest| rest.starts_with(':'))
        });
        if known || line.starts_with(':') {
            return Ok(None);
        }
        Err(Trouble::coded(Kind::Garbage, "not an event"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_bytes(framing: Framing, text: &str) -> Result<Vec<String>, Trouble> {
        let mut lines = Lines::new(framing);
        let mut events = Vec::new();
        for byte in text.as_bytes() {
            events.extend(lines.push(std::slice::from_ref(byte))?);
        }
        Ok(events)
    }

    #[test]
    fn events_are_the_same_however_they_are_cut() {
        let text =
            ": hello\n\nevent: x\ndata: {\"a\":\ndata: \"é\"}\n\ndata:[DONE]\r\n\r\nid: 1\n\n";
        let whole = Lines::new(Framing::Sse).push(text.as_bytes()).unwrap();
        assert_eq!(whole, ["{\"a\":\n\"é\"}", "[DONE]"]);
        assert_eq!(by_bytes(Framing::Sse, text).unwrap(), whole);
        let text = "{\"a\":1}\n\n{\"b\":\"ç\"}\r\n{\"c\"";
        assert_eq!(
            by_bytes(Framing::Json, text).unwrap(),
            ["{\"a\":1}", "{\"b\":\"ç\"}"]
        );
    }

    #[test]
    fn an_event_without_its_end_is_none() {
        assert!(by_bytes(Framing::Sse, "data: [DONE]\n").unwrap().is_empty());
        assert!(
            by_bytes(Framing::Json, "{\"done\":true}")
                .unwrap()
                .is_empty()
        );
    }

    #[test]
    fn what_is_no_event_is_garbage_and_too_much_is_refused() {
        let html = by_bytes(Framing::Sse, "<html>\n").unwrap_err();
        assert_eq!(html.kind, Kind::Garbage);
        let bad = Lines::new(Framing::Json).push(b"\xff\n").unwrap_err();
        assert_eq!(bad.kind, Kind::Garbage);
        let long = vec![b'a'; LINE_BYTES_MAX + 1];
        let trouble = Lines::new(Framing::Sse).push(&long).unwrap_err();
        assert_eq!(trouble.kind, Kind::TooMuch);
        let mut lines = Lines::new(Framing::Json);
        let piece = [vec![b'a'; 1_000], b"\n".to_vec()].concat();
        let all = (0..ANSWER_BYTES_MAX / 1_000 + 1)
            .map(|_| lines.push(&piece))
            .find_map(Result::err);
        assert_eq!(all.unwrap().code.as_deref(), Some("stream"));
        let mut many = Lines::new(Framing::Sse);
        let line = [
            b"data: ".to_vec(),
            vec![b'a'; LINE_BYTES_MAX / 2],
            b"\n".to_vec(),
        ]
        .concat();
        let wide = (0..3).map(|_| many.push(&line)).find_map(Result::err);
        assert_eq!(wide.unwrap().code.as_deref(), Some("event"));
    }
}
