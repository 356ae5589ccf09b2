//! Providers, the ledger of model calls, and budgets that nobody can overdraw.

use crate::on_each;
use crate::world::{T0, World};
use ponte_core::ids::{AssistantId, ConversationId, WorkspaceId};
use ponte_core::time::{Span, Time};
use ponte_store::rows::models::{
    Budget, BudgetRow, BudgetScope, ModelCallRow, ProviderRow, UsageBy,
};
use ponte_store::{Commit, Refused, Retention};
use serde_json::json;
use uuid::Uuid;

on_each! {
    a_provider_is_kept_changed_by_its_revision_and_removed
    names_of_providers_are_one_workspaces_own
    a_reservation_takes_all_budgets_or_none
    a_reservation_is_settled_with_what_it_cost
    reservations_that_nobody_settles_end_by_themselves
    many_at_once_never_overdraw
    the_ledger_adds_up_by_day
    old_calls_and_budgets_go
}

fn provider(t: &World, n: u128, name: &str) -> ProviderRow {
    ProviderRow {
        id: Uuid::from_u128(n),
        workspace: t.place.workspace,
        name: name.into(),
        dialect: "openai".into(),
        base: "https://api.example/v1".into(),
        settings: json!({"models": ["m"]}),
        sealed: Some(vec![0, 1, 255]),
        hint: "…abcd".into(),
        enabled: true,
        revision: 1,
        created: T0,
        updated: T0,
    }
}

async fn put(t: &World, row: &ProviderRow, expected: u64) -> Option<Refused> {
    let mut c = Commit::new();
    c.put_provider(row, expected);
    t.store.commit(c).await.unwrap().refused
}

async fn a_provider_is_kept_changed_by_its_revision_and_removed(t: World) {
    let mut row = provider(&t, 1, "main");
    assert_eq!(put(&t, &row, 0).await, None);
    let workspace = t.place.workspace;
    assert_eq!(
        t.store.provider(workspace, row.id).await.unwrap().as_ref(),
        Some(&row)
    );
    (row.sealed, row.enabled, row.updated) = (None, false, T0 + Span::secs(1));
    assert_eq!(put(&t, &row, 7).await, Some(Refused::Revision));
    assert_eq!(put(&t, &row, 1).await, None);
    row.revision = 2;
    assert_eq!(
        t.store.providers(Some(workspace)).await.unwrap(),
        [row.clone()]
    );
    let other = WorkspaceId(Uuid::from_u128(404));
    assert_eq!(
        t.store.provider(other, row.id).await.unwrap(),
        None,
        "another workspace"
    );
    assert!(t.store.providers(Some(other)).await.unwrap().is_empty());
    for (whose, revision, wanted) in [
        (other, 2, Some(Refused::Revision)),
        (workspace, 1, Some(Refused::Revision)),
        (workspace, 2, None),
    ] {
        let mut c = Commit::new();
        c.drop_provider(whose, row.id, revision);
        assert_eq!(t.store.commit(c).await.unwrap().refused, wanted);
    }
    assert!(t.store.providers(None).await.unwrap().is_empty());
}

async fn names_of_providers_are_one_workspaces_own(t: World) {
    assert_eq!(put(&t, &provider(&t, 1, "main"), 0).await, None);
    let second = provider(&t, 2, "main");
    assert_eq!(put(&t, &second, 0).await, Some(Refused::Constraint));
    let mut elsewhere = second;
    elsewhere.workspace = WorkspaceId(Uuid::from_u128(404));
    assert_eq!(put(&t, &elsewhere, 0).await, None);
}

fn scopes() -> [BudgetScope; 3] {
    [
        BudgetScope::Day("2026-11-20".into()),
        BudgetScope::Conversation(Uuid::from_u128(1)),
        BudgetScope::Contact(Uuid::from_u128(2)),
    ]
}

fn budgets(caps: [u64; 3]) -> Vec<Budget> {
    scopes()
        .into_iter()
        .zip(caps)
        .map(|(scope, cap)| Budget { scope, cap })
        .collect()
}

const TTL: i64 = 60_000_000;

async fn reserve(t: &World, id: u128, caps: [u64; 3], amount: u64, now: Time) -> Option<Refused> {
    let mut c = Commit::new();
    let id = Uuid::from_u128(id);
    c.reserve(t.place.workspace, id, &budgets(caps), amount, (now, TTL));
    t.store.commit(c).await.unwrap().refused
}

async fn settle(t: &World, id: u128, cost: u64) {
    let mut c = Commit::new();
    let id = Uuid::from_u128(id);
    c.settle(t.place.workspace, id, &budgets([0; 3]), cost, T0);
    t.ok(c).await;
}

/// Reserved and spent, per budget.
async fn stand(t: &World) -> Vec<(u64, u64)> {
    let asked = budgets([0; 3]);
    let rows = t.store.budgets(t.place.workspace, &asked).await.unwrap();
    let pair = |row: Option<BudgetRow>| row.map_or((0, 0), |row| (row.reserved, row.spent));
    rows.into_iter().map(pair).collect()
}

async fn a_reservation_takes_all_budgets_or_none(t: World) {
    assert_eq!(reserve(&t, 1, [100, 50, 100], 40, T0).await, None);
    assert_eq!(stand(&t).await, [(40, 0); 3]);
    assert_eq!(
        reserve(&t, 2, [100, 50, 100], 11, T0).await,
        Some(Refused::Budget)
    );
    assert_eq!(stand(&t).await, [(40, 0); 3], "nothing of it was taken");
    assert_eq!(
        reserve(&t, 3, [100, 50, 100], 10, T0).await,
        None,
        "to the last micro-dollar"
    );
    assert_eq!(
        reserve(&t, 4, [100, 80, 100], 30, T0).await,
        None,
        "a raised cap counts at once"
    );
    assert_eq!(
        reserve(&t, 5, [100, 0, 100], 0, T0).await,
        Some(Refused::Budget),
        "a lowered one too"
    );
}

async fn a_reservation_is_settled_with_what_it_cost(t: World) {
    assert_eq!(reserve(&t, 1, [100; 3], 60, T0).await, None);
    assert_eq!(reserve(&t, 2, [100; 3], 40, T0).await, None);
    settle(&t, 1, 25).await;
    assert_eq!(stand(&t).await, [(40, 25); 3]);
    settle(&t, 1, 0).await;
    assert_eq!(stand(&t).await, [(40, 25); 3], "settled once");
    // It cost more than was reserved: that is spent too, and the next is refused.
    settle(&t, 2, 90).await;
    assert_eq!(stand(&t).await, [(0, 115); 3]);
    assert_eq!(reserve(&t, 3, [100; 3], 0, T0).await, Some(Refused::Budget));
    assert_eq!(reserve(&t, 4, [200; 3], 85, T0).await, None);
}

/// A time in the far past of PostgreSQL's own clock makes a reservation that is over at once there, so the test
/// asks for what both engines must do: over at its end, and not before.
async fn reservations_that_nobody_settles_end_by_themselves(t: World) {
    assert_eq!(reserve(&t, 1, [100; 3], 100, T0).await, None);
    assert_eq!(reserve(&t, 2, [100; 3], 1, T0).await, Some(Refused::Budget));
    let mut c = Commit::new();
    let short = Uuid::from_u128(3);
    c.settle(
        t.place.workspace,
        Uuid::from_u128(1),
        &budgets([0; 3]),
        0,
        T0,
    );
    c.reserve(t.place.workspace, short, &budgets([100; 3]), 100, (T0, 0));
    t.ok(c).await;
    assert_eq!(stand(&t).await, [(100, 0); 3]);
    assert_eq!(
        reserve(&t, 4, [100; 3], 70, T0).await,
        None,
        "the ended one is free"
    );
    assert_eq!(stand(&t).await, [(70, 0); 3]);
    // Its answer comes after all: paid, and nobody else's reservation is touched.
    settle(&t, 3, 20).await;
    assert_eq!(stand(&t).await, [(70, 20); 3]);
}

async fn many_at_once_never_overdraw(t: World) {
    let tasks: Vec<_> = (0..60_u128)
        .map(|n| {
            let (store, workspace) = (t.store.clone(), t.place.workspace);
            tokio::spawn(async move {
                let id = Uuid::from_u128(100 + n);
                let mut mine = budgets([1_000; 3]);
                if n.is_multiple_of(2) {
                    // Written in another order: locked in the same.
                    mine.reverse();
                }
                let mut c = Commit::new();
                c.reserve(workspace, id, &mine, 30, (T0, TTL));
                let held = store.commit(c).await.unwrap();
                if !held.stored() {
                    assert_eq!(held.refused, Some(Refused::Budget));
                    return 0_u64;
                }
                let mut c = Commit::new();
                c.settle(workspace, id, &mine, 20, T0);
                assert!(store.commit(c).await.unwrap().stored());
                20
            })
        })
        .collect();
    let mut spent = 0;
    for task in tasks {
        spent += task.await.unwrap();
    }
    assert!((500..=1_000).contains(&spent), "{spent}");
    assert_eq!(
        stand(&t).await,
        [(0, spent); 3],
        "what each says it spent is what stands"
    );
}

fn call(
    t: &World,
    n: u128,
    at: Time,
    model: &str,
    cost: Option<u64>,
    outcome: &str,
) -> ModelCallRow {
    ModelCallRow {
        id: Uuid::from_u128(n),
        workspace: t.place.workspace,
        conversation: Some(ConversationId(Uuid::from_u128(5))),
        assistant: n.is_multiple_of(2).then(|| AssistantId(Uuid::from_u128(6))),
        provider: "main".into(),
        model: model.into(),
        answered: format!("{model}-2026"),
        purpose: "answer".into(),
        tokens_in: 100,
        tokens_out: 10,
        cached: 40,
        cost,
        latency_us: 1_500,
        outcome: outcome.into(),
        at,
    }
}

async fn the_ledger_adds_up_by_day(t: World) {
    // 22:30 UTC is 19:30 of the same day in São Paulo; 02:00 UTC is 23:00 of the day before.
    let midnight = Time(19_675 * 86_400_000_000);
    let rows = [
        call(
            &t,
            2,
            midnight + Span::minutes(22 * 60 + 30),
            "m",
            Some(7),
            "ok",
        ),
        call(
            &t,
            4,
            midnight + Span::minutes(23 * 60),
            "m",
            Some(5),
            "timed_out",
        ),
        call(&t, 6, midnight + Span::minutes(26 * 60), "m", None, "ok"),
        call(&t, 1, midnight + Span::minutes(30 * 60), "m", Some(1), "ok"),
    ];
    let mut c = Commit::new();
    for row in &rows {
        c.add_model_call(row);
    }
    t.ok(c).await;
    let all = (midnight, midnight + Span::days(9));
    let usage = async |by| {
        t.store
            .model_usage(t.place.workspace, all, by)
            .await
            .unwrap()
    };
    let brazil = usage(UsageBy::Day(-3 * 3_600_000_000)).await;
    assert_eq!(brazil.len(), 2);
    assert_eq!((brazil[0].day, brazil[0].calls), (Some(19_676), 1));
    let first = &brazil[1];
    assert_eq!(
        (first.day, first.calls, first.failed, first.unpriced),
        (Some(19_675), 3, 1, 1)
    );
    assert_eq!(
        (first.tokens_in, first.tokens_out, first.cached, first.cost),
        (300, 30, 120, 12)
    );
    let utc = usage(UsageBy::Day(0)).await;
    assert_eq!(
        (utc.len(), utc[1].calls),
        (2, 2),
        "by UTC another two are of the first day"
    );
    let assistants = usage(UsageBy::Assistant).await;
    assert_eq!(
        (assistants.len(), assistants[0].calls, assistants[0].cost),
        (2, 3, 12)
    );
    assert_eq!((assistants[1].assistant, assistants[1].day), (None, None));
    let providers = usage(UsageBy::Provider).await;
    assert_eq!((providers.len(), providers[0].calls), (1, 4));
    assert_eq!(providers[0].model.as_deref(), Some("m"));
    let listed = t
        .store
        .model_calls(t.place.workspace, all, 2)
        .await
        .unwrap();
    assert_eq!(listed, [rows[3].clone(), rows[2].clone()], "newest first");
    let other = WorkspaceId(Uuid::from_u128(404));
    assert!(t.store.model_calls(other, all, 9).await.unwrap().is_empty());
}

async fn old_calls_and_budgets_go(t: World) {
    let now = T0 + Span::days(1_000);
    let mut c = Commit::new();
    c.add_model_call(&call(&t, 1, now - Span::days(401), "m", None, "ok"));
    c.add_model_call(&call(&t, 2, now - Span::days(399), "m", None, "ok"));
    t.ok(c).await;
    reserve(&t, 1, [100; 3], 10, T0).await;
    let keep = Retention::default();
    let held = t.store.purge(now, &keep).await.unwrap();
    assert_eq!(
        (held.model_calls, held.budgets),
        (1, 0),
        "a budget with a reservation stays"
    );
    settle(&t, 1, 10).await;
    let purged = t.store.purge(now, &keep).await.unwrap();
    assert_eq!((purged.model_calls, purged.budgets), (0, 3));
    let left = t
        .store
        .model_calls(t.place.workspace, (T0, now), 9)
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
}
