//! Workspaces, channels, documents, people, keys and templates.

use crate::on_each;
use crate::world::{T0, World, channel_row, uuid};
use ponte_core::ids::{AgentId, AssistantId};
use ponte_core::time::Span;
use ponte_store::rows::shared::TemplateRow;
use ponte_store::rows::workspace::{AgentRow, ApiKeyRow, DocumentRow, WorkspaceRow};
use ponte_store::{Commit, Hint, Refused, Spoiled};
use serde_json::json;

on_each! {
    a_channel_changes_by_revision_and_its_number_is_unique
    a_document_changes_by_revision
    people_and_keys_are_kept
    newer_news_of_a_template_stand
    words_about_the_store_are_kept
    a_commit_tells_what_it_made_ready
    a_channel_whose_settings_can_not_be_read_is_still_there_without_its_assistant
}

async fn a_channel_changes_by_revision_and_its_number_is_unique(t: World) {
    let mut row = t.store.channel_by_number("100").await.unwrap().unwrap();
    assert_eq!(
        row,
        ponte_store::rows::workspace::ChannelRow {
            revision: 1,
            ..channel_row(2, "100")
        }
    );
    row.name = "Outra".into();
    let put = |row: &_, expected| {
        let mut c = Commit::new();
        c.put_channel(row, expected);
        t.store.commit(c)
    };
    assert!(put(&row, 1).await.unwrap().stored());
    assert_eq!(put(&row, 1).await.unwrap().refused, Some(Refused::Revision));
    assert_eq!(
        put(&channel_row(3, "100"), 0).await.unwrap().refused,
        Some(Refused::Constraint)
    );
    assert!(put(&channel_row(3, "101"), 0).await.unwrap().stored());
    let mut c = Commit::new();
    // The newest word counts, whenever it comes.
    for (suspended, said) in [(false, 5), (true, 9), (false, 7)] {
        let said = T0 + Span::secs(said);
        c.suspend_channel(row.workspace, row.id, suspended, (said, T0));
    }
    t.ok(c).await;
    let all = t.store.channels(Some(t.place.workspace)).await.unwrap();
    assert_eq!(
        all.iter()
            .map(|c| (c.name.as_str(), c.suspended, c.revision))
            .collect::<Vec<_>>(),
        [("Outra", true, 4), ("Loja", false, 1)]
    );
    assert_eq!(t.store.channels(None).await.unwrap().len(), 2);
    assert!(t.store.channel_by_number("404").await.unwrap().is_none());
}

async fn a_document_changes_by_revision(t: World) {
    let mut doc = DocumentRow {
        workspace: t.place.workspace,
        kind: "assistant".into(),
        id: uuid(7),
        name: "Balcão".into(),
        body: json!({"rules": []}),
        revision: 0,
        updated: T0,
    };
    let put = |doc: &DocumentRow, expected| {
        let mut c = Commit::new();
        c.put_document(doc, expected);
        t.store.commit(c)
    };
    assert!(put(&doc, 0).await.unwrap().stored());
    let twin = DocumentRow {
        id: uuid(8),
        ..doc.clone()
    };
    assert_eq!(
        put(&twin, 0).await.unwrap().refused,
        Some(Refused::Constraint),
        "one name per kind"
    );
    doc.body = json!({"rules": [1]});
    assert!(put(&doc, 1).await.unwrap().stored());
    assert_eq!(put(&doc, 1).await.unwrap().refused, Some(Refused::Revision));
    let kept = t
        .store
        .document(doc.workspace, "assistant", doc.id)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((kept.revision, &kept.body), (2, &doc.body));
    assert_eq!(
        t.store
            .documents(Some(doc.workspace), Some("assistant"))
            .await
            .unwrap(),
        [kept]
    );
    assert!(
        t.store
            .documents(None, Some("team"))
            .await
            .unwrap()
            .is_empty()
    );
    let named = |name: &str, n| DocumentRow {
        id: uuid(n),
        kind: "past".into(),
        name: name.into(),
        ..doc.clone()
    };
    for row in [
        named("a/1", 71),
        named("a/2", 72),
        named("ab/1", 73),
        named("a_/1", 74),
    ] {
        assert!(put(&row, 0).await.unwrap().stored());
    }
    let below = t.store.documents_below(doc.workspace, "past", "a").await;
    let names: Vec<String> = below.unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(names, ["a/1", "a/2"], "only what is below that name");
    for n in 71..=74 {
        let mut c = Commit::new();
        c.drop_document(doc.workspace, "past", uuid(n), 1);
        t.ok(c).await;
    }
    let mut c = Commit::new();
    c.drop_document(doc.workspace, "assistant", doc.id, 1);
    assert_eq!(
        t.store.commit(c).await.unwrap().refused,
        Some(Refused::Revision)
    );
    let mut c = Commit::new();
    c.drop_document(doc.workspace, "assistant", doc.id, 2);
    t.ok(c).await;
    assert!(t.store.documents(None, None).await.unwrap().is_empty());
}

async fn people_and_keys_are_kept(t: World) {
    let mut agent = AgentRow {
        id: AgentId(uuid(5)),
        workspace: t.place.workspace,
        email: "ana@loja.test".into(),
        name: "Ana".into(),
        role: "agent".into(),
        password_hash: None,
        disabled: false,
        created: T0,
    };
    let key = ApiKeyRow {
        id: uuid(6),
        workspace: t.place.workspace,
        name: "crm".into(),
        hash: vec![7; 32],
        scopes: vec!["messages:read".into()],
        agent: Some(agent.id),
        created: T0,
        expires: Some(T0 + Span::days(1)),
        last_used: None,
        revoked: false,
    };
    let mut c = Commit::new();
    c.put_agent(&agent).add_api_key(&key);
    agent.disabled = true;
    c.put_agent(&agent)
        .api_key_used(key.id, T0)
        .api_key_used(key.id, T0 - Span::secs(5));
    t.ok(c).await;
    assert_eq!(t.store.agents(t.place.workspace).await.unwrap(), [agent]);
    let found = t.store.api_key(&[7; 32]).await.unwrap().unwrap();
    assert_eq!(
        found,
        ApiKeyRow {
            last_used: Some(T0),
            ..key.clone()
        }
    );
    assert!(t.store.api_key(&[8; 32]).await.unwrap().is_none());
    let mut c = Commit::new();
    c.revoke_api_key(t.place.workspace, key.id);
    t.ok(c).await;
    assert!(t.store.api_keys(t.place.workspace).await.unwrap()[0].revoked);
}

async fn newer_news_of_a_template_stand(t: World) {
    let news = |status: &str, secs| TemplateRow {
        workspace: t.place.workspace,
        account: "200".into(),
        name: "aviso".into(),
        language: "pt_BR".into(),
        status: status.into(),
        category: "UTILITY".into(),
        quality: "GREEN".into(),
        body: json!({}),
        updated: T0 + Span::secs(secs),
    };
    for (status, secs) in [("PENDING", 1), ("APPROVED", 5), ("PAUSED", 3)] {
        let mut c = Commit::new();
        c.put_template(&news(status, secs));
        t.ok(c).await;
    }
    assert_eq!(
        t.store.templates(t.place.workspace, 10).await.unwrap(),
        [news("APPROVED", 5)]
    );
}

async fn words_about_the_store_are_kept(t: World) {
    let mut c = Commit::new();
    c.put_meta("last_run", "1")
        .put_meta("last_run", "2")
        .put_meta_once("salt", "a")
        .put_meta_once("salt", "b");
    let other = WorkspaceRow {
        id: ponte_core::ids::WorkspaceId(uuid(44)),
        name: "B".into(),
        settings: json!(1),
        created: T0,
    };
    c.put_workspace(&other);
    t.ok(c).await;
    assert_eq!(
        t.store.meta("last_run").await.unwrap().as_deref(),
        Some("2")
    );
    assert_eq!(t.store.meta("salt").await.unwrap().as_deref(), Some("a"));
    assert_eq!(t.store.meta("none").await.unwrap(), None);
    assert_eq!(t.store.workspaces().await.unwrap().len(), 2);
    assert_eq!(t.store.workspaces().await.unwrap()[1], other);
}

async fn a_commit_tells_what_it_made_ready(t: World) {
    let mut hints = t.store.hints();
    let mut c = Commit::new();
    c.append(&crate::world::entry(t.place, "a"))
        .put_send(&t.place, &crate::world::reply(1, 0));
    t.ok(c).await;
    let mut seen = Vec::new();
    while !(seen.contains(&Hint::Journal(t.place.channel))
        && seen.contains(&Hint::Outbox(t.place.channel)))
    {
        let next = tokio::time::timeout(std::time::Duration::from_secs(10), hints.recv()).await;
        seen.push(next.expect("a hint").unwrap());
    }
}

async fn a_channel_whose_settings_can_not_be_read_is_still_there_without_its_assistant(t: World) {
    let mut other = channel_row(3, "300");
    other.assistant = Some(AssistantId(uuid(5)));
    let mut c = Commit::new();
    c.put_channel(&other, 0);
    t.ok(c).await;
    t.store.spoil(Spoiled::Settings(other.id)).await.unwrap();
    let rows = t.store.channels(None).await.unwrap();
    assert_eq!(rows.len(), 2, "the other number goes on");
    assert!(rows[0].settings.is_object());
    assert_eq!(
        (rows[1].number.as_str(), rows[1].assistant),
        ("300", None),
        "nothing answers by settings that nobody can read"
    );
    assert_eq!(t.store.unreadable(), 1);
    let found = t.store.channel_by_number("300").await.unwrap().unwrap();
    assert!(found.settings.is_null());
    let ours = Spoiled::Workspace(t.place.workspace);
    t.store.spoil(ours).await.unwrap();
    let workspaces = t.store.workspaces().await.unwrap();
    assert_eq!(workspaces.len(), 1, "nobody takes it for gone");
}
