//! The doctor's look at what assistants need beside numbers: the master key, providers and tools that they name.
//!
//! In: the kept settings and what is sealed. Out: findings. Absent: asking a provider or calling a tool
//! (`ponte provider test`, `ponte tool try`). Next: `doctor.rs`.

use super::doctor::Finding;
use super::{Desk, provider, tool};
use crate::boot::fail::Fail;
use crate::boot::master_key;
use crate::both;
use crate::tools::kept as tools;
use crate::words::Both;
use crate::workspace::kept::{self, KeptError};
use crate::workspace::trouble::nearest;
use ponte_core::brain::Brain;
use ponte_core::ids::WorkspaceId;
use ponte_store::Store;
use std::collections::BTreeSet;

/// Looks at the master key and at every assistant.
pub async fn check(desk: &Desk<'_>, store: &Store) -> Vec<Finding> {
    let mut all = match key(desk, store).await {
        Ok(found) => found,
        Err(fail) => vec![Finding::bad("master_key", fail.what, fail.todo)],
    };
    match assistants(store).await {
        Ok(found) => all.extend(found),
        Err(why) => all.push(Finding::bad(
            "assistants",
            Both::same(format!("{why}.")),
            Both::same(""),
        )),
    }
    all
}

/// Which key there is, whether this database knows it, and whether what is sealed opens.
async fn key(desk: &Desk<'_>, store: &Store) -> Result<Vec<Finding>, Fail> {
    let rows = store.providers(None).await?;
    let known = store.meta(master_key::META).await?;
    if desk.app.is_none() && !master_key::is_there(&desk.config.data, desk.vars) {
        // Opening the rooms would make a key, and a doctor only looks.
        let closed = rows.iter().filter(|row| row.sealed.is_some()).count();
        return Ok(vec![verdict(None, known, (0, closed))]);
    }
    let models = provider::models(desk, store)?;
    let sealed: Vec<bool> = rows
        .iter()
        .filter_map(|row| models.key_opens(row))
        .collect();
    let (open, closed) = tool::room(desk, store)?.opens().await?;
    let open = open + sealed.iter().filter(|opens| **opens).count();
    let closed = closed + sealed.iter().filter(|opens| !**opens).count();
    let have = models.vault().key_id();
    Ok(vec![verdict(have, known, (open, closed))])
}

fn verdict(have: Option<String>, known: Option<String>, (open, closed): (usize, usize)) -> Finding {
    let check = "master_key";
    let back = both!(
        "Ponha a chave certa de volta (master.key ou PONTE_MASTER_KEY), ou escreva os segredos de novo.",
        "Put the right key back (master.key or PONTE_MASTER_KEY), or enter the secrets again."
    );
    let Some(have) = have else {
        let what = both!(
            "Ainda não há chave mestra: nenhum segredo pode ser guardado.",
            "There is no master key yet: no secret can be kept."
        );
        if closed > 0 || known.is_some() {
            return Finding::bad(check, what, back);
        }
        let todo = both!(
            "`ponte serve` cria uma na pasta de dados; guarde uma cópia.",
            "`ponte serve` makes one in the data folder; keep a copy."
        );
        return Finding::look(check, what, todo);
    };
    if closed > 0 {
        return Finding::bad(
            check,
            both!(
                "Chave mestra {have}: {open} segredos abrem, {closed} não.",
                "Master key {have}: {open} secrets open, {closed} don't."
            ),
            back,
        );
    }
    if let Some(known) = known.filter(|known| *known != have) {
        return Finding::look(
            check,
            both!(
                "A chave mestra é {have}, e este banco foi usado com {known}.",
                "The master key is {have}, and this database was used with {known}."
            ),
            both!(
                "Com a antiga em PONTE_MASTER_KEY_OLD, rode `ponte vault rotate`.",
                "With the old one in PONTE_MASTER_KEY_OLD, run `ponte vault rotate`."
            ),
        );
    }
    Finding::good(
        check,
        both!(
            "Chave mestra {have}: {open} segredos abrem.",
            "Master key {have}: {open} secrets open."
        ),
    )
}

/// Whether what assistants name is there.
async fn assistants(store: &Store) -> Result<Vec<Finding>, KeptError> {
    let mut all = Vec::new();
    let mut looked = 0_usize;
    for workspace in store.workspaces().await? {
        let has = Has::read(store, workspace.id).await?;
        let settings = kept::load(store, workspace.id).await?.settings()?;
        for (name, assistant) in &settings.assistants {
            looked += 1;
            all.extend(has.missing(name, &assistant.brain));
        }
    }
    if all.is_empty() && looked > 0 {
        all.push(Finding::good(
            "assistants",
            both!(
                "Provedores e ferramentas que os assistentes nomeiam existem.",
                "Providers and tools that assistants name are there."
            ),
        ));
    }
    Ok(all)
}

/// What a workspace has.
struct Has {
    providers: BTreeSet<String>,
    tools: BTreeSet<String>,
}

impl Has {
    async fn read(store: &Store, workspace: WorkspaceId) -> Result<Has, KeptError> {
        let providers = store.providers(Some(workspace)).await?;
        let tools = tools::all(store, workspace).await?;
        Ok(Has {
            providers: providers.into_iter().map(|row| row.name).collect(),
            tools: tools.into_iter().map(|tool| tool.name).collect(),
        })
    }

    fn missing(&self, assistant: &str, brain: &Brain) -> Vec<Finding> {
        let mut all = Vec::new();
        let named: BTreeSet<&str> = brain
            .models
            .iter()
            .map(|model| model.split('/').next().unwrap_or_default())
            .collect();
        for name in named
            .into_iter()
            .filter(|name| !self.providers.contains(*name))
        {
            all.push(Finding::bad(
                "assistant_provider",
                both!(
                    "{assistant}: não há um provedor {name}.",
                    "{assistant}: there is no provider {name}."
                ),
                or_near(
                    name,
                    &self.providers,
                    both!(
                        "Crie-o com `ponte provider add {name}`.",
                        "Make it with `ponte provider add {name}`."
                    ),
                ),
            ));
        }
        for name in brain
            .tools
            .iter()
            .filter(|name| !self.tools.contains(*name))
        {
            all.push(Finding::bad(
                "assistant_tool",
                both!(
                    "{assistant}: não há uma ferramenta {name}.",
                    "{assistant}: there is no tool {name}."
                ),
                or_near(
                    name,
                    &self.tools,
                    both!(
                        "Escreva tools/{name}.yaml e aplique a pasta.",
                        "Write tools/{name}.yaml and apply the folder."
                    ),
                ),
            ));
        }
        all
    }
}

fn or_near(name: &str, known: &BTreeSet<String>, else_do: Both) -> Both {
    match nearest(name, known.iter().map(String::as_str)) {
        Some(near) => both!("Você quis dizer `{near}`?", "Did you mean `{near}`?"),
        None => else_do,
    }
}

#[cfg(test)]
mod tests {
    use super::super::doctor::Grade;
    use super::*;

    #[test]
    fn how_the_master_key_stands_is_said() {
        let name = |text: &str| Some(text.to_owned());
        let cases = [
            (None, None, (0, 0), Grade::Look, "no master key yet"),
            (None, name("a"), (0, 0), Grade::Bad, "no master key yet"),
            (None, None, (0, 1), Grade::Bad, "no master key yet"),
            (
                name("a"),
                name("a"),
                (2, 1),
                Grade::Bad,
                "2 secrets open, 1 don't",
            ),
            (name("b"), name("a"), (0, 0), Grade::Look, "used with a"),
            (name("a"), name("a"), (2, 0), Grade::Good, "2 secrets open."),
            (name("a"), None, (0, 0), Grade::Good, "0 secrets open."),
        ];
        for (have, known, counts, grade, said) in cases {
            let found = verdict(have.clone(), known.clone(), counts);
            assert_eq!(found.grade, grade, "{have:?} {known:?} {counts:?}");
            assert!(found.what.en.contains(said), "{}", found.what.en);
            assert_eq!(found.todo.en.is_empty(), grade == Grade::Good);
        }
    }

    #[test]
    fn what_an_assistant_names_and_nobody_made_is_told_with_what_is_near() {
        let has = Has {
            providers: BTreeSet::from(["openai".to_owned()]),
            tools: BTreeSet::from(["pedido".to_owned(), "hand_off".to_owned()]),
        };
        let brain = Brain {
            models: vec!["openai/a".into(), "opnai/b".into(), "opnai/c".into()],
            tools: vec!["pedido".into(), "estoque_da_loja".into()],
            ..Brain::default()
        };
        let found: Vec<_> = has
            .missing("padaria", &brain)
            .into_iter()
            .map(|finding| (finding.check, finding.what.en, finding.todo.en))
            .collect();
        let wanted = [
            (
                "assistant_provider",
                "padaria: there is no provider opnai.".to_owned(),
                "Did you mean `openai`?".to_owned(),
            ),
            (
                "assistant_tool",
                "padaria: there is no tool estoque_da_loja.".to_owned(),
                "Write tools/estoque_da_loja.yaml and apply the folder.".to_owned(),
            ),
        ];
        assert_eq!(found, wanted);
        assert!(has.missing("padaria", &Brain::default()).is_empty());
    }
}
