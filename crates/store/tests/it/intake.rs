//! Deliveries, the journal, contacts and what waits for its message.

use crate::on_each;
use crate::world::{Kind, NODE, NODE_B, T0, World, contact_row, entry, message, put_of, uuid};
use ponte_core::State;
use ponte_core::event::Event;
use ponte_core::ids::{ContactId, WorkspaceId};
use ponte_core::time::Span;
use ponte_store::rows::contact::AliasRow;
use ponte_store::rows::conversation::{ConversationNew, ConversationPut, Waiting};
use ponte_store::rows::journal::{AccountEventNew, DeliveryNew, OrphanNew, Whose};
use ponte_store::{Commit, Refused, Spoiled};
use serde_json::json;

on_each! {
    delivery_is_kept_raw_claimed_once_and_finished_by_its_holder
    quarantined_delivery_stays_and_can_be_reopened
    a_repeat_is_skipped_and_the_rest_of_its_commit_stored
    the_same_key_on_two_channels_is_two_events
    pending_entries_come_in_order_and_leave_when_applied
    an_entry_that_brings_its_consequences_is_stored_once_and_never_overtakes
    quarantined_entry_holds_nobody_back_and_can_be_reopened
    an_entry_of_an_unknown_conversation_is_refused
    two_intakes_of_a_new_contact_make_one
    merged_contact_gives_its_names_away
    what_was_known_before_a_merge_is_refused
    waiting_for_its_turn_is_no_attempt
    parked_status_is_found_by_what_it_waits_for
    account_events_of_a_workspace_newest_first
    what_is_set_aside_is_its_workspaces_and_nobodys_is_shown_to_somebody
    an_item_is_tried_again_with_its_delivery_as_long_as_that_is_kept
    a_delivery_that_can_not_be_read_is_set_aside_and_holds_up_no_other
    live_entries_come_before_a_thousand_imported_ones
}

async fn delivery_is_kept_raw_claimed_once_and_finished_by_its_holder(t: World) {
    let body = vec![0_u8, 255, 7];
    let mut c = Commit::new();
    c.add_delivery(DeliveryNew {
        received: T0,
        body: body.clone().into(),
        lease: None,
    });
    let until = t.now().await + Span::secs(30);
    c.add_delivery(DeliveryNew {
        received: T0,
        body: vec![1].into(),
        lease: Some((NODE_B, until)),
    });
    let ids = t.ok(c).await.deliveries;
    let now = t.now().await;
    let got = t
        .store
        .claim_deliveries(NODE, now, Span::secs(30), 10)
        .await
        .unwrap();
    assert_eq!(got.len(), 1, "the other is leased to its inserter");
    assert_eq!(
        (got[0].id, &got[0].body, got[0].attempts),
        (ids[0], &body, 1)
    );
    assert!(
        t.store
            .claim_deliveries(NODE_B, now, Span::secs(30), 10)
            .await
            .unwrap()
            .is_empty()
    );

    let mut c = Commit::new();
    c.finish_delivery(ids[0], NODE_B);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Delivery)
    );
    let mut c = Commit::new();
    c.finish_delivery(ids[0], NODE)
        .delivery_of(ids[0], t.place.workspace);
    t.ok(c).await;
    let mut c = Commit::new();
    c.retry_delivery(ids[1], NODE_B, T0 - Span::days(9_000), "later");
    t.ok(c).await;
    let again = t
        .store
        .claim_deliveries(NODE, t.now().await, Span::secs(30), 10)
        .await
        .unwrap();
    assert_eq!(
        (again[0].id, again[0].attempts, again[0].error.as_deref()),
        (ids[1], 2, Some("later"))
    );
    assert_eq!(
        t.store.delivery(ids[0]).await.unwrap().unwrap().body,
        body,
        "kept after it is done"
    );
}

async fn quarantined_delivery_stays_and_can_be_reopened(t: World) {
    let mut c = Commit::new();
    c.add_delivery(DeliveryNew {
        received: T0,
        body: vec![9].into(),
        lease: Some((NODE, T0)),
    });
    let id = t.ok(c).await.deliveries[0];
    let mut c = Commit::new();
    c.quarantine_delivery(id, NODE, "no such number");
    t.ok(c).await;
    let found = t
        .store
        .quarantined_deliveries(Whose::All, None, 10)
        .await
        .unwrap();
    assert_eq!(
        (found[0].id, found[0].quarantined, found[0].error.as_deref()),
        (id, true, Some("no such number"))
    );
    assert!(
        t.store
            .claim_deliveries(NODE, t.now().await, Span::secs(1), 10)
            .await
            .unwrap()
            .is_empty()
    );
    let mut c = Commit::new();
    c.reopen_delivery(id);
    t.ok(c).await;
    assert_eq!(
        t.store
            .claim_deliveries(NODE, t.now().await, Span::secs(1), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

async fn a_repeat_is_skipped_and_the_rest_of_its_commit_stored(t: World) {
    let mut c = Commit::new();
    c.append(&entry(t.place, "a"));
    let first = t.ok(c).await.journal[0].unwrap();
    let mut c = Commit::new();
    c.append(&entry(t.place, "a")).append(&entry(t.place, "b"));
    let again = t.ok(c).await;
    assert_eq!(again.journal[0], None);
    assert!(again.journal[1].unwrap() > first);
    assert_eq!(
        t.store
            .pending_of(t.place.conversation, 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn the_same_key_on_two_channels_is_two_events(t: World) {
    let mut other = entry(t.place, "a");
    other.place.channel = ponte_core::ids::ChannelId(uuid(77));
    let mut c = Commit::new();
    c.append(&entry(t.place, "a")).append(&other);
    assert!(t.ok(c).await.journal.iter().all(Option::is_some));
}

async fn an_entry_that_brings_its_consequences_is_stored_once_and_never_overtakes(t: World) {
    let fresh = |name: &str, version: u64| {
        let new = entry(t.place, name);
        let state = State {
            version: version + 1,
            ..State::default()
        };
        let mut c = Commit::new();
        c.append_applied(
            &new.place,
            &new.envelope,
            Some(&new.dedupe),
            None,
            version + 1,
        );
        c.put_message(&t.place, version + 1, &message(7, T0, name));
        let put = ConversationPut {
            waiting: Waiting::Refuse,
            ..put_of(&t.place, &state)
        };
        c.put_conversation(&put, version);
        t.store.commit(c)
    };
    assert!(fresh("a", 0).await.unwrap().stored());
    let known = fresh("a", 1).await.unwrap();
    assert_eq!(known.refused, Some(Refused::Entry), "it is known");

    let mut c = Commit::new();
    c.append(&entry(t.place, "b"));
    let waits = t.ok(c).await.journal[0].unwrap();
    let early = fresh("c", 1).await.unwrap();
    assert_eq!(early.refused, Some(Refused::Version), "an older one waits");
    assert_eq!(
        t.store
            .load(&t.place, &[])
            .await
            .unwrap()
            .unwrap()
            .row
            .state
            .version,
        1,
        "nothing of what was refused is there"
    );
    let mut c = Commit::new();
    c.applied(waits, 2);
    let state = State {
        version: 2,
        ..State::default()
    };
    c.put_conversation(&put_of(&t.place, &state), 1);
    t.ok(c).await;
    assert!(fresh("c", 2).await.unwrap().stored());
    let folded = t.store.folded(t.place.conversation, 0, 10).await.unwrap();
    let order: Vec<_> = folded.iter().map(|row| row.applied).collect();
    assert_eq!(order, [Some(1), Some(2), Some(3)]);
}

async fn pending_entries_come_in_order_and_leave_when_applied(t: World) {
    let mut c = Commit::new();
    let second = t.talk(1).await;
    c.append(&entry(t.place, "a"))
        .append(&entry(second, "b"))
        .append(&entry(t.place, "c"));
    let seqs: Vec<i64> = t.ok(c).await.journal.into_iter().flatten().collect();
    let pending = t
        .store
        .pending_journal(t.place.channel, 0, 10)
        .await
        .unwrap();
    assert_eq!(pending.iter().map(|e| e.seq).collect::<Vec<_>>(), seqs);
    assert_eq!(pending[0].envelope, entry(t.place, "a").envelope);
    assert_eq!(
        t.store
            .pending_journal(t.place.channel, seqs[0], 1)
            .await
            .unwrap()[0]
            .seq,
        seqs[1]
    );
    assert_eq!(
        t.store.pending_channels(10).await.unwrap(),
        vec![t.place.channel]
    );

    let mut c = Commit::new();
    c.applied(seqs[2], 1);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Entry),
        "an older entry of the conversation still waits"
    );
    let mut c = Commit::new();
    c.try_entry(seqs[0]).applied(seqs[0], 1).applied(seqs[2], 2);
    t.ok(c).await;
    assert_eq!(
        t.store.pending_of(t.place.conversation, 10).await.unwrap(),
        vec![]
    );
    let folded = t.store.folded(t.place.conversation, 0, 10).await.unwrap();
    assert_eq!(
        folded
            .iter()
            .map(|e| (e.seq, e.applied))
            .collect::<Vec<_>>(),
        [(seqs[0], Some(1)), (seqs[2], Some(2))]
    );
    assert_eq!(
        t.store.folded(t.place.conversation, 1, 10).await.unwrap()[0].seq,
        seqs[2]
    );
    assert_eq!(
        t.store
            .journal_of(t.place.conversation, None, 1)
            .await
            .unwrap()[0]
            .seq,
        seqs[2]
    );
    assert_eq!(
        t.store
            .journal_of(t.place.conversation, Some(seqs[2]), 5)
            .await
            .unwrap()[0]
            .seq,
        seqs[0]
    );
    assert_eq!(t.store.entry(seqs[0]).await.unwrap().unwrap().attempts, 1);
    let mut c = Commit::new();
    c.applied(seqs[0], 3);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Entry),
        "applied once"
    );
}

async fn quarantined_entry_holds_nobody_back_and_can_be_reopened(t: World) {
    let mut c = Commit::new();
    c.append(&entry(t.place, "poison"))
        .append(&entry(t.place, "good"));
    let seqs: Vec<i64> = t.ok(c).await.journal.into_iter().flatten().collect();
    let mut c = Commit::new();
    c.quarantine_entry(seqs[0]);
    t.ok(c).await;
    let pending = t
        .store
        .pending_journal(t.place.channel, 0, 10)
        .await
        .unwrap();
    assert_eq!(pending.iter().map(|e| e.seq).collect::<Vec<_>>(), [seqs[1]]);
    let bad = t.store.quarantined_entries(None, 10).await.unwrap();
    assert_eq!(
        (bad[0].seq, bad[0].quarantined, bad[0].applied),
        (seqs[0], true, None)
    );
    assert!(
        t.store
            .folded(t.place.conversation, 0, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(t.store.counts().await.unwrap().journal_quarantined, 1);
    let mut c = Commit::new();
    c.reopen_entry(seqs[0], &t.place);
    t.ok(c).await;
    assert_eq!(
        t.store
            .pending_journal(t.place.channel, 0, 10)
            .await
            .unwrap()
            .len(),
        2
    );
}

async fn an_entry_of_an_unknown_conversation_is_refused(t: World) {
    let mut c = Commit::new();
    c.append(&entry(crate::world::place_of(404), "a"));
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Constraint)
    );
}

async fn two_intakes_of_a_new_contact_make_one(t: World) {
    let race = |n: u128| {
        let contact = contact_row(n, "Novo");
        let alias = AliasRow {
            workspace: contact.workspace,
            kind: "bsuid".into(),
            value: "BR.1".into(),
            contact: contact.id,
        };
        let mut c = Commit::new();
        c.add_contact(&contact).add_alias(&alias);
        let place = crate::world::place_of(n);
        c.add_conversation(&ConversationNew {
            place,
            contact: contact.id,
            at: T0,
        });
        t.store.commit(c)
    };
    let (a, b) = tokio::join!(race(50), race(51));
    let mut refused = [a.unwrap().refused, b.unwrap().refused];
    refused.sort();
    assert_eq!(refused, [None, Some(Refused::Constraint)]);
    let found = t
        .store
        .aliases(t.place.workspace, &[("bsuid", "BR.1"), ("wa_id", "none")])
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
    let winner = t.store.contact(found[0].contact).await.unwrap().unwrap();
    assert_eq!(winner.name, "Novo");
    let row = t
        .store
        .conversation_of(winner.id, t.place.channel)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(row.contact, winner.id);
}

async fn merged_contact_gives_its_names_away(t: World) {
    t.talk(1).await;
    let (old, new) = (ContactId(uuid(0x2001)), t.contact);
    let mut c = Commit::new();
    c.merge_contact(t.place.workspace, old, new, T0 + Span::secs(1));
    let alias = |kind: &str, value: &str, contact| AliasRow {
        workspace: t.place.workspace,
        kind: kind.into(),
        value: value.into(),
        contact,
    };
    c.add_alias(&alias("phone", "1", new));
    let left = alias("wa_id", "5511999990000", new);
    c.alias_is(&left);
    c.drop_alias(&alias("wa_id", "5511999990001", old));
    c.drop_alias(&left);
    t.ok(c).await;
    let names = t.store.aliases_of(new, 10).await.unwrap();
    let names: Vec<_> = names
        .iter()
        .map(|a| (a.kind.as_str(), a.value.as_str()))
        .collect();
    assert_eq!(names, [("phone", "1"), ("wa_id", "5511999990001")]);
    assert_eq!(
        t.store.contact(old).await.unwrap().unwrap().merged_into,
        Some(new)
    );
    let mut row = contact_row(0, "Renomeada");
    row.person.username = Some("renomeada".into());
    row.updated = T0 + Span::secs(2);
    let mut c = Commit::new();
    c.put_contact(&row, T0);
    t.ok(c).await;
    assert_eq!(t.store.contact(new).await.unwrap().unwrap(), row);
}

async fn what_was_known_before_a_merge_is_refused(t: World) {
    t.talk(1).await;
    let (old, new) = (ContactId(uuid(0x2001)), t.contact);
    let mut c = Commit::new();
    c.merge_contact(t.place.workspace, old, new, T0);
    t.ok(c).await;
    let refused = async |fill: &dyn for<'a> Fn(&'a mut Commit) -> &'a mut Commit| {
        let mut c = Commit::new();
        fill(&mut c);
        t.store.commit(c).await.unwrap().refused
    };
    let stale = Some(Refused::Revision);
    let alias = AliasRow {
        workspace: t.place.workspace,
        kind: "wa_id".into(),
        value: "5511999990001".into(),
        contact: old,
    };
    assert_eq!(refused(&|c| c.alias_is(&alias)).await, stale);
    let renamed = contact_row(1, "Outra");
    assert_eq!(refused(&|c| c.put_contact(&renamed, T0)).await, stale);
    let stranger = contact_row(999, "Ninguém");
    assert_eq!(refused(&|c| c.put_contact(&stranger, T0)).await, stale);
    let older = contact_row(0, "Velha");
    let seen = T0 - Span::secs(1);
    assert_eq!(refused(&|c| c.put_contact(&older, seen)).await, stale);
    for (from, into) in [(old, new), (new, old)] {
        let workspace = t.place.workspace;
        let tried = refused(&|c| c.merge_contact(workspace, from, into, T0)).await;
        assert_eq!(tried, stale);
    }
    let theirs = t.store.conversations_of(old, 10).await.unwrap();
    let moved = theirs[0].place.conversation;
    let taken = Some(Refused::Constraint);
    let tried = refused(&|c| c.move_conversation(moved, old, new)).await;
    assert_eq!(tried, taken, "one conversation per channel");
}

async fn waiting_for_its_turn_is_no_attempt(t: World) {
    let mut c = Commit::new();
    c.add_delivery(DeliveryNew {
        received: T0,
        body: vec![1].into(),
        lease: Some((NODE, T0 - Span::days(9_000))),
    });
    t.ok(c).await;
    let again = async |owner| {
        let now = t.now().await;
        let lease = Span::micros(-1);
        let got = t.store.claim_deliveries(owner, now, lease, 10).await;
        got.unwrap()[0].attempts
    };
    assert_eq!(again(NODE).await, 1, "its own, which waited");
    assert_eq!(again(NODE).await, 1);
    assert_eq!(again(NODE_B).await, 2, "another process begins anew");
}

async fn parked_status_is_found_by_what_it_waits_for(t: World) {
    let orphan = OrphanNew {
        workspace: t.place.workspace,
        channel: t.place.channel,
        waits_for: "wamid.later".into(),
        at: T0,
        body: json!({"status": "delivered"}),
        dedupe: "s1".into(),
    };
    let mut c = Commit::new();
    c.park_status(&orphan).park_status(&orphan);
    t.ok(c).await;
    let found = t
        .store
        .orphans(t.place.channel, "wamid.later", 10)
        .await
        .unwrap();
    assert_eq!(found.len(), 1, "a repeat is one");
    assert_eq!(found[0].body, orphan.body);
    assert!(
        t.store
            .orphans(t.place.channel, "wamid.other", 10)
            .await
            .unwrap()
            .is_empty()
    );
    let mut c = Commit::new();
    c.unpark_status(found[0].id);
    t.ok(c).await;
    assert!(
        t.store
            .orphans(t.place.channel, "wamid.later", 10)
            .await
            .unwrap()
            .is_empty()
    );
}

async fn account_events_of_a_workspace_newest_first(t: World) {
    let event = |kind: &str| AccountEventNew {
        workspace: Some(t.place.workspace),
        channel: Some(t.place.channel),
        at: T0,
        field: "account_update".into(),
        kind: kind.into(),
        body: json!({"event": kind}),
        dedupe: kind.into(),
        delivery: Some(4),
    };
    let mut c = Commit::new();
    c.add_account_event(&event("one"))
        .add_account_event(&event("two"))
        .add_account_event(&event("one"));
    c.add_account_event(&AccountEventNew {
        workspace: None,
        channel: None,
        ..event("nobody's")
    });
    t.ok(c).await;
    let all = t
        .store
        .account_events(t.place.workspace, None, 10)
        .await
        .unwrap();
    assert_eq!(
        all.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(),
        ["two", "one"]
    );
    assert_eq!(
        (all[0].delivery, &all[0].body),
        (Some(4), &json!({"event": "two"}))
    );
    assert_eq!(
        t.store
            .account_events(t.place.workspace, Some(all[0].id), 10)
            .await
            .unwrap()
            .len(),
        1
    );
}

/// A flipped bit in a stored event must never become a wrong event, nor hold back the others.
#[test]
fn rot_in_a_journal_body_is_marked_and_holds_nobody_back() {
    crate::world::run(Kind::File, "rot", |t: World| async move {
        let mut c = Commit::new();
        c.append(&entry(t.place, "precioso"))
            .put_message(&t.place, 1, &message(1, T0, "x"));
        let seq = t.ok(c).await.journal[0].unwrap();
        let raw = rusqlite::Connection::open(t.folder.join("ponte.db")).unwrap();
        raw.execute(
            "UPDATE journal SET body = replace(body, 'precioso', 'precios0')",
            [],
        )
        .unwrap();
        let found = t.store.entry(seq).await.unwrap().unwrap();
        assert!(found.is_unreadable(), "{found:?}");
        let mut c = Commit::new();
        c.append(&entry(t.place, "sound"));
        let sound = t.ok(c).await.journal[0].unwrap();
        let pending = t.store.pending_of(t.place.conversation, 10).await.unwrap();
        let shown: Vec<_> = pending.iter().map(|e| (e.seq, e.is_unreadable())).collect();
        assert_eq!(shown, [(seq, true), (sound, false)]);
    });
}

fn item(workspace: Option<u128>, kind: &str, delivery: i64) -> AccountEventNew {
    AccountEventNew {
        workspace: workspace.map(|n| WorkspaceId(uuid(n))),
        channel: None,
        at: T0,
        field: "intake".into(),
        kind: kind.into(),
        body: json!({"place": kind}),
        dedupe: format!("{kind}{delivery}{workspace:?}"),
        delivery: Some(delivery),
    }
}

async fn what_is_set_aside_is_its_workspaces_and_nobodys_is_shown_to_somebody(t: World) {
    let mut c = Commit::new();
    for _ in 0..3 {
        c.add_delivery(DeliveryNew {
            received: T0,
            body: vec![1].into(),
            lease: Some((NODE, T0)),
        });
    }
    let ids = t.ok(c).await.deliveries;
    let mut c = Commit::new();
    for id in &ids {
        c.quarantine_delivery(*id, NODE, "?");
    }
    c.delivery_of(ids[0], WorkspaceId(uuid(1)))
        .delivery_of(ids[1], WorkspaceId(uuid(7)));
    for workspace in [Some(1), Some(7), None] {
        for kind in ["unreadable", "foreign_number", "group_message"] {
            c.add_account_event(&item(workspace, kind, 5));
        }
    }
    let place = t.place;
    c.append(&entry(place, "bad"));
    let seq = t.ok(c).await.journal[0].unwrap();
    let mut c = Commit::new();
    c.quarantine_entry(seq);
    t.ok(c).await;
    let (one, seven) = (WorkspaceId(uuid(1)), WorkspaceId(uuid(7)));
    let cases = [
        (Whose::All, vec![ids[2], ids[1], ids[0]], 6, 1),
        (Whose::Of(one), vec![ids[0]], 2, 1),
        (Whose::Of(seven), vec![ids[1]], 2, 0),
        (Whose::OfAndNobodys(one), vec![ids[2], ids[0]], 4, 1),
        (Whose::Of(WorkspaceId(uuid(8))), vec![], 0, 0),
    ];
    for (whose, deliveries, items, entries) in cases {
        let rows = t.store.quarantined_deliveries(whose, None, 10).await;
        let rows: Vec<i64> = rows.unwrap().iter().map(|row| row.id).collect();
        assert_eq!(rows, deliveries, "{whose:?}");
        let found = t.store.quarantined_items(whose, None, 10).await.unwrap();
        assert_eq!(found.len(), items, "{whose:?}");
        let count = t.store.set_aside(whose).await.unwrap();
        let counted = (count.deliveries, count.items, count.entries);
        let want = (deliveries.len() as u64, items as u64, entries);
        assert_eq!(counted, want, "{whose:?}");
        for row in found {
            let one = t.store.quarantined_item(whose, row.id).await.unwrap();
            assert_eq!(one, Some(row));
        }
    }
    let other = t.store.quarantined_items(Whose::Of(seven), None, 1).await;
    let other = other.unwrap()[0].id;
    assert_eq!(
        t.store
            .quarantined_item(Whose::Of(one), other)
            .await
            .unwrap(),
        None,
        "another's by its number is not there either"
    );
    let of = |workspace| t.store.quarantined_entries_of(workspace, None, 10);
    assert_eq!(of(one).await.unwrap().len(), 1);
    assert_eq!(of(seven).await.unwrap().len(), 0);
    let events = t.store.account_events(one, None, 10).await.unwrap();
    assert_eq!(events.len(), 1, "what happened to numbers is another list");
}

async fn an_item_is_tried_again_with_its_delivery_as_long_as_that_is_kept(t: World) {
    let mut c = Commit::new();
    c.add_delivery(DeliveryNew {
        received: T0,
        body: vec![1].into(),
        lease: Some((NODE, T0)),
    });
    let id = t.ok(c).await.deliveries[0];
    let again = |id: i64| {
        let mut c = Commit::new();
        c.reopen_delivery(id);
        c
    };
    let open = t.store.commit(again(id)).await.unwrap().refused;
    assert_eq!(open, Some(Refused::Delivery), "it is being decoded");
    let mut c = Commit::new();
    c.finish_delivery(id, NODE)
        .add_account_event(&item(Some(1), "unreadable", id))
        .add_account_event(&item(Some(1), "unreadable", id + 100));
    t.ok(c).await;
    t.ok(again(id)).await;
    let now = t.now().await;
    let claimed = t
        .store
        .claim_deliveries(NODE, now, Span::secs(1), 10)
        .await
        .unwrap();
    assert_eq!(claimed.iter().map(|row| row.id).collect::<Vec<_>>(), [id]);
    let left = t.store.quarantined_items(Whose::All, None, 10).await;
    let left: Vec<Option<i64>> = left.unwrap().iter().map(|row| row.delivery).collect();
    assert_eq!(left, [Some(id + 100)], "of others nothing goes");
    let gone = t.store.commit(again(id + 100)).await.unwrap().refused;
    assert_eq!(gone, Some(Refused::Delivery), "the raw body is gone");
    let left = t.store.quarantined_items(Whose::All, None, 10).await;
    assert_eq!(left.unwrap().len(), 1, "so the item stays");
}

async fn a_delivery_that_can_not_be_read_is_set_aside_and_holds_up_no_other(t: World) {
    let mut c = Commit::new();
    for n in 0..3 {
        c.add_delivery(DeliveryNew {
            received: T0,
            body: vec![n].into(),
            lease: None,
        });
    }
    let ids = t.ok(c).await.deliveries;
    t.store.spoil(Spoiled::Delivery(ids[1])).await.unwrap();
    let now = t.now().await;
    let claimed = t
        .store
        .claim_deliveries(NODE, now, Span::secs(30), 10)
        .await
        .unwrap();
    let claimed: Vec<i64> = claimed.iter().map(|row| row.id).collect();
    assert_eq!(claimed, [ids[0], ids[2]]);
    let bad = t.store.quarantined_deliveries(Whose::All, None, 10).await;
    let bad = bad.unwrap();
    assert_eq!(bad.iter().map(|row| row.id).collect::<Vec<_>>(), [ids[1]]);
    assert!(bad[0].error.as_deref().unwrap().contains("can't be read"));
    assert_eq!(t.store.unreadable(), 1);
    let counts = t.store.counts().await.unwrap();
    assert_eq!(
        (counts.deliveries_waiting, counts.deliveries_quarantined),
        (2, 1)
    );
}

async fn live_entries_come_before_a_thousand_imported_ones(t: World) {
    let mut c = Commit::new();
    for n in 0..1_100 {
        let mut new = entry(t.place, &format!("old {n}"));
        if let Event::Received { from, message } = new.envelope.event {
            new.envelope.event = Event::Imported {
                with: from,
                from_business: false,
                message,
                status: None,
            };
        }
        c.append(&new);
    }
    c.append(&entry(t.place, "live 1"))
        .append(&entry(t.place, "live 2"));
    let seqs = t.ok(c).await.journal;
    let rows = t.store.pending_journal(t.place.channel, 0, 1_000).await;
    let rows: Vec<i64> = rows.unwrap().iter().map(|row| row.seq).collect();
    assert_eq!(rows.len(), 1_000);
    assert_eq!(rows[..2], [seqs[1_100].unwrap(), seqs[1_101].unwrap()]);
    assert_eq!(rows[2], seqs[0].unwrap(), "then the past, in its order");
}
