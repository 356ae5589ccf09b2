//! What the demo's assistant knows: the files of `demo/knowledge/`, compiled in, put into a new database.
//!
//! In: a store that has the demo's workspace. Out: its texts and curated answers, stored before the first
//! customer writes; an index is built of them when it is first asked. Absent: later changes, which are
//! people's own (`demo/mod.rs` teaches a new workspace only). Next: `workspace/taught.rs`.

use crate::boot::fail::Fail;
use crate::env::{Clock, Ids};
use crate::knowledge::Knowledge;
use crate::knowledge::crawl::fetch;
use crate::workspace::files::KnowledgeFaqFile;
use crate::workspace::kept::KeptError;
use crate::workspace::read::parse;
use crate::workspace::taught::{self, Taught};
use crate::workspace::trouble::Trouble;
use ponte_core::ids::WorkspaceId;
use ponte_store::Store;
use std::sync::Arc;

/// A file of the demo's folder with its text.
macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../demo/knowledge/", $name)))),*]
    };
}

/// Every text of the folder; a test holds that none is missing.
const TEXTS: [(&str, &str); 6] = bundled![
    "alergenicos.md",
    "bolos.md",
    "casa.md",
    "entrega.md",
    "pedidos.md",
    "precos.md",
];
const FAQ: &str = include_str!("../../../../demo/knowledge/faq.yaml");

/// Puts it into the store, in one commit. Twice is once.
///
/// # Errors
/// [`Fail`] from the store.
pub async fn teach(store: &Store, workspace: WorkspaceId) -> Result<(), Fail> {
    let taught = bundled().map_err(|trouble| KeptError::Wrong(vec![trouble]))?;
    let (clock, ids) = (Arc::new(Clock::real()), Arc::new(Ids::random()));
    let node = ids.next(clock.now());
    let knowledge = Knowledge::new(store.clone(), clock, ids, node, fetch::nowhere());
    let change = taught::plan(&knowledge, workspace, &taught).await?;
    store.commit(change.commit).await?;
    Ok(())
}

fn bundled() -> Result<Taught, Trouble> {
    let own = |(name, text): (&str, &str)| (name.to_owned(), text.to_owned());
    Ok(Taught {
        texts: TEXTS.into_iter().map(own).collect(),
        faq: parse::<KnowledgeFaqFile>("knowledge/faq.yaml", FAQ)?.entries,
        ..Taught::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::retrieve::Ask;
    use ponte_core::Time;
    use ponte_store::Options;
    use std::path::Path;

    #[test]
    fn what_is_compiled_in_is_the_whole_folder() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo");
        let (ours, folder) = (bundled().unwrap(), taught::read(&dir).unwrap());
        assert_eq!(ours.texts, folder.texts);
        assert_eq!(ours.faq.len(), folder.faq.len());
        assert!(folder.intents.is_empty(), "intents are not compiled in");
        let prices = ours.texts["precos.md"].matches("R$").count();
        assert!(prices >= 40, "{prices} prices");
    }

    #[tokio::test]
    async fn a_new_demo_answers_from_its_knowledge_and_keeps_what_people_changed() {
        let store = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        let at = Time(1_000_000);
        let workspace = crate::demo::prepare(&store, at).await.unwrap();
        let (clock, ids) = (Arc::new(Clock::real()), Arc::new(Ids::random()));
        let node = ids.next(at);
        let knowledge = Knowledge::new(store.clone(), clock, ids, node, fetch::nowhere());
        let ask = Ask {
            text: "tem estacionamento ai?",
            limit: 5,
            ..Ask::default()
        };
        let found = knowledge.retrieve(workspace, &ask).await.unwrap();
        let answer = found.answer.expect("an answer");
        assert!(answer.text.contains("8 vagas"), "{}", answer.text);
        assert_eq!(found.hits[0].source_name, crate::workspace::taught::FOLDER);
        let count = || async {
            let page = store.faqs(workspace, None, false, None, 100).await;
            page.unwrap().items
        };
        let first = count().await;
        assert!(first.len() >= 5, "{}", first.len());
        let gone = first[0].clone();
        let mut commit = ponte_store::Commit::new();
        let off = ponte_store::rows::knowledge::FaqRow {
            enabled: false,
            ..gone.clone()
        };
        commit.put_faq(&off, gone.revision);
        assert!(store.commit(commit).await.unwrap().refused.is_none());
        crate::demo::prepare(&store, at).await.unwrap();
        let again = count().await;
        assert_eq!(again.len(), first.len(), "nothing is there twice");
        let row = again.iter().find(|row| row.id == gone.id).unwrap();
        assert!(!row.enabled, "a later start switched it on again");
    }
}
