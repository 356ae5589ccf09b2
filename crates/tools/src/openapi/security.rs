//! What an operation wants as a proof of who we are, as the kind of credential that gives it.
//!
//! In: the operation's and the document's `security`, and the schemes. Out: the credential to make, or
//! none, or why the operation can't be called. Absent: secrets, which a person puts in later.
//! Next: [`super::operation`].

use super::operation::snake;
use serde_json::Value;

/// A credential that imported tools name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    pub name: String,
    pub kind: Kind,
}

/// How a credential is shown to the other side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Header {
        header: String,
    },
    Query {
        parameter: String,
    },
    Bearer,
    Basic,
    ClientCredentials {
        token_url: String,
        scopes: Vec<String>,
    },
    AuthorizationCode {
        authorize_url: String,
        token_url: String,
        scopes: Vec<String>,
    },
}

/// The credential of an operation.
pub(super) fn needed(root: &Value, operation: &Value) -> Result<Option<Needed>, String> {
    let asked = operation.get("security").or_else(|| root.get("security"));
    let Some(ways) = asked.and_then(Value::as_array) else {
        return Ok(None);
    };
    let schemes = root.pointer("/components/securitySchemes");
    let mut why = String::new();
    for way in ways {
        let Some(way) = way.as_object() else {
            continue;
        };
        let mut parts = way.iter();
        match (parts.next(), parts.next()) {
            (None, _) => return Ok(None),
            (Some((name, scopes)), None) => {
                let scheme = schemes.and_then(|schemes| schemes.get(name));
                match scheme.map(|scheme| kind(scheme, scopes)) {
                    Some(Ok(kind)) => {
                        let name = snake(name);
                        return Ok(Some(Needed { name, kind }));
                    }
                    Some(Err(reason)) => why = reason,
                    None => why = format!("the security scheme `{name}` is not in the document"),
                }
            }
            (Some(_), Some(_)) => why = "it wants several credentials at once".into(),
        }
    }
    if why.is_empty() { Ok(None) } else { Err(why) }
}

fn kind(scheme: &Value, scopes: &Value) -> Result<Kind, String> {
    let text = |name: &str| scheme.get(name).and_then(Value::as_str).unwrap_or("");
    match (
        text("type"),
        text("in"),
        text("scheme").to_ascii_lowercase().as_str(),
    ) {
        ("apiKey", "header", _) => Ok(Kind::Header {
            header: text("name").to_owned(),
        }),
        ("apiKey", "query", _) => Ok(Kind::Query {
            parameter: text("name").to_owned(),
        }),
        ("apiKey", _, _) => Err("a key in a cookie is not sent".into()),
        ("http", _, "bearer") | ("openIdConnect", _, _) => Ok(Kind::Bearer),
        ("http", _, "basic") => Ok(Kind::Basic),
        ("oauth2", _, _) => oauth(scheme, scopes),
        (kind, _, _) => Err(format!("the security scheme `{kind}` is not known")),
    }
}

fn oauth(scheme: &Value, scopes: &Value) -> Result<Kind, String> {
    let scopes: Vec<String> = scopes
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    let flow = |name: &str, member: &str| {
        let flow = scheme.get("flows")?.get(name)?;
        flow.get(member)?.as_str().map(str::to_owned)
    };
    if let Some(token_url) = flow("clientCredentials", "tokenUrl") {
        return Ok(Kind::ClientCredentials { token_url, scopes });
    }
    let code = (
        flow("authorizationCode", "authorizationUrl"),
        flow("authorizationCode", "tokenUrl"),
    );
    match code {
        (Some(authorize_url), Some(token_url)) => Ok(Kind::AuthorizationCode {
            authorize_url,
            token_url,
            scopes,
        }),
        _ => Err("only the OAuth flows clientCredentials and authorizationCode are used".into()),
    }
}
