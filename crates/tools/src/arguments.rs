//! What a model wants a tool to be called with, made into what it is called with.
//!
//! In: the tool, the text that the model wrote, and the server's facts. Out: checked arguments with the
//! bound ones filled in, or a sentence that the model can act on. A model's own value for a bound
//! parameter is thrown away and counted, whatever it is: who the customer is, the conversation says.
//! Absent: whether the call is allowed ([`super::policy`]). Next: [`super::request`].

use crate::facts::{Fact, Facts};
use crate::schema::{Fault, Schema, SchemaError, closed, depth, properties};
use crate::tool::Tool;
use crate::{DEPTH_MAX, digest};
use serde_json::{Map, Value};

/// What the arguments of one call may weigh.
pub const ARGUMENTS_MAX_BYTES: usize = 32 * 1024;

/// Arguments, checked and whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Arguments {
    pub values: Map<String, Value>,
    /// Bound parameters that the model tried to choose.
    pub ignored: u32,
    /// The same for the same call.
    pub digest: String,
}

/// Why a tool can't be called like this.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArgumentError {
    #[error("the arguments must be one JSON object of at most {ARGUMENTS_MAX_BYTES} bytes")]
    NotAnObject,
    #[error("the arguments do not fit the tool's schema: {}", tell(.0))]
    Unfit(Vec<Fault>),
    /// Nothing that the model could repair.
    #[error("it is not known of this customer: {fact}")]
    Unknown { parameter: String, fact: Fact },
    #[error("what is known of this customer does not fit the tool: {}", tell(.0))]
    FactUnfit(Vec<Fault>),
    #[error("the tool's own schema: {0}")]
    Schema(#[from] SchemaError),
}

fn tell(faults: &[Fault]) -> String {
    let one = |fault: &Fault| {
        format!(
            "{}: {}",
            if fault.at.is_empty() { "/" } else { &fault.at },
            fault.what
        )
    };
    faults.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// The parameters as a model may see them.
#[must_use]
pub fn shown(tool: &Tool) -> Value {
    closed(&tool.parameters, &|name| tool.bound.contains_key(name))
}

/// Checks what a model wrote and fills in what is bound.
///
/// # Errors
/// [`ArgumentError`].
pub fn prepare(tool: &Tool, written: &str, facts: &Facts) -> Result<Arguments, ArgumentError> {
    let written = if written.trim().is_empty() {
        "{}"
    } else {
        written
    };
    if written.len() > ARGUMENTS_MAX_BYTES {
        return Err(ArgumentError::NotAnObject);
    }
    let parsed: Value = serde_json::from_str(written).map_err(|_| ArgumentError::NotAnObject)?;
    if depth(&parsed) > DEPTH_MAX {
        return Err(ArgumentError::NotAnObject);
    }
    let Value::Object(mut values) = parsed else {
        return Err(ArgumentError::NotAnObject);
    };
    let before = values.len();
    values.retain(|name, _| !tool.bound.contains_key(name));
    let ignored = u32::try_from(before - values.len()).unwrap_or(u32::MAX);
    let schema = Schema::compile(&shown(tool))?;
    let given = Value::Object(values);
    let faults = schema.faults(&given);
    if !faults.is_empty() {
        return Err(ArgumentError::Unfit(faults));
    }
    let Value::Object(mut values) = given else {
        return Err(ArgumentError::NotAnObject);
    };
    bind(tool, facts, &mut values)?;
    let whole = Value::Object(values);
    let faults = Schema::compile(&closed(&tool.parameters, &|_| false))?.faults(&whole);
    if !faults.is_empty() {
        return Err(ArgumentError::FactUnfit(faults));
    }
    let digest = digest::digest(&whole);
    match whole {
        Value::Object(values) => Ok(Arguments {
            values,
            ignored,
            digest,
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(ArgumentError::NotAnObject)
        }
    }
}

fn bind(tool: &Tool, facts: &Facts, values: &mut Map<String, Value>) -> Result<(), ArgumentError> {
    for (parameter, fact) in &tool.bound {
        let Some(value) = facts.get(fact) else {
            if is_required(&tool.parameters, parameter) {
                let (parameter, fact) = (parameter.clone(), fact.clone());
                return Err(ArgumentError::Unknown { parameter, fact });
            }
            continue;
        };
        let schema = properties(&tool.parameters).find(|(name, _)| *name == parameter);
        let wants_number = schema
            .and_then(|(_, schema)| schema.get("type")?.as_str())
            .is_some_and(|kind| kind == "integer" || kind == "number");
        let number = value.parse::<i64>().ok().filter(|_| wants_number);
        let value = number.map_or_else(|| Value::from(value), Value::from);
        values.insert(parameter.clone(), value);
    }
    Ok(())
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|names| names.iter().any(|one| one == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::Builtin;
    use crate::tool::Action;
    use proptest::prelude::*;
    use serde_json::json;

    fn tool() -> Tool {
        let mut tool = Tool::new(
            "pedidos",
            "d",
            json!({
                "type": "object",
                "properties": {
                    "fone": {"type": "string"},
                    "cliente": {"type": "integer"},
                    "cpf": {"type": "string", "pattern": "^[0-9]{11}$"},
                    "pagina": {"type": "integer", "minimum": 1}
                },
                "required": ["fone", "pagina"]
            }),
            Action::Builtin(Builtin::HandOff),
        );
        tool.bound = [("fone", "phone"), ("cliente", "contact_id"), ("cpf", "cpf")]
            .map(|(name, fact)| (name.to_owned(), fact.parse().unwrap()))
            .into();
        tool
    }

    fn facts() -> Facts {
        Facts {
            phone: Some("5511999990000".into()),
            contact_id: Some("42".into()),
            ..Facts::default()
        }
    }

    #[test]
    fn e5_bound_parameters_come_from_the_conversation_whatever_the_model_says() {
        let written = r#"{"fone": "5521888880000", "cliente": 7, "pagina": 1}"#;
        let made = prepare(&tool(), written, &facts()).unwrap();
        assert_eq!(
            Value::Object(made.values),
            json!({"fone": "5511999990000", "cliente": 42, "pagina": 1})
        );
        assert_eq!(made.ignored, 2, "counted");
        let honest = prepare(&tool(), r#"{"pagina": 1}"#, &facts()).unwrap();
        assert_eq!(
            (honest.ignored, honest.digest),
            (0, made.digest),
            "the same call"
        );
        let seen = shown(&tool()).to_string();
        for hidden in ["fone", "cliente", "cpf"] {
            assert!(
                !seen.contains(hidden),
                "the model does not even see {hidden}"
            );
        }
    }

    #[test]
    fn e5_what_the_schema_does_not_name_is_refused() {
        for written in [
            r#"{"pagina": 1, "outro": 2}"#,
            r#"{"pagina": 0}"#,
            r#"{"pagina": "1"}"#,
            "{}",
            "",
        ] {
            let refused = prepare(&tool(), written, &facts());
            assert!(
                matches!(refused, Err(ArgumentError::Unfit(_))),
                "{written}: {refused:?}"
            );
        }
        for written in ["[]", "1", "null", "{", "{\"a\":1} x"] {
            assert_eq!(
                prepare(&tool(), written, &facts()),
                Err(ArgumentError::NotAnObject)
            );
        }
        let long = format!("{{\"pagina\": {}1}}", " ".repeat(ARGUMENTS_MAX_BYTES));
        assert_eq!(
            prepare(&tool(), &long, &facts()),
            Err(ArgumentError::NotAnObject)
        );
        let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
        assert_eq!(
            prepare(&tool(), &deep, &facts()),
            Err(ArgumentError::NotAnObject)
        );
    }

    #[test]
    fn a_fact_that_is_missing_or_unfit_stops_the_call() {
        let refused = prepare(&tool(), r#"{"pagina": 1}"#, &Facts::default());
        assert!(matches!(
            refused,
            Err(ArgumentError::Unknown {
                fact: Fact::Phone,
                ..
            })
        ));
        let mut odd = facts();
        odd.attributes.insert("cpf".into(), "não sei".into());
        let refused = prepare(&tool(), r#"{"pagina": 1}"#, &odd);
        let Err(ArgumentError::FactUnfit(faults)) = refused else {
            panic!("{refused:?}");
        };
        assert!(
            !format!("{faults:?}").contains("sei"),
            "the value is not told"
        );
    }

    proptest! {
        #[test]
        fn e5_no_text_of_a_model_changes_a_bound_value(
            fone in ".{0,20}", extra in "[a-z]{1,8}", pagina in 1..9_i64
        ) {
            let written = json!({"fone": fone, "pagina": pagina}).to_string();
            let made = prepare(&tool(), &written, &facts()).unwrap();
            prop_assert_eq!(made.values.get("fone"), Some(&json!("5511999990000")));
            let mut other = json!({"pagina": pagina});
            other[&extra] = json!(fone);
            match prepare(&tool(), &other.to_string(), &facts()) {
                Ok(made) => prop_assert_eq!(made.values.get("fone"), Some(&json!("5511999990000"))),
                Err(error) => prop_assert!(matches!(error, ArgumentError::Unfit(_))),
            }
        }
    }
}
