//! Gathers what is known of a turn before a way is chosen.
//!
//! In: the turn, the assistant, and what was said before. Out: [`Signals`] for [`super::ways`], and the
//! passages that a model may rely on. What fails to be gathered counts as not known, and is noted: a
//! broken index must not silence the written answers. Absent: choosing.

use super::prompt::Turn;
use super::ways::{Found, Signals};
use crate::app::App;
use ponte_core::book::Assistant;
use ponte_core::rules;
use ponte_store::rows::Place;

/// The turn that is to be answered.
pub struct Asked<'a> {
    pub place: Place,
    pub assistant: &'a Assistant,
    pub texts: &'a [String],
    pub before: &'a [Turn],
    pub passes: u32,
}

/// Everything that is known.
pub async fn gather(app: &App, asked: &Asked<'_>) -> Signals {
    let _ = app;
    let written = rules::nearest_faq(asked.assistant, asked.texts).map(|(faq, percent)| Found {
        text: faq.answer.clone(),
        source: faq.id.clone(),
        percent,
    });
    Signals {
        written,
        passes: asked.passes,
        ..Signals::default()
    }
}
