//! The assistant's turn, answered by the plain brain: the best written answer, or "don't know".
//!
//! In: what the customer wrote. Out: `CallAnswered`. The seam for models is here: a later brain
//! answers the same call with the same event. Absent: keyword rules and menus, which the step itself
//! decides. Next: `ponte_core::rules`.

use super::Result;
use crate::app::App;
use ponte_core::Event;
use ponte_core::event::Answer;
use ponte_core::ids::AssistantId;
use ponte_core::rules;
use ponte_store::rows::outbox::CallRow;

/// Answers from the assistant's FAQ.
#[must_use]
pub fn answer(app: &App, call: &CallRow, assistant: AssistantId, texts: &[String]) -> Result {
    let numbers = app.settings.now();
    let answer = match numbers.get(call.place.channel) {
        Some(number) if number.assistant.id == assistant => {
            rules::answer_from_faq(&number.assistant, texts)
        }
        // The number was given to another assistant meanwhile: whoever asked is gone.
        Some(_) | None => Answer::failed("the assistant is no longer there"),
    };
    Result::Event(Event::CallAnswered {
        call: call.call,
        answer,
    })
}
