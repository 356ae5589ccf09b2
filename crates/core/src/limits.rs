//! Every limit of the channel for what we send, in one place, each with its reason.
//!
//! In: an [`crate::Outgoing`]. Out: what of it the channel would refuse, as a list people can read
//! ([`crate::Outgoing::broken`]), and [`split_text`], which makes a long answer fit. Lengths count **Unicode
//! scalar values**: the channel documents "characters" and no more, and scalars never count fewer
//! than what people see as characters, so text that passes here passes there. Absent: the bounds of
//! our own working set (`bounds`), pace ([`crate::pace`]), and the insides of templates, which only
//! the provider knows. The checks are in `limits/check.rs`, splitting in `limits/split.rs`.

mod check;
mod split;
#[cfg(test)]
mod tests;

pub use split::split_text;

/// The provider's limit for a text body.
pub const TEXT: usize = 4096;
/// The provider's limit for captions.
pub const CAPTION: usize = 1024;
/// The provider's limit for interactive bodies other than lists'.
pub const BODY: usize = 1024;
/// The provider's limit for a list's body.
pub const LIST_BODY: usize = 4096;
/// The provider's limit for a text header.
pub const HEADER: usize = 60;
/// The provider's limit for a footer.
pub const FOOTER: usize = 60;
/// The provider's limit for reply buttons.
pub const BUTTONS: usize = 3;
/// The provider's limit for a button's title, and for the labels of links, lists and calls.
pub const BUTTON_TITLE: usize = 20;
/// The provider's limit for a reply button's id.
pub const BUTTON_ID: usize = 256;
/// The provider's limit for sections of a list or of products.
pub const SECTIONS: usize = 10;
/// The provider's limit for rows of a list, all sections together.
pub const ROWS: usize = 10;
/// The provider's limit for titles of rows and sections.
pub const ROW_TITLE: usize = 24;
/// The provider's limit for a row's id.
pub const ROW_ID: usize = 200;
/// The provider's limit for a row's description.
pub const ROW_DESCRIPTION: usize = 72;
/// The provider's limit for cards in one contacts message.
pub const CONTACTS: usize = 257;
/// A carousel has at least two cards…
pub const CARDS_MIN: usize = 2;
/// …and at most ten.
pub const CARDS: usize = 10;
/// The provider's limit for a card's body.
pub const CARD_BODY: usize = 160;
/// The provider's limit for line breaks in a card's body.
pub const CARD_BREAKS: usize = 2;
/// The provider advises at most 30 for the label of a form; longer ones are cut on phones.
pub const FORM_BUTTON: usize = 30;
/// The provider's limit for products of one message, all sections together.
pub const PRODUCTS: usize = 30;
/// The provider's limit for a template's name.
pub const TEMPLATE_NAME: usize = 512;
/// The provider's limit for links in buttons; used for all links.
pub const URL: usize = 2000;
/// The provider's limit for `biz_opaque_callback_data` and a call button's payload.
pub const CALLBACK_DATA: usize = 512;
/// A call button lives at most 30 days.
pub const CALL_TTL_MINUTES: u32 = 43_200;

/// One thing that the channel would refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which part, e.g. `buttons[1].title`.
    pub field: String,
    /// The limit that was passed; 0 where it isn't about a number.
    pub limit: usize,
    pub got: usize,
    pub why_pt: String,
    pub why_en: String,
}

impl Broken {
    /// Trouble that isn't about a number.
    #[must_use]
    pub fn other(field: impl Into<String>, pt: &str, en: &str) -> Broken {
        Broken {
            field: field.into(),
            limit: 0,
            got: 0,
            why_pt: pt.to_owned(),
            why_en: en.to_owned(),
        }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.field, self.why_en)
    }
}

impl std::error::Error for Broken {}

/// Length as the limits count it.
#[must_use]
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// The first `limit` characters.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    match text.char_indices().nth(limit) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}
