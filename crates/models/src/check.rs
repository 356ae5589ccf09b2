//! Whether a reply may be used, and the one repair of one that may not.
//!
//! In: the request, the reply, and who tells languages apart. Out: the reply checked, its value where one was
//! asked for; or a [`Trouble`]. A reply that fails here has been paid for all the same. Absent: whether what
//! it says is true or allowed, which is the guardrails'. Next: [`crate::policy`].

use crate::reply::{Finish, Reply};
use crate::request::{Format, Message, Request};
use crate::shape;
use crate::trouble::{Again, Kind, Trouble};
use serde_json::Value;

/// A reply that may be used.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    pub reply: Reply,
    /// The value, where the request asked for one.
    pub value: Option<Value>,
}

/// Says whether a text is in the language it was asked for. The server hands in the one of `ponte-nlu`.
pub type Fluent<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// Holds a reply to what was asked.
///
/// # Errors
/// What is wrong with it.
pub fn reply(
    request: &Request,
    reply: Reply,
    fluent: Option<Fluent<'_>>,
) -> Result<Checked, Trouble> {
    match reply.finish {
        Finish::Length => return Err(Trouble::new(Kind::Unfinished)),
        Finish::Filter => return Err(Trouble::new(Kind::Filtered)),
        Finish::Stop | Finish::Tools => {}
    }
    for call in &reply.calls {
        let offered = request.tools.iter().find(|tool| tool.name == call.name);
        let Some(tool) = offered else {
            return Err(Trouble::coded(Kind::WrongTool, "not offered"));
        };
        if !call.arguments.is_object() {
            return Err(Trouble::coded(Kind::WrongTool, "arguments not an object"));
        }
        if let Err(place) = shape::check(&tool.parameters, &call.arguments) {
            return Err(Trouble::coded(Kind::WrongTool, &place));
        }
    }
    if !reply.calls.is_empty() {
        return Ok(Checked { reply, value: None });
    }
    if reply.text.trim().is_empty() {
        return Err(Trouble::new(Kind::Empty));
    }
    match &request.format {
        Format::Json { schema, .. } => {
            let value = shape::find(&reply.text)
                .ok_or_else(|| Trouble::coded(Kind::WrongShape, "no json"))?;
            shape::check(schema, &value)
                .map_err(|place| Trouble::coded(Kind::WrongShape, &place))?;
            Ok(Checked {
                reply,
                value: Some(value),
            })
        }
        Format::Text => {
            if fluent.is_some_and(|fluent| !fluent(&reply.text)) {
                return Err(Trouble::new(Kind::WrongLanguage));
            }
            Ok(Checked { reply, value: None })
        }
    }
}

/// The request that asks once more, with what was wrong. None where that would not help.
///
/// The wrong answer goes along without its tool calls: they were never made, and a protocol wants a result
/// for each.
#[must_use]
pub fn repair(request: &Request, wrong: &Reply, trouble: &Trouble) -> Option<Request> {
    if trouble.kind.row().again != Again::Repair {
        return None;
    }
    let place = trouble.code.as_deref().unwrap_or("unknown");
    let told = match trouble.kind {
        Kind::WrongShape => format!(
            "Your last answer was not the JSON that was asked for ({place}). Answer again with that JSON only."
        ),
        Kind::WrongTool => format!(
            "You asked for a tool that doesn't exist or gave it wrong arguments ({place}). Use only the tools you have, as they are described."
        ),
        Kind::WrongLanguage => {
            "Your last answer was in the wrong language. Give it again in the language you were told to use."
                .to_owned()
        }
        Kind::NotSent
        | Kind::Forbidden
        | Kind::TimedOut
        | Kind::Cut
        | Kind::RateLimited
        | Kind::ProviderDown
        | Kind::KeyRefused
        | Kind::NoCredit
        | Kind::NoModel
        | Kind::TooLong
        | Kind::Filtered
        | Kind::NotTaken
        | Kind::Garbage
        | Kind::Empty
        | Kind::TooMuch
        | Kind::Unfinished
        | Kind::Loop
        | Kind::Budget
        | Kind::Deadline
        | Kind::Busy
        | Kind::Resting
        | Kind::NoProvider
        | Kind::Ours => return None,
    };
    let mut again = request.clone();
    if !wrong.text.trim().is_empty() {
        again.messages.push(Message::assistant(wrong.text.clone()));
    }
    again.messages.push(Message::user(told));
    Some(again)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reply::{ToolCall, Usage};
    use crate::request::Tool;
    use serde_json::json;

    fn said(text: &str) -> Reply {
        Reply {
            text: text.into(),
            calls: Vec::new(),
            finish: Finish::Stop,
            usage: Usage::default(),
            model: String::new(),
        }
    }

    fn calling(name: &str, arguments: Value) -> Reply {
        let call = ToolCall {
            id: "1".into(),
            name: name.into(),
            arguments,
            opaque: None,
        };
        Reply {
            calls: vec![call],
            finish: Finish::Tools,
            ..said("")
        }
    }

    fn with_tool() -> Request {
        let mut request = Request::ask("tem?", 50);
        request.tools.push(Tool {
            name: "stock".into(),
            description: String::new(),
            parameters: json!({"type": "object", "required": ["sku"], "properties": {"sku": {"type": "string"}}}),
        });
        request
    }

    fn kind(checked: Result<Checked, Trouble>) -> Kind {
        checked.unwrap_err().kind
    }

    #[test]
    fn what_is_empty_half_or_forbidden_is_not_used() {
        let ask = Request::ask("oi", 50);
        assert_eq!(kind(reply(&ask, said(" \n"), None)), Kind::Empty);
        for (finish, wanted) in [
            (Finish::Length, Kind::Unfinished),
            (Finish::Filter, Kind::Filtered),
        ] {
            let half = Reply {
                finish,
                ..said("Olá, eu")
            };
            assert_eq!(kind(reply(&ask, half, None)), wanted);
        }
        assert_eq!(reply(&ask, said("Olá"), None).unwrap().reply.text, "Olá");
    }

    #[test]
    fn only_offered_tools_with_fitting_arguments_are_called() {
        let ask = with_tool();
        assert!(reply(&ask, calling("stock", json!({"sku": "A1"})), None).is_ok());
        for wrong in [
            calling("delete_all", json!({})),
            calling("stock", json!("A1")),
            calling("stock", json!({})),
            calling("stock", json!({"sku": 1})),
        ] {
            assert_eq!(kind(reply(&ask, wrong, None)), Kind::WrongTool);
        }
    }

    #[test]
    fn another_language_is_noticed_by_whoever_can() {
        let ask = Request::ask("oi", 50);
        let portuguese: Fluent<'_> = &|text| text.contains("você");
        assert!(reply(&ask, said("Como você está?"), Some(portuguese)).is_ok());
        let wrong = reply(&ask, said("How are you?"), Some(portuguese));
        assert_eq!(kind(wrong), Kind::WrongLanguage);
    }

    #[test]
    fn a_structured_answer_is_found_checked_and_repaired_once() {
        let mut ask = Request::ask("classifique", 50);
        ask.format = Format::Json {
            name: "x".into(),
            schema: json!({"type": "object", "required": ["a"]}),
        };
        let good = reply(&ask, said("```json\n{\"a\": 1}\n```"), None).unwrap();
        assert_eq!(good.value, Some(json!({"a": 1})));
        for wrong in [said("não sei"), said("{\"b\": 1}")] {
            let trouble = reply(&ask, wrong.clone(), None).unwrap_err();
            assert_eq!(trouble.kind, Kind::WrongShape);
            let again = repair(&ask, &wrong, &trouble).unwrap();
            assert_eq!(again.messages.len(), ask.messages.len() + 2);
            assert_eq!(again.messages[1], Message::assistant(wrong.text));
        }
        let mute = repair(&ask, &said(" "), &Trouble::new(Kind::WrongShape)).unwrap();
        assert_eq!(
            mute.messages.len(),
            2,
            "an empty message is refused by providers"
        );
    }

    #[test]
    fn what_a_second_question_would_not_mend_is_not_asked_again() {
        let ask = Request::ask("oi", 50);
        for kind in Kind::ALL {
            let again = repair(&ask, &said("x"), &Trouble::new(kind));
            let mendable = matches!(
                kind,
                Kind::WrongShape | Kind::WrongTool | Kind::WrongLanguage
            );
            assert_eq!(again.is_some(), mendable, "{kind:?}");
        }
    }
}
