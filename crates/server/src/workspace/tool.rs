//! Reads `tools/NAME.yaml`: a tool as `ponte-tools` knows it, with the places of its keys.
//!
//! In: the file's text. Out: a [`ToolFile`], and everything wrong in it in both languages, each with its line.
//! Absent on purpose: secrets (a tool names its credential, which is set up apart) and whether an address may
//! be called from here (`tools/manage.rs` and every call look). Next: `check.rs`, `ponte_tools::check`.

use super::check::Found;
use super::read::{Folder, parse};
use super::trouble::{Trouble, nearest};
use crate::both;
use crate::tools::kept::MOST;
use crate::words::Both;
use ponte_tools::check::{Wrong, check};
use ponte_tools::{Action, Tool, builtin};
use serde::Deserialize;
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use std::collections::BTreeMap;

/// One file.
#[derive(Clone, Debug)]
pub struct ToolFile {
    pub tool: Tool,
    /// Where its members stand: `name`, `action/http/url`.
    places: BTreeMap<String, Location>,
}

/// The members of a tool's action, to find their places.
#[derive(Deserialize)]
struct Inner {
    action: BTreeMap<String, BTreeMap<String, Spanned<Value>>>,
}

/// A tool of its file's text.
pub(super) fn read(file: &str, text: &str) -> Result<ToolFile, Trouble> {
    let tool = parse::<Tool>(file, text)?;
    let members = parse::<BTreeMap<String, Spanned<Value>>>(file, text)?;
    let mut places: BTreeMap<String, Location> = members
        .into_iter()
        .map(|(name, member)| (name, member.referenced))
        .collect();
    // A built-in action is a word, not a map: it has no places of its own.
    if let Ok(inner) = parse::<Inner>(file, text) {
        for (kind, members) in inner.action {
            for (name, member) in members {
                places.insert(format!("action/{kind}/{name}"), member.referenced);
            }
        }
    }
    Ok(ToolFile { tool, places })
}

/// What a model may be told as a tool's name: underscores, where other files have dashes.
pub(super) fn is_name(stem: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    stem.len() <= 64
        && stem.chars().all(plain)
        && stem.starts_with(|c: char| c.is_ascii_lowercase())
}

impl ToolFile {
    /// The place of a member, or of the nearest one around it.
    fn place(&self, at: &str) -> Location {
        let mut at = at;
        loop {
            if let Some(place) = self.places.get(at) {
                return *place;
            }
            let Some((outer, _)) = at.rsplit_once('/') else {
                return Location::UNKNOWN;
            };
            at = outer;
        }
    }
}

impl Found<'_> {
    pub(super) fn tool(&mut self, stem: &str, file: &ToolFile) {
        let name = &file.tool.name;
        if name != stem {
            self.at(
                file.place("name"),
                both!(
                    "a ferramenta se chama `{name}`, e o arquivo `{stem}`.",
                    "the tool is called `{name}`, and the file `{stem}`."
                ),
                both!("Dê aos dois o mesmo nome.", "Give both the same name."),
            );
        }
        if let Action::Builtin(one) = file.tool.action {
            let known = one.name();
            self.at(
                file.place("action"),
                both!(
                    "uma ferramenta pronta não tem arquivo.",
                    "a built-in tool has no file."
                ),
                both!(
                    "Apague este arquivo e escreva `{known}` em `tools` do assistente.",
                    "Delete this file and write `{known}` in the assistant's `tools`."
                ),
            );
            return;
        }
        for Wrong { at, what } in check(&file.tool) {
            self.at(
                file.place(&at),
                both!("`{at}` não serve.", "`{at}` won't do: {what}."),
                advice(&at),
            );
        }
    }

    /// The tools that an assistant names: files of the folder, or built-in ones.
    pub(super) fn tools(&mut self, names: &[Spanned<String>], folder: &Folder) {
        let kind = both!("a ferramenta", "tool");
        for name in names {
            let own = folder.tools.keys().map(String::as_str);
            let ready = builtin::ALL.iter().map(|one| one.name());
            // A tool may be made in the console, of an MCP server, or played in a test: only what looks
            // like a slip is a trouble of the folder. `doctor` tells of the others.
            let known = own.chain(ready);
            if nearest(&name.value, known.clone()).is_some() {
                self.known(name, &kind, known);
            }
        }
    }
}

/// Everything wrong with the tools of a folder.
pub(super) fn check_all(folder: &Folder, all: &mut Vec<Trouble>) {
    if folder.tools.len() > MOST {
        all.push(Trouble::new(
            "tools",
            both!(
                "há mais de {MOST} ferramentas.",
                "there are more than {MOST} tools."
            ),
            both!(
                "Um modelo escolhe bem entre poucas: apague as que ninguém usa.",
                "A model chooses well among few: delete those that nobody uses."
            ),
        ));
    }
    for (key, file) in &folder.tools {
        let name = format!("tools/{key}.yaml");
        Found { file: &name, all }.tool(key, file);
    }
}

/// What to do about a member that won't do.
fn advice(at: &str) -> Both {
    match at {
        "name" => both!(
            "Letras minúsculas, dígitos e `_`, até 64, começando com letra; nomes de ferramentas prontas não valem.",
            "Small letters, digits and `_`, up to 64, beginning with a letter; names of built-in tools are taken."
        ),
        "description" => both!(
            "Diga ao modelo, em até 1024 caracteres, quando usá-la e o que ela dá.",
            "Tell the model, in up to 1024 characters, when to use it and what it gives."
        ),
        "parameters" | "result" => both!(
            "Escreva um JSON Schema sem referências externas; em `parameters`, `type: object`.",
            "Write a JSON Schema without references to elsewhere; in `parameters`, `type: object`."
        ),
        "bound" | "action/http" => both!(
            "Use só nomes que estão em `parameters`, entre chaves: {{pedido}}.",
            "Use only names that stand in `parameters`, in braces: {{order}}."
        ),
        "confirm_text" | "progress_text" | "failure_text" => both!(
            "Uma frase de até 1000 caracteres; só `confirm_text` leva parâmetros entre chaves.",
            "A sentence of up to 1000 characters; only `confirm_text` takes parameters in braces."
        ),
        "timeout_ms" => both!(
            "Milissegundos, de 1 a 60000.",
            "Milliseconds, from 1 to 60000."
        ),
        "per_minute" => both!(
            "Chamadas por minuto, de 1 a 6000.",
            "Calls a minute, from 1 to 6000."
        ),
        "take" => both!(
            "Um nome e um caminho como /data/0/status, até 40.",
            "A name and a path such as /data/0/status, up to 40."
        ),
        "effects" => both!("Escreva `writes`.", "Write `writes`."),
        "action/http/url" => both!(
            "Escreva o endereço inteiro, http ou https; parâmetros só no caminho.",
            "Write the whole address, http or https; parameters in the path only."
        ),
        "action/http/headers" => both!(
            "Um segredo nunca fica aqui: crie uma credencial e escreva seu nome em `credential`.",
            "A secret never stands here: make a credential and write its name in `credential`."
        ),
        _ => both!(
            "`ponte schema` mostra as formas aceitas.",
            "`ponte schema` shows what is accepted."
        ),
    }
}
