//! The assistant's turn: handed to the router, and what comes of it is the call's answer.
//!
//! In: the call. Out: `CallAnswered`. An assistant that is gone, or whose number is, fails, and people are
//! called. Absent: how answers are found ([`crate::router`]), and rules and menus, which the step decides.

use super::Result;
use crate::app::App;
use crate::router::answer::{Question, answer as route};
use ponte_core::Event;
use ponte_core::effect::Work;
use ponte_core::event::Answer;
use ponte_store::rows::outbox::CallRow;

/// Answers a turn.
pub async fn answer(app: &App, call: &CallRow) -> Result {
    let Work::Answer {
        assistant,
        texts,
        person,
        context,
        variables,
        passes,
    } = &call.work
    else {
        return Result::Silent;
    };
    let numbers = app.settings.now();
    let found = numbers
        .get(call.place.channel)
        .zip(numbers.assistant(call.place.workspace, *assistant));
    let answer = match found {
        Some((number, assistant)) => {
            let question = Question {
                call: call.call,
                place: call.place,
                assistant,
                texts,
                person,
                context,
                variables,
                passes: *passes,
                deadline: call.deadline,
                zone: &number.channel.zone,
                business: &number.channel.name,
            };
            route(app, &question).await
        }
        // The file was taken away meanwhile: whoever asked is gone.
        None => Answer::failed("the assistant is no longer there"),
    };
    Result::Event(Event::CallAnswered {
        call: call.call,
        answer,
    })
}
