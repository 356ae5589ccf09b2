//! How much a conversation may hold and how often it may try: each number with its reason.
//!
//! These are ours; what the provider allows is in `limits`, what a number's owner may set is in
//! [`crate::book`]. Reaching a bound is visible (an alert, a dropped message that is shown) and
//! loses nothing that was received: messages are rows in the views, only the working set is bounded.

use crate::time::Span;

/// Drafts waiting behind the one in the outbox. At the pair's pace (10 a minute) these take three
/// minutes to leave; more than that is no conversation any more.
pub const QUEUE_MAX: usize = 32;
/// Texts of one turn that an answer looks at; older ones fall out, they stay in the views.
pub const TURN_TEXTS_MAX: usize = 20;
/// Characters kept of each of them: the longest text WhatsApp carries.
pub const TURN_TEXT_CHARS_MAX: usize = 4_096;
/// Bytes of all of them together, so that the state stays small whatever comes in.
pub const TURN_BYTES_MAX: usize = 32 * 1_024;
/// Bytes of all drafts together, and of what unknown sends keep, for the same reason.
pub const QUEUE_BYTES_MAX: usize = 64 * 1_024;
/// Parts of one answer: a longer one is a document, not a chat message.
pub const PARTS_MAX: usize = 10;
/// Sends remembered after their end, for late evidence and echoes.
pub const RECENT_MAX: usize = 16;
/// Unknown sends kept ready for a person's decision; older ones are found through the views.
pub const UNSETTLED_MAX: usize = 8;
/// Client ids of commands remembered: a console retries within seconds, not after fifty others.
pub const CLIENTS_MAX: usize = 50;
/// A chatterer is answered after this many times the debounce, whether or not they pause.
pub const DEBOUNCE_CAP: i64 = 10;
/// New messages may throw away work on a turn this often; then what was asked is answered.
pub const RESTARTS_MAX: u32 = 3;
/// A message older than this when it reaches us is backlog: answered together, with an apology.
pub const LATE_AFTER: Span = Span::minutes(10);
/// Backlog comes in lumps seconds apart: wait this long for the rest of it.
pub const LATE_DEBOUNCE: Span = Span::secs(5);
/// One apology covers the lateness of this long.
pub const APOLOGY_LASTS: Span = Span::hours(1);
/// From a claim until nothing of it can still be under way: longer than the 20 s a request may live.
pub const PROVE_AFTER: Span = Span::secs(45);
/// How long the provider's list may take to be read before the send is shown as unknown.
pub const LISTING_WITHIN: Span = Span::secs(30);
/// The weak proof of absence: no status for this long although later sends have theirs.
pub const RESEND_AFTER: Span = Span::minutes(10);
/// Retries of a send that provably did not happen: with doubling waits these span about 10 minutes.
pub const RETRIES_MAX: u32 = 8;
/// The longest wait between two retries.
pub const RETRY_WAIT_MAX: Span = Span::minutes(5);
/// Templates may leave outside the window; one that waits longer than this has lost its occasion.
pub const TEMPLATE_LASTS: Span = Span::days(7);
/// How often people are called for one waiting customer; each time after twice as long.
pub const GHOST_CALLS_MAX: u32 = 3;
/// An open menu is forgotten after this: the customer has moved on.
pub const MENU_LASTS: Span = Span::minutes(30);
/// Silence after which the count of exchanges starts anew: two machines talk faster than this.
pub const LOOP_FORGOTTEN_AFTER: Span = Span::hours(1);
/// So many answers of `immediate` rules to ever new words count as one exchange: a person who plays
/// with a rule all morning is no machine, and a machine with changing words still comes to an end.
pub const VARIED_COUNTS: u32 = 10;
/// Assistants that pass a turn on to each other do so this often; then it goes to people.
pub const PASSES_MAX: u32 = 3;
/// Sentences of "it takes a while" in one turn: more would be noise.
pub const PROGRESS_MAX: u32 = 2;
/// Characters of such a sentence.
pub const PROGRESS_CHARS_MAX: usize = 300;
/// A customer who was told that a machine answers is told again after this long.
pub const DISCLOSED_LASTS: Span = Span::days(30);
/// What is remembered of a conversation by name: so many things…
pub const VARIABLES_MAX: usize = 50;
/// …each of so many bytes as JSON, since all are read and written with every event.
pub const VARIABLE_BYTES_MAX: usize = 1_024;
/// Characters of such a name.
pub const VARIABLE_NAME_CHARS_MAX: usize = 64;
/// Bytes as JSON of what one assistant passes on to the next.
pub const BRIEF_BYTES_MAX: usize = 8 * 1_024;
/// How long a send that is over is remembered in the state.
pub const RECENT_LASTS: Span = Span::hours(24);
/// Where no next opening is known, the closed text holds for this long.
pub const CLOSED_TOLD_LASTS: Span = Span::hours(12);
/// The channel keeps the media of its deliveries this long.
pub const MEDIA_LASTS: Span = Span::days(7);
