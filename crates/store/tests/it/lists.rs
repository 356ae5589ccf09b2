//! Lists: filters, cursors, tenants.

use crate::on_each;
use crate::world::{T0, World, contact_row, message, put_of, uuid};
use ponte_core::effect::Alert;
use ponte_core::ids::{ConversationId, TeamId, WorkspaceId};
use ponte_core::ownership::{Human, Owner};
use ponte_core::state::State;
use ponte_core::time::Span;
use ponte_store::Commit;
use ponte_store::rows::conversation::{ConversationFilter, OwnerKind, Unread};
use ponte_store::rows::shared::AlertNew;

on_each! {
    conversations_page_by_activity_without_loss_or_repeat
    conversations_are_filtered
    messages_page_newest_first_in_one_second_too
    contacts_are_found_by_the_beginning_of_their_name
}

/// Conversations 0..6: even ones with the assistant, odd ones in a queue.
async fn talks(t: &World) {
    for n in 0..6_u32 {
        let place = if n == 0 {
            t.place
        } else {
            t.talk(u128::from(n)).await
        };
        let mut state = State {
            version: 1,
            ..State::default()
        };
        if n % 2 == 1 {
            state.owner = Owner::Queue {
                team: Some(TeamId(uuid(u128::from(n)))),
                since: T0,
            };
        }
        let mut put = put_of(&place, &state);
        // Two of them in the same microsecond.
        put.last_message = Some((T0 + Span::secs(i64::from(n / 2)), "oi"));
        put.unread = Unread::Add(n % 3);
        let mut c = Commit::new();
        c.put_conversation(&put, 0);
        t.ok(c).await;
    }
}

async fn ids(t: &World, filter: &ConversationFilter) -> Vec<u128> {
    let page = t
        .store
        .conversations(t.place.workspace, filter, None, 100)
        .await
        .unwrap();
    page.items
        .iter()
        .map(|i| i.place.conversation.0.as_u128() - 0x1000)
        .collect()
}

async fn conversations_page_by_activity_without_loss_or_repeat(t: World) {
    talks(&t).await;
    let mut cursor = None;
    let mut all: Vec<ConversationId> = Vec::new();
    for _ in 0..10 {
        let page = t
            .store
            .conversations(t.place.workspace, &ConversationFilter::default(), cursor, 2)
            .await
            .unwrap();
        all.extend(page.items.iter().map(|i| i.place.conversation));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let numbers: Vec<u128> = all.iter().map(|c| c.0.as_u128() - 0x1000).collect();
    assert_eq!(numbers, [5, 4, 3, 2, 1, 0]);
    let nobody = WorkspaceId(uuid(99));
    let page = t
        .store
        .conversations(nobody, &ConversationFilter::default(), None, 10)
        .await
        .unwrap();
    assert!(page.items.is_empty() && page.next.is_none());
}

async fn conversations_are_filtered(t: World) {
    talks(&t).await;
    let all = ConversationFilter::default;
    let owner = |owner| ConversationFilter {
        owner: Some(owner),
        ..all()
    };
    assert_eq!(ids(&t, &owner(OwnerKind::Queue)).await, [5, 3, 1]);
    assert_eq!(ids(&t, &owner(OwnerKind::Assistant)).await, [4, 2, 0]);
    assert!(ids(&t, &owner(OwnerKind::Person)).await.is_empty());
    let team = ConversationFilter {
        owner_ref: Some(uuid(3)),
        ..owner(OwnerKind::Queue)
    };
    assert_eq!(ids(&t, &team).await, [3]);
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                unread: true,
                ..all()
            }
        )
        .await,
        [5, 4, 2, 1]
    );
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                channel: Some(t.place.channel),
                ..all()
            }
        )
        .await
        .len(),
        6
    );
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                contact: Some(t.contact),
                ..all()
            }
        )
        .await,
        [0]
    );
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                closed: Some(true),
                ..all()
            }
        )
        .await,
        [0_u128; 0]
    );
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                closed: Some(false),
                ..all()
            }
        )
        .await
        .len(),
        6
    );
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                name_prefix: Some("cliente 4".into()),
                ..all()
            }
        )
        .await,
        [4]
    );
    assert!(
        ids(
            &t,
            &ConversationFilter {
                unknown_sends: true,
                ..all()
            }
        )
        .await
        .is_empty()
    );
    let mut c = Commit::new();
    c.open_alert(&AlertNew {
        place: t.place,
        at: T0,
        alert: Alert::LookInApp,
    });
    t.ok(c).await;
    assert_eq!(
        ids(
            &t,
            &ConversationFilter {
                alerts: true,
                ..all()
            }
        )
        .await,
        [0]
    );
    let phone = State {
        version: 2,
        owner: Owner::Person {
            who: Human::Phone,
            until: None,
        },
        ..State::default()
    };
    t.put(&t.place, &phone, 1).await;
    assert_eq!(ids(&t, &owner(OwnerKind::Person)).await, [0]);
}

async fn messages_page_newest_first_in_one_second_too(t: World) {
    let mut c = Commit::new();
    for n in 0..5 {
        c.put_message(&t.place, 7, &message(n, T0, &format!("{n}")));
    }
    c.put_message(
        &t.place,
        8,
        &message(9, T0 - Span::secs(1), "late delivery, earlier second"),
    );
    t.ok(c).await;
    let mut cursor = None;
    let mut seen = Vec::new();
    loop {
        let page = t
            .store
            .messages(t.place.conversation, cursor, 2)
            .await
            .unwrap();
        seen.extend(page.items.iter().map(|m| m.row.id.0.as_u128() - 0x3000));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen, [4, 3, 2, 1, 0, 9]);
    let whole = t
        .store
        .message(message(3, T0, "3").id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(whole.row, message(3, T0, "3"));
    assert_eq!(whole.facts.status(), None);
}

async fn contacts_are_found_by_the_beginning_of_their_name(t: World) {
    let mut c = Commit::new();
    for (n, name) in [
        (60, "Ana"),
        (61, "Ana Paula"),
        (62, "Anabela"),
        (63, "Zé"),
        (64, "ana"),
    ] {
        c.add_contact(&contact_row(n, name));
    }
    t.ok(c).await;
    let names = async |prefix: &str| -> Vec<String> {
        let mut all = Vec::new();
        let mut cursor = None;
        loop {
            let page = t
                .store
                .contacts(t.place.workspace, prefix, cursor, 2)
                .await
                .unwrap();
            all.extend(page.items.into_iter().map(|c| c.name));
            cursor = page.next;
            if cursor.is_none() {
                return all;
            }
        }
    };
    assert_eq!(names("ana").await, ["Ana", "ana", "Ana Paula", "Anabela"]);
    assert_eq!(names("z").await, ["Zé"]);
    assert_eq!(names("").await.len(), 6);
    assert!(names("x%").await.is_empty());
}
