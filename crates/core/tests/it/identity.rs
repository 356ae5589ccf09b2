//! Identity: names, the ninth digit, and merging that doesn't depend on order.

use ponte_core::content::Person;
use ponte_core::identity::{Alias, Decision, aliases, candidates, other_form, relink, resolve};
use ponte_core::ids::ContactId;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn contact(n: u8) -> ContactId {
    ContactId(Uuid::from_u128(u128::from(n)))
}

#[test]
fn the_ninth_digit_is_a_candidate_and_never_a_rule() {
    for (given, other) in [
        ("5511988887777", Some("551188887777")),
        ("551188887777", Some("5511988887777")),
        ("556199998888", Some("5561999998888")),
        ("551133334444", None),
        ("5511433334444", None),
        ("5501988887777", None),
        ("12025550123", None),
        ("55119888877", None),
        ("BR.1349", None),
        ("5511988887a77", None),
        ("55119888877 7", None),
        ("", None),
        ("55ção988887777", None),
    ] {
        assert_eq!(other_form(given).as_deref(), other, "{given}");
    }
    let person = Person {
        wa_id: Some("551188887777".into()),
        ..Person::default()
    };
    assert_eq!(
        aliases(&person),
        BTreeSet::from([
            Alias::WaId("551188887777".into()),
            Alias::Line("551188887777".into())
        ])
    );
    assert_eq!(candidates(&person).len(), 3);
}

#[test]
fn both_spellings_of_a_line_have_one_name_in_common_and_other_numbers_have_none() {
    let names = |wa_id: &str| {
        aliases(&Person {
            wa_id: Some(wa_id.into()),
            ..Person::default()
        })
    };
    let shared: BTreeSet<Alias> = names("5511988887777")
        .intersection(&names("551188887777"))
        .cloned()
        .collect();
    assert_eq!(shared, BTreeSet::from([Alias::Line("551188887777".into())]));
    for other in ["551133334444", "12025550123", "BR.1349"] {
        assert_eq!(names(other), BTreeSet::from([Alias::WaId(other.into())]));
    }
}

#[test]
fn a_user_name_is_no_key_and_empty_names_are_none() {
    let person = Person {
        username: Some("ana".into()),
        wa_id: Some(String::new()),
        bsuid: Some("BR.1".into()),
        ..Person::default()
    };
    assert_eq!(
        aliases(&person),
        BTreeSet::from([Alias::Bsuid("BR.1".into())])
    );
}

#[test]
fn both_forms_of_one_line_become_one_contact() {
    let found = BTreeMap::from([
        (Alias::WaId("551188887777".into()), contact(2)),
        (Alias::WaId("5511988887777".into()), contact(1)),
    ]);
    let join = BTreeSet::from([contact(2)]);
    let keep = contact(1);
    assert_eq!(resolve(&found), Decision::Merge { keep, join });
}

#[test]
fn names_not_given_stay_known() {
    let mut person = Person {
        wa_id: Some("5511988887777".into()),
        name: Some("Ana".into()),
        ..Person::default()
    };
    let now = Person {
        bsuid: Some("BR.9".into()),
        name: Some(String::new()),
        ..Person::default()
    };
    relink(&mut person, &now);
    assert_eq!(person.wa_id.as_deref(), Some("5511988887777"));
    assert_eq!(person.bsuid.as_deref(), Some("BR.9"));
    assert_eq!(person.name.as_deref(), Some("Ana"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Messages that link names in any order, any number of times, end in the same contacts.
    #[test]
    fn merging_is_idempotent_and_commutative(
        links in prop::collection::vec(prop::collection::btree_set(0u8..8, 1..4), 1..8),
        order in any::<prop::sample::Index>(),
    ) {
        let run = |links: &[BTreeSet<u8>]| {
            // All names exist beforehand, each a contact of its own.
            let mut owner: BTreeMap<Alias, ContactId> =
                (0..8).map(|n| (Alias::Bsuid(n.to_string()), contact(n))).collect();
            for link in links {
                let names: Vec<Alias> = link.iter().map(|n| Alias::Bsuid(n.to_string())).collect();
                let found = names.iter().map(|n| (n.clone(), owner[n])).collect();
                if let Decision::Merge { keep, join } = resolve(&found) {
                    for of in owner.values_mut().filter(|c| join.contains(c)) {
                        *of = keep;
                    }
                }
            }
            owner
        };
        let mut other = links.clone();
        other.rotate_left(order.index(links.len()));
        other.extend(links.iter().rev().cloned());
        prop_assert_eq!(run(&links), run(&other));
    }
}
