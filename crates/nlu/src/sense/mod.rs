//! What a person writes in, feels and wants: language, sentiment, urgency, growing displeasure.
//!
//! In: single messages, or the turns of a conversation. Out: scores with the words that decided, so that
//! a person can see why. Word lists of our own, in the `.txt` files; no training. Absent: the request
//! for a person, which the step itself must know (`handoff_words` of the core); and what to do about a
//! feeling. Read next: [`sentiment`].

pub mod displeasure;
pub mod language;
mod lexicon;
pub(crate) mod lists;
pub mod sentiment;
pub mod signals;
pub(crate) mod tokens;
pub mod urgency;
