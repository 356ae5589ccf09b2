//! What a workspace knows, as rows: sources, documents with versions, passages, curated answers, and the
//! work of reading them.
//!
//! Settings and reports are JSON of the server's. Absent: what a source means and how text is cut. Next:
//! `commit/knowledge.rs`, `read/knowledge.rs`.

use ponte_core::ids::WorkspaceId;
use ponte_core::time::Time;
use serde_json::Value;
use uuid::Uuid;

/// Where knowledge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceKind {
    /// Files that people gave.
    Upload,
    /// A web site.
    Site,
    /// Curated questions and answers.
    Faq,
    /// Texts written here.
    Text,
    /// What was learnt from conversations, after a person approved it.
    History,
}

#[derive(Clone, Debug, PartialEq)]
pub struct SourceRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub kind: SourceKind,
    /// Unique among those that are not deleted.
    pub name: String,
    pub settings: Value,
    /// How the last reading went.
    pub report: Value,
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
    /// When a person or a reading last found it right.
    pub reviewed: Time,
    pub deleted: Option<Time>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct KnowledgeDocument {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub source: Uuid,
    /// File name or canonical address.
    pub key: String,
    pub title: String,
    /// Of the text.
    pub hash: Vec<u8>,
    /// From 1; 0: nothing of it could be read so far.
    pub version: u64,
    /// What else the server keeps (marks for the next visit, trouble), as JSON.
    pub facts: Value,
    /// Visits in a row that found it gone.
    pub misses: u32,
    pub created: Time,
    pub updated: Time,
    pub checked: Time,
    pub deleted: Option<Time>,
}

/// One version of a document, with the file as it came where it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionRow {
    pub document: Uuid,
    pub workspace: WorkspaceId,
    pub version: u64,
    pub title: String,
    pub hash: Vec<u8>,
    pub at: Time,
    pub size_bytes: u64,
    pub media: String,
    /// Left out of lists.
    pub original: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ChunkRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub source: Uuid,
    pub document: Uuid,
    pub version: u64,
    pub ordinal: u32,
    pub heading: Vec<String>,
    pub text: String,
    /// Of heading and text: vectors are kept by it.
    pub hash: Uuid,
}

/// A passage with what a person is shown of where it stands; only what is not deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveChunk {
    pub chunk: ChunkRow,
    pub title: String,
    pub key: String,
    pub source_name: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct FaqRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub source: Uuid,
    pub questions: Vec<String>,
    pub answer: String,
    pub tags: Vec<String>,
    pub enabled: bool,
    pub hash: Uuid,
    pub revision: u64,
    pub created: Time,
    pub updated: Time,
    pub deleted: Option<Time>,
}

/// What an entry of the log is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Changed {
    Source,
    Document,
    Faq,
    Vectors,
}

/// One entry of a workspace's log, in the order of commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRow {
    pub seq: i64,
    pub changed: Changed,
    pub id: Uuid,
}

/// Kinds of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobKind {
    /// A file that came with it.
    File,
    /// A web site from its start address.
    Crawl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum JobState {
    Waiting,
    Working,
    Done,
    Failed,
    Cancelled,
}

/// A reading: waiting, under way, or how it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct JobRow {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub source: Uuid,
    pub kind: JobKind,
    pub state: JobState,
    /// The file's name or the start address.
    pub name: String,
    pub media: String,
    /// The file; gone when it was read. Left out of lists.
    pub bytes: Option<Vec<u8>>,
    pub progress: Value,
    /// Where it had come to, so that another attempt goes on there.
    pub place: Option<Value>,
    /// A person asked it to stop.
    pub cancel: bool,
    pub attempts: u32,
    pub created: Time,
    pub updated: Time,
}

macro_rules! words {
    ($ty:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $ty {
            /// As it is stored; a word never changes its meaning.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $($ty::$variant => $word),* }
            }
            /// The value of a stored word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<$ty> {
                match word { $($word => Some($ty::$variant),)* _ => None }
            }
        }
    };
}
pub(super) use words;

words! { SourceKind { Upload = "upload", Site = "site", Faq = "faq", Text = "text", History = "history" } }
words! { Changed { Source = "source", Document = "document", Faq = "faq", Vectors = "vectors" } }
words! { JobKind { File = "file", Crawl = "crawl" } }
words! { JobState { Waiting = "waiting", Working = "working", Done = "done", Failed = "failed", Cancelled = "cancelled" } }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for kind in [
            SourceKind::Upload,
            SourceKind::Site,
            SourceKind::Faq,
            SourceKind::Text,
            SourceKind::History,
        ] {
            assert_eq!(SourceKind::from_word(kind.word()), Some(kind));
        }
        for state in [
            JobState::Waiting,
            JobState::Working,
            JobState::Done,
            JobState::Failed,
            JobState::Cancelled,
        ] {
            assert_eq!(JobState::from_word(state.word()), Some(state));
        }
        for changed in [
            Changed::Source,
            Changed::Document,
            Changed::Faq,
            Changed::Vectors,
        ] {
            assert_eq!(Changed::from_word(changed.word()), Some(changed));
        }
        for kind in [JobKind::File, JobKind::Crawl] {
            assert_eq!(JobKind::from_word(kind.word()), Some(kind));
        }
        assert_eq!(SourceKind::from_word("of a newer version"), None);
    }
}
