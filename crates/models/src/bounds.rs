//! Every limit of this crate, each with its reason.
//!
//! In: nothing. Out: constants that the encoders, the decoders and the policies read. Absent: limits of
//! time and money that people set, which are settings of a provider and of a budget.

/// Bytes of one request's body. The longest conversations we send are some 100 KB; pictures are the rest.
pub const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Bytes read of one answer. In a stream each piece of a few letters weighs some 300 bytes, so that an
/// answer of 8,000 pieces is 2.4 MB.
pub const ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of one line of a stream: a tool call may come as one piece.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of text in one reply: sixteen of the longest messages a chat takes. More is a model that runs on.
pub const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Tool calls in one reply. Models ask for two or three; more is a loop or an attack.
pub const TOOL_CALLS_MAX: usize = 16;

/// Bytes of one tool call's arguments.
pub const ARGUMENTS_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a tool's name: what the strictest of the protocols takes.
pub const TOOL_NAME_BYTES_MAX: usize = 64;

/// Tools offered at once: the smallest documented limit among the protocols is 128.
pub const TOOLS_MAX: usize = 128;

/// Messages of one request: a conversation is cut to its last turns long before.
pub const MESSAGES_MAX: usize = 512;

/// Texts embedded by one call, and the bytes of each: small enough for every provider we know.
pub const EMBED_TEXTS_MAX: usize = 64;
pub const EMBED_TEXT_BYTES_MAX: usize = 8 * 1024;

/// Numbers of one embedding: the largest documented one is 4,096; this leaves room.
pub const EMBED_DIMENSIONS_MAX: usize = 8_192;

/// Bytes read of an answer with embeddings: a full batch of the largest at 24 bytes a number.
pub const EMBED_BYTES_MAX: usize = EMBED_TEXTS_MAX * EMBED_DIMENSIONS_MAX * 24;

/// The most a provider's own name of a trouble (`rate_limit_exceeded`) may weigh in ours.
pub const CODE_BYTES_MAX: usize = 64;

/// A provider that wants us to wait longer than this is simply away.
pub const RETRY_AFTER_MS_MAX: u64 = 15 * 60 * 1000;

/// Steps of one turn: a reply that calls tools, their results, the next reply. Real turns take two or three.
pub const STEPS_MAX: u32 = 8;

/// Tokens of one turn over all its steps, in and out.
pub const TURN_TOKENS_MAX: u64 = 200_000;

/// How deep a schema, or a value checked against one, may be nested.
pub const DEPTH_MAX: usize = 32;
