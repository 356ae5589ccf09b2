//! `ponte schema`: the JSON Schema of the workspace files.
//!
//! In: a kind, or a folder to write all into. Out: the schema. Absent: checks of a folder (`apply
//! --dry-run`). Next: `workspace/schema.rs`.

use super::Desk;
use crate::boot::fail::{Fail, OK};
use crate::both;
use crate::workspace::schema;
use clap::Args;
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Options {
    /// workspace, channel, assistant, team, tests, faq or intent; all in one document when left out
    pub kind: Option<String>,
    /// Write one file per kind into this folder instead
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Prints or writes.
///
/// # Errors
/// [`Fail`] for an unknown kind or a folder that can't be written.
pub fn run(desk: &mut Desk<'_>, options: &Options) -> Result<u8, Fail> {
    let all = schema::all();
    if let Some(dir) = &options.out {
        let shown = dir.display();
        let failed = |why: std::io::Error| {
            Fail::machine(
                both!(
                    "não consigo escrever em {shown} ({why}).",
                    "{shown} can't be written ({why})."
                ),
                both!(
                    "Confira o caminho e as permissões.",
                    "Check the path and its permissions."
                ),
            )
        };
        std::fs::create_dir_all(dir).map_err(failed)?;
        for (name, schema) in &all {
            std::fs::write(dir.join(name), schema::text(schema)).map_err(failed)?;
        }
        return Ok(OK);
    }
    let kinds = all
        .iter()
        .map(|(name, schema)| (name.split('.').next().unwrap_or(name), schema));
    match &options.kind {
        None => {
            let document: serde_json::Map<String, serde_json::Value> = kinds
                .map(|(kind, schema)| (kind.to_string(), schema.clone()))
                .collect();
            desk.json(&serde_json::Value::Object(document));
        }
        Some(wanted) => match kinds.into_iter().find(|(kind, _)| kind == wanted) {
            Some((_, schema)) => desk.json(schema),
            None => {
                return Err(Fail::usage(
                    both!(
                        "não há arquivos do tipo `{wanted}`.",
                        "there are no files of kind `{wanted}`."
                    ),
                    both!(
                        "Use workspace, channel, assistant ou team.",
                        "Use workspace, channel, assistant or team."
                    ),
                ));
            }
        },
    }
    Ok(OK)
}
