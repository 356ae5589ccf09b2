//! The index as a value: what was put in and taken out in any order is found like what was put in at once.

use ponte_nlu::search::chunk::ChunkId;
use ponte_nlu::search::index::{BadBytes, DENSE_SHARE, Dense, Filter, Hit, Index, Passage, Query};
use ponte_nlu::search::vectors::NoVector;
use proptest::prelude::*;
use std::collections::BTreeMap;

const TEXTS: &[&str] = &[
    "entregamos em dois dias úteis",
    "a entrega custa dez reais",
    "trocas em até sete dias com nota",
    "aceitamos cartão e pix",
    "o frete é grátis acima de cem reais",
    "horário de funcionamento: nove às dezoito",
    "entrega grátis, entrega rápida",
    "",
];

fn put(index: &mut Index, id: u128, text: &str) {
    put_for(index, id, text, "", &[]);
}

fn put_for(index: &mut Index, id: u128, text: &str, audience: &str, tags: &[&str]) {
    let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_string()).collect();
    let passage = Passage {
        id: ChunkId(id),
        source: id % 3,
        title: if id.is_multiple_of(2) {
            "Entrega e prazo"
        } else {
            ""
        },
        text,
        audience,
        tags: &tags,
    };
    index.put(&passage);
}

fn search(index: &Index, text: &str) -> Vec<Hit> {
    search_in(index, text, &Filter::default())
}

fn search_in(index: &Index, text: &str, filter: &Filter) -> Vec<Hit> {
    index.search(&Query {
        text,
        filter,
        limit: 20,
        dense: None,
    })
}

fn ids(hits: &[Hit]) -> Vec<u128> {
    hits.iter().map(|hit| hit.id.0).collect()
}

fn full() -> Index {
    let mut index = Index::new();
    for (id, text) in TEXTS.iter().enumerate() {
        put(&mut index, id as u128, text);
    }
    index
}

#[derive(Clone, Debug)]
enum Change {
    Put(u128, usize),
    Remove(u128),
    Compact,
    Cache,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        6 => (0u128..12, 0..TEXTS.len()).prop_map(|(id, text)| Change::Put(id, text)),
        3 => (0u128..12).prop_map(Change::Remove),
        1 => Just(Change::Compact),
        1 => Just(Change::Cache),
    ];
    prop::collection::vec(change, 0..40)
}

proptest! {
    #[test]
    fn a_changed_index_answers_like_a_fresh_one(changes in changes(), question in "(entrega|entrga|frete|grátis|dias|cartão|[a-z]{3,5}| ){1,6}") {
        let mut index = Index::new();
        let mut kept: BTreeMap<u128, usize> = BTreeMap::new();
        for change in changes {
            match change {
                Change::Put(id, text) => {
                    put(&mut index, id, TEXTS[text]);
                    kept.insert(id, text);
                }
                Change::Remove(id) => {
                    prop_assert_eq!(index.remove(ChunkId(id)), kept.remove(&id).is_some());
                }
                Change::Compact => index = index.compacted(),
                Change::Cache => index = Index::from_bytes(&index.to_bytes()).unwrap(),
            }
        }
        let mut fresh = Index::new();
        for (id, text) in kept.iter().rev() {
            put(&mut fresh, *id, TEXTS[*text]);
        }
        prop_assert_eq!(index.len(), kept.len());
        for text in [question.as_str(), "entrega em dois dias", "frete gratis", "orario"] {
            prop_assert_eq!(search(&index, text), search(&fresh, text));
        }
    }

    #[test]
    fn any_text_can_be_put_and_asked(texts in prop::collection::vec("\\PC{0,60}", 0..6), question in "\\PC{0,60}") {
        let mut index = Index::new();
        for (id, text) in texts.iter().enumerate() {
            put(&mut index, id as u128, text);
        }
        for hit in search(&index, &question) {
            prop_assert!(hit.score.is_finite() && hit.score > 0.0 && hit.score <= 1.0001);
        }
        let again = Index::from_bytes(&index.to_bytes()).unwrap();
        prop_assert_eq!(search(&again, &question), search(&index, &question));
    }

    #[test]
    fn damaged_bytes_are_refused(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let bytes = full().to_bytes();
        let mut changed = bytes.clone();
        changed[at.index(bytes.len())] ^= byte.max(1);
        prop_assert_eq!(Index::from_bytes(&changed).err(), Some(BadBytes));
        prop_assert_eq!(Index::from_bytes(&bytes[..cut.index(bytes.len())]).err(), Some(BadBytes));
    }
}

#[test]
fn ties_are_broken_by_id_and_limits_hold() {
    let mut index = Index::new();
    for id in [5u128, 3, 9, 1] {
        index.put(&Passage {
            id: ChunkId(id),
            source: 0,
            title: "",
            text: "o mesmo texto",
            audience: "",
            tags: &[],
        });
    }
    assert_eq!(ids(&search(&index, "texto mesmo")), [1, 3, 5, 9]);
    let filter = Filter::default();
    for limit in [0, 2, 1_000] {
        let hits = index.search(&Query {
            text: "texto",
            filter: &filter,
            limit,
            dense: None,
        });
        assert_eq!(hits.len(), limit.min(4));
    }
}

#[test]
fn filters_are_part_of_the_question() {
    let mut index = Index::new();
    put_for(&mut index, 1, "entrega para todos", "", &[]);
    put_for(&mut index, 2, "entrega da equipe", "equipe", &[]);
    put_for(
        &mut index,
        3,
        "entrega do assistente de vendas",
        "",
        &["vendas"],
    );
    put_for(
        &mut index,
        4,
        "entrega interna de vendas",
        "equipe",
        &["vendas", "trocas"],
    );
    let found = |audiences: Option<&[&str]>, tags: Option<&[&str]>, sources: Option<&[u128]>| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let filter = Filter {
            audiences: audiences.map(own),
            tags: tags.map(own),
            sources: sources.map(<[u128]>::to_vec),
        };
        let mut found = ids(&search_in(&index, "entrega", &filter));
        found.sort_unstable();
        found
    };
    assert_eq!(found(None, None, None), [1, 2, 3, 4]);
    assert_eq!(found(Some(&[]), None, None), [1, 3]);
    assert_eq!(found(Some(&["equipe"]), Some(&[]), None), [1, 2]);
    assert_eq!(found(Some(&[]), Some(&["vendas"]), None), [1, 3]);
    assert_eq!(found(None, Some(&["trocas"]), None), [1, 2, 4]);
    assert_eq!(found(None, None, Some(&[1])), [1, 4]);
    assert_eq!(found(None, None, Some(&[])), [] as [u128; 0]);
}

#[test]
fn many_passages_outside_a_filter_hide_none_inside() {
    let mut index = Index::new();
    for id in 0..1_000u128 {
        put_for(&mut index, id, "entrega entrega rápida", "equipe", &[]);
    }
    put_for(
        &mut index,
        5_000,
        "um texto longo que fala uma vez de entrega e de muitas outras coisas",
        "",
        &[],
    );
    let filter = Filter {
        audiences: Some(Vec::new()),
        ..Filter::default()
    };
    assert_eq!(ids(&search_in(&index, "entrega", &filter)), [5_000]);
}

#[test]
fn a_source_goes_as_a_whole() {
    let mut index = full();
    assert_eq!(index.of_source(1), [ChunkId(1), ChunkId(4), ChunkId(7)]);
    assert_eq!(index.remove_source(1), 3);
    assert_eq!(index.remove_source(1), 0);
    assert!(!index.contains(ChunkId(1)) && index.contains(ChunkId(0)));
    assert_eq!(index.len(), TEXTS.len() - 3);
}

#[test]
fn english_and_spanish_are_found_too() {
    let mut index = Index::new();
    put(
        &mut index,
        1,
        "Returns are accepted within thirty days of delivery.",
    );
    put(
        &mut index,
        2,
        "Los pedidos se entregan en tres días hábiles.",
    );
    put(&mut index, 3, "We are open from nine to six.");
    assert_eq!(ids(&search(&index, "can I return my order"))[0], 1);
    assert_eq!(ids(&search(&index, "cuando entregan el pedido"))[0], 2);
    assert_eq!(ids(&search(&index, "what are your opening hours"))[0], 3);
}

#[test]
fn vectors_find_what_words_do_not() {
    let mut index = full();
    for id in 0..TEXTS.len() as u128 {
        let near = if id == 5 { 1.0 } else { 0.0 };
        index
            .put_vector("m1", ChunkId(id), &[near, 1.0 - near, 0.1])
            .unwrap();
    }
    assert_eq!(index.vectors().serving(), Some("m1"));
    let filter = Filter::default();
    let ask = |index: &Index, text: &str, model: &str| {
        let dense = Some(Dense {
            model,
            vector: &[1.0, 0.0, 0.1],
            share: DENSE_SHARE,
        });
        index.search(&Query {
            text,
            filter: &filter,
            limit: 3,
            dense,
        })
    };
    assert_eq!(ask(&index, "abre", "m1")[0].id, ChunkId(5));
    assert!(ask(&index, "xyz", "m1")[0].why.dense > 0.99);
    // A question of another model is answered by words alone.
    assert_eq!(ask(&index, "frete", "m2"), search(&index, "frete")[..3]);
    let again = Index::from_bytes(&index.to_bytes()).unwrap();
    assert_eq!(ask(&again, "abre", "m1"), ask(&index, "abre", "m1"));
}

#[test]
fn a_change_of_model_leaves_no_gap() {
    let mut index = full();
    let all: Vec<ChunkId> = index.without_vector("m1", 100);
    assert_eq!(all.len(), TEXTS.len());
    for id in &all {
        index.put_vector("m1", *id, &[1.0, 0.0]).unwrap();
    }
    for id in &all[1..] {
        index.put_vector("m2", *id, &[0.0, 1.0, 0.0]).unwrap();
        assert_eq!(index.vectors().serving(), Some("m1"));
    }
    assert_eq!(index.without_vector("m2", 100), all[..1]);
    // The last passage without a vector of the new model goes away: the new set is complete.
    assert!(index.remove(all[0]));
    assert_eq!(index.vectors().serving(), Some("m2"));
    assert_eq!(
        index.put_vector("m2", all[0], &[0.0, 1.0, 0.0]),
        Err(NoVector::Passage)
    );
    put(&mut index, 99, "novo");
    index.put_vector("m3", ChunkId(99), &[1.0]).unwrap();
    index.serve_coming();
    assert_eq!(index.vectors().serving(), Some("m3"));
}

#[test]
fn compaction_is_wanted_when_much_is_gone() {
    let mut index = Index::new();
    for id in 0..3_000u128 {
        put(&mut index, id, TEXTS[usize::try_from(id % 7).unwrap()]);
    }
    assert!(!index.wants_compaction());
    for id in 0..1_500u128 {
        index.remove(ChunkId(id));
    }
    assert!(index.wants_compaction());
    let small = index.compacted();
    assert!(!small.wants_compaction() && small.heap_bytes() < index.heap_bytes());
    assert_eq!(
        search(&small, "entrega dias"),
        search(&index, "entrega dias")
    );
}
