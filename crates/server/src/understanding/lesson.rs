//! What a model is trained on and judged by, gathered of the store.
//!
//! In: intents and examples of a workspace. Out: examples for training in the order of their ids, and
//! the test set. Examples of split `test` are never trained on; corrections are of split `both`: each is
//! trained on as well, and the report tells the two apart. Intents that are switched off are
//! left out with their examples. Absent: training (`training.rs`).

use ponte_core::ids::WorkspaceId;
use ponte_nlu::intents::{Example, Examples, Intent};
use ponte_nlu::text::fold;
use ponte_store::rows::training::{ExampleRow, IntentRow, Split};
use ponte_store::{LIST_MAX, Store, StoreError};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Letters of an example.
pub const TEXT_MOST: usize = 500;
/// Intents of one workspace, and examples in all: what trains within minutes on one core.
pub const INTENTS_MOST: usize = 500;
pub const EXAMPLES_MOST: u64 = 50_000;

/// One message of the test set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub text: String,
    /// None: of no intent.
    pub intent: Option<String>,
    /// It was trained on as well: a correction.
    pub taught: bool,
}

/// What a model is trained on and judged by.
#[derive(Clone, Debug, Default)]
pub struct Lesson {
    pub examples: Examples,
    pub tests: Vec<Test>,
    /// The revision of the examples.
    pub revision: u64,
}

/// Gathers the lesson of a workspace.
///
/// # Errors
/// The store's.
pub async fn gather(store: &Store, workspace: WorkspaceId) -> Result<Lesson, StoreError> {
    let (revision, _) = store.training_heads(workspace).await?;
    let mut intents = Vec::new();
    let mut after = None;
    loop {
        let page = store.intents(workspace, after, LIST_MAX).await?;
        intents.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let mut examples = Vec::new();
    let mut after = None;
    loop {
        let page = store.examples(workspace, after, LIST_MAX).await?;
        examples.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(lesson(intents, examples, revision))
}

/// The lesson of these rows.
#[must_use]
pub fn lesson(intents: Vec<IntentRow>, examples: Vec<ExampleRow>, revision: u64) -> Lesson {
    let mut lesson = Lesson {
        revision,
        ..Lesson::default()
    };
    let mut places: BTreeMap<Uuid, usize> = BTreeMap::new();
    for row in intents.into_iter().filter(|row| row.enabled) {
        places.insert(row.id, lesson.examples.intents.len());
        lesson.examples.intents.push(Intent {
            name: row.name,
            description: row.description,
        });
    }
    for row in examples {
        let intent = match row.intent {
            None => None,
            Some(id) => match places.get(&id) {
                Some(place) => Some(*place),
                // Of an intent that is switched off.
                None => continue,
            },
        };
        if row.split != Split::Train {
            lesson.tests.push(Test {
                text: row.text.clone(),
                intent: intent.map(|place| lesson.examples.intents[place].name.clone()),
                taught: row.split == Split::Both,
            });
        }
        if row.split != Split::Test {
            lesson.examples.rows.push(Example {
                text: row.text,
                intent,
            });
        }
    }
    lesson
}

/// The name of a text: the same for the same words, however they are typed.
#[must_use]
pub fn key(text: &str) -> Uuid {
    let folded = fold(text);
    let words = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    Uuid::new_v5(&Uuid::NAMESPACE_OID, words.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_core::Time;
    use ponte_store::rows::training::Origin;

    fn intent(n: u128, name: &str, enabled: bool) -> IntentRow {
        IntentRow {
            id: Uuid::from_u128(n),
            workspace: WorkspaceId(Uuid::nil()),
            name: name.into(),
            description: String::new(),
            enabled,
            assistants: Vec::new(),
            revision: 1,
            created: Time(0),
            updated: Time(0),
        }
    }

    fn example(intent: Option<u128>, text: &str, split: Split) -> ExampleRow {
        ExampleRow {
            id: Uuid::nil(),
            workspace: WorkspaceId(Uuid::nil()),
            intent: intent.map(Uuid::from_u128),
            text: text.into(),
            key: key(text),
            origin: Origin::Author,
            split,
            created: Time(0),
        }
    }

    #[test]
    fn each_example_goes_where_its_split_says() {
        let lesson = lesson(
            vec![intent(1, "preco", true), intent(2, "velho", false)],
            vec![
                example(Some(1), "quanto custa", Split::Train),
                example(Some(1), "qual o valor", Split::Test),
                example(Some(1), "quanto é", Split::Both),
                example(Some(2), "x", Split::Both),
                example(None, "bom dia", Split::Train),
            ],
            7,
        );
        let trained: Vec<(&str, Option<usize>)> = lesson
            .examples
            .rows
            .iter()
            .map(|row| (row.text.as_str(), row.intent))
            .collect();
        assert_eq!(
            trained,
            [
                ("quanto custa", Some(0)),
                ("quanto é", Some(0)),
                ("bom dia", None)
            ]
        );
        let tests: Vec<(&str, bool)> = lesson
            .tests
            .iter()
            .map(|test| (test.text.as_str(), test.taught))
            .collect();
        assert_eq!(tests, [("qual o valor", false), ("quanto é", true)]);
    }

    #[test]
    fn one_text_has_one_key_however_it_is_typed() {
        assert_eq!(key("Não  abre?"), key("nao abre?"));
        assert_ne!(key("abre"), key("fecha"));
    }
}
