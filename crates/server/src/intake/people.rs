//! Finds the contact and the conversation behind the names a provider gives.
//!
//! In: a channel and a [`Person`]. Out: the [`Place`] of the conversation, with new contacts,
//! aliases and conversations added to the caller's commit. What was found is remembered for a while;
//! every commit checks what it was built on, so that a wrong memory costs a refused commit, after
//! which it is forgotten. When contacts are joined, a conversation moves along, or ends where the
//! other contact has one on that channel already. Absent: who is who, which `ponte_core::identity`
//! decides. Next: [`super::write`].

use crate::env::Env;
use ponte_core::Time;
use ponte_core::content::Person;
use ponte_core::identity::{self, Alias, Decision};
use ponte_core::ids::{ChannelId, ContactId, ConversationId, WorkspaceId};
use ponte_store::StoreError;
use ponte_store::rows::Place;
use ponte_store::rows::contact::{AliasRow, ContactRow};
use ponte_store::rows::conversation::ConversationNew;
use ponte_store::{Commit, Store};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// People remembered; beyond it all are forgotten and looked up again. About 300 bytes each.
const REMEMBERED: usize = 20_000;
/// Conversations of a contact that is joined with another: one per number of the workspace.
const NUMBERS: u32 = 1_000;

type AliasKey = (WorkspaceId, Alias);

/// What was looked up, or just made.
#[derive(Debug, Default)]
pub struct People {
    /// Nobody else changes people: what is remembered is so.
    pub alone: bool,
    aliases: HashMap<AliasKey, ContactId>,
    contacts: HashMap<ContactId, Arc<ContactRow>>,
    conversations: HashMap<(ContactId, ChannelId), ConversationId>,
    /// Conversations that end in this commit, and in whose favour: the caller journals it.
    ended: Vec<(Place, ConversationId)>,
}

impl People {
    /// Forgets everything: a commit was refused because somebody else was faster.
    pub fn forget(&mut self) {
        *self = People {
            alone: self.alone,
            ..People::default()
        };
    }

    /// Keeps within bounds. Called between commits, never inside one.
    pub fn trim(&mut self) {
        if self.contacts.len() > REMEMBERED || self.aliases.len() > 3 * REMEMBERED {
            self.forget();
        }
    }

    /// The conversations that end in this commit.
    pub fn take_ended(&mut self) -> Vec<(Place, ConversationId)> {
        std::mem::take(&mut self.ended)
    }

    /// The conversation with this person on this channel, made if there is none.
    pub async fn place(
        &mut self,
        store: &Store,
        env: &Env,
        commit: &mut Commit,
        at: Time,
        (workspace, channel): (WorkspaceId, ChannelId),
        (person, before): (&Person, Option<&Person>),
    ) -> Result<Place, StoreError> {
        let contact = self
            .contact(store, env, commit, at, workspace, (person, before))
            .await?;
        if let Some(conversation) = self.conversations.get(&(contact, channel)) {
            return Ok(Place {
                workspace,
                channel,
                conversation: *conversation,
            });
        }
        let conversation = match store.conversation_of(contact, channel).await? {
            Some(row) => row.place.conversation,
            None => {
                let conversation = ConversationId(env.ids.next(at));
                let place = Place {
                    workspace,
                    channel,
                    conversation,
                };
                commit.add_conversation(&ConversationNew { place, contact, at });
                conversation
            }
        };
        self.conversations.insert((contact, channel), conversation);
        Ok(Place {
            workspace,
            channel,
            conversation,
        })
    }

    /// The contact of this person, made, renamed or joined as `identity` decides.
    pub async fn contact(
        &mut self,
        store: &Store,
        env: &Env,
        commit: &mut Commit,
        at: Time,
        workspace: WorkspaceId,
        (person, before): (&Person, Option<&Person>),
    ) -> Result<ContactId, StoreError> {
        let mut given = identity::aliases(person);
        given.extend(before.map(identity::aliases).unwrap_or_default());
        let mut wanted = identity::candidates(person);
        wanted.extend(before.map(identity::candidates).unwrap_or_default());
        let found = self.look_up(store, workspace, &wanted, &given).await?;
        let contact = match identity::resolve(&found) {
            Decision::Use(contact) => {
                if !self.alone
                    && let Some(alias) = found.keys().next()
                {
                    commit.alias_is(&alias_row(workspace, alias, contact));
                }
                contact
            }
            Decision::New => return Ok(self.create(env, commit, at, workspace, person)),
            Decision::Merge { keep, join } => {
                for from in join {
                    self.join(store, commit, at, workspace, (from, keep))
                        .await?;
                }
                keep
            }
        };
        let now = identity::aliases(person);
        for alias in &now {
            if !found.contains_key(alias) {
                commit.add_alias(&alias_row(workspace, alias, contact));
                self.aliases.insert((workspace, alias.clone()), contact);
            }
        }
        // A name that was left behind may be given to somebody else: it leads nowhere from now on.
        let left = before.map(identity::candidates).unwrap_or_default();
        for alias in left.difference(&now).filter(|it| found.contains_key(it)) {
            commit.drop_alias(&alias_row(workspace, alias, contact));
            self.aliases.remove(&(workspace, alias.clone()));
        }
        self.rename(store, commit, at, contact, person).await?;
        Ok(contact)
    }

    /// All of `from` becomes part of `keep`.
    async fn join(
        &mut self,
        store: &Store,
        commit: &mut Commit,
        at: Time,
        workspace: WorkspaceId,
        (from, keep): (ContactId, ContactId),
    ) -> Result<(), StoreError> {
        commit.merge_contact(workspace, from, keep, at);
        self.aliases
            .values_mut()
            .filter(|held| **held == from)
            .for_each(|held| *held = keep);
        self.contacts.remove(&from);
        metrics::counter!("ponte_contacts_merged_total").increment(1);
        // Those stored, and those of this very commit.
        let mut theirs: BTreeMap<ChannelId, ConversationId> = BTreeMap::new();
        for row in store.conversations_of(from, NUMBERS).await? {
            theirs.insert(row.place.channel, row.place.conversation);
        }
        self.conversations.retain(|(contact, channel), held| {
            if *contact == from {
                theirs.insert(*channel, *held);
            }
            *contact != from
        });
        for (channel, conversation) in theirs {
            let own = match self.conversations.get(&(keep, channel)) {
                Some(own) => Some(*own),
                None => store
                    .conversation_of(keep, channel)
                    .await?
                    .map(|row| row.place.conversation),
            };
            if own.is_none() {
                commit.move_conversation(conversation, from, keep);
            }
            self.conversations
                .insert((keep, channel), own.unwrap_or(conversation));
            if let Some(into) = own {
                let ends = Place {
                    workspace,
                    channel,
                    conversation,
                };
                self.ended.push((ends, into));
            }
        }
        Ok(())
    }

    async fn look_up(
        &mut self,
        store: &Store,
        workspace: WorkspaceId,
        wanted: &BTreeSet<Alias>,
        given: &BTreeSet<Alias>,
    ) -> Result<BTreeMap<Alias, ContactId>, StoreError> {
        let mut found = BTreeMap::new();
        let mut missing = Vec::new();
        for alias in wanted {
            match self.aliases.get(&(workspace, alias.clone())) {
                Some(contact) => {
                    found.insert(alias.clone(), *contact);
                }
                None => missing.push(alias),
            }
        }
        // All names that were given are known: only a guessed spelling is left, which adds nothing.
        if given.iter().all(|alias| found.contains_key(alias)) {
            return Ok(found);
        }
        let names: Vec<(&str, &str)> = missing
            .iter()
            .map(|alias| (alias.kind(), alias.name()))
            .collect();
        for row in store.aliases(workspace, &names).await? {
            let alias = missing
                .iter()
                .find(|alias| alias.kind() == row.kind && alias.name() == row.value);
            if let Some(alias) = alias {
                self.aliases
                    .insert((workspace, (*alias).clone()), row.contact);
                found.insert((*alias).clone(), row.contact);
            }
        }
        Ok(found)
    }

    fn create(
        &mut self,
        env: &Env,
        commit: &mut Commit,
        at: Time,
        workspace: WorkspaceId,
        person: &Person,
    ) -> ContactId {
        let id = ContactId(env.ids.next(at));
        let name = shown_name(person);
        let row = ContactRow {
            id,
            workspace,
            search: fold_name(&name),
            name,
            person: person.clone(),
            created: at,
            updated: at,
            merged_into: None,
        };
        commit.add_contact(&row);
        for alias in identity::aliases(person) {
            commit.add_alias(&alias_row(workspace, &alias, id));
            self.aliases.insert((workspace, alias), id);
        }
        self.contacts.insert(id, Arc::new(row));
        id
    }

    /// Keeps what is newly known of a person; writes only when something changed.
    async fn rename(
        &mut self,
        store: &Store,
        commit: &mut Commit,
        at: Time,
        contact: ContactId,
        now: &Person,
    ) -> Result<(), StoreError> {
        let row = match self.contacts.get(&contact) {
            Some(row) => Arc::clone(row),
            None => match store.contact(contact).await? {
                Some(row) => Arc::new(row),
                None => return Ok(()),
            },
        };
        let mut person = row.person.clone();
        identity::relink(&mut person, now);
        let row = if person == row.person {
            row
        } else {
            let mut changed = ContactRow::clone(&row);
            if let Some(name) = person
                .name
                .clone()
                .filter(|_| person.name != row.person.name)
            {
                changed.search = fold_name(&name);
                changed.name = name;
            }
            changed.person = person;
            changed.updated = at;
            commit.put_contact(&changed, row.updated);
            Arc::new(changed)
        };
        self.contacts.insert(contact, row);
        Ok(())
    }
}

fn alias_row(workspace: WorkspaceId, alias: &Alias, contact: ContactId) -> AliasRow {
    AliasRow {
        workspace,
        kind: alias.kind().to_owned(),
        value: alias.name().to_owned(),
        contact,
    }
}

fn shown_name(person: &Person) -> String {
    let phone = person.wa_id.as_ref().map(|digits| format!("+{digits}"));
    let username = person.username.as_ref().map(|name| format!("@{name}"));
    person
        .name
        .clone()
        .filter(|name| !name.trim().is_empty())
        .or(username)
        .or(phone)
        .unwrap_or_default()
}

/// A name as search compares it.
#[must_use]
pub fn fold_name(name: &str) -> String {
    ponte_core::fold::fold(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::http::Client;
    use ponte_store::Options;
    use uuid::Uuid;

    const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));
    const CHANNEL: ChannelId = ChannelId(Uuid::from_u128(2));
    const AT: Time = Time(1_795_176_000_000_000);

    struct Desk {
        store: Store,
        env: Env,
        people: People,
    }

    impl Desk {
        async fn new() -> Desk {
            let store = Store::open("sqlite::memory:", Options::default())
                .await
                .unwrap();
            let clock = Arc::new(crate::env::Clock::real());
            let client = Client::new("http://127.0.0.1:9", clock).unwrap();
            Desk {
                store,
                env: Env::real(Arc::new(client)),
                people: People::default(),
            }
        }

        async fn place(&mut self, person: &Person) -> Place {
            let mut commit = Commit::new();
            let here = (WORKSPACE, CHANNEL);
            let place = self
                .people
                .place(
                    &self.store,
                    &self.env,
                    &mut commit,
                    AT,
                    here,
                    (person, None),
                )
                .await
                .unwrap();
            assert!(self.store.commit(commit).await.unwrap().stored());
            place
        }

        async fn contact_of(&self, kind: &str, name: &str) -> Option<ContactId> {
            let found = self.store.aliases(WORKSPACE, &[(kind, name)]).await;
            found.unwrap().first().map(|alias| alias.contact)
        }
    }

    fn person(wa_id: Option<&str>, bsuid: Option<&str>, name: Option<&str>) -> Person {
        Person {
            wa_id: wa_id.map(str::to_owned),
            bsuid: bsuid.map(str::to_owned),
            name: name.map(str::to_owned),
            ..Person::default()
        }
    }

    #[tokio::test]
    async fn the_same_person_has_one_conversation_remembered_or_looked_up() {
        let mut desk = Desk::new().await;
        let ana = person(Some("5511987654321"), None, Some("Ana"));
        let first = desk.place(&ana).await;
        assert_eq!(desk.place(&ana).await, first, "remembered");
        desk.people.forget();
        assert_eq!(desk.place(&ana).await, first, "looked up");
        let without = person(Some("551187654321"), None, None);
        assert_eq!(desk.place(&without).await, first, "without the ninth digit");
        assert!(desk.contact_of("wa_id", "551187654321").await.is_some());
    }

    #[tokio::test]
    async fn a_new_name_of_a_known_person_is_added_and_the_old_one_stays() {
        let mut desk = Desk::new().await;
        let phone = person(Some("5511987654321"), None, Some("Ana"));
        let first = desk.place(&phone).await;
        let both = person(Some("5511987654321"), Some("BR.1"), Some("Ana Souza"));
        assert_eq!(desk.place(&both).await, first);
        let only_id = person(None, Some("BR.1"), None);
        assert_eq!(desk.place(&only_id).await, first);
        let contact = desk.contact_of("bsuid", "BR.1").await.unwrap();
        let row = desk.store.contact(contact).await.unwrap().unwrap();
        assert_eq!(row.name, "Ana Souza");
        assert_eq!(row.search, "ana souza");
        assert_eq!(row.person.wa_id.as_deref(), Some("5511987654321"));
    }

    #[tokio::test]
    async fn two_contacts_that_turn_out_to_be_one_are_joined_into_the_older() {
        let mut desk = Desk::new().await;
        let by_phone = desk.place(&person(Some("5511987654321"), None, None)).await;
        let by_id = desk.place(&person(None, Some("BR.1"), None)).await;
        assert_ne!(by_phone, by_id);
        let older = desk.contact_of("wa_id", "5511987654321").await.unwrap();
        let both = person(Some("5511987654321"), Some("BR.1"), None);
        assert_eq!(desk.place(&both).await, by_phone);
        assert_eq!(desk.contact_of("bsuid", "BR.1").await, Some(older));
        let ended = vec![(by_id, by_phone.conversation)];
        assert_eq!(desk.people.take_ended(), ended, "one of the two ends");
        desk.people.forget();
        assert_eq!(
            desk.place(&person(None, Some("BR.1"), None)).await,
            by_phone
        );
    }

    #[tokio::test]
    async fn a_conversation_moves_along_where_the_other_contact_has_none() {
        let mut desk = Desk::new().await;
        let id = person(None, Some("BR.1"), None);
        let phone = person(Some("5511987654321"), None, None);
        let mut commit = Commit::new();
        let (store, env) = (desk.store.clone(), desk.env.clone());
        let names = (&phone, None);
        let people = &mut desk.people;
        let contact = people.contact(&store, &env, &mut commit, AT, WORKSPACE, names);
        let older = contact.await.unwrap();
        assert!(store.commit(commit).await.unwrap().stored());
        let by_id = desk.place(&id).await;
        let both = person(Some("5511987654321"), Some("BR.1"), None);
        assert_eq!(desk.place(&both).await, by_id, "its only conversation");
        assert_eq!(desk.people.take_ended(), vec![]);
        let row = desk.store.conversation_of(older, CHANNEL).await.unwrap();
        assert_eq!(row.unwrap().place, by_id);
    }

    #[tokio::test]
    async fn a_memory_from_before_a_merge_is_refused_and_looked_up_again() {
        let mut desk = Desk::new().await;
        let (phone, id) = (
            person(Some("5511987654321"), None, None),
            person(None, Some("BR.1"), None),
        );
        let survivor = desk.place(&phone).await;
        desk.place(&id).await;
        let stale = std::mem::take(&mut desk.people);
        desk.place(&person(Some("5511987654321"), Some("BR.1"), None))
            .await;
        desk.people = stale;
        let mut commit = Commit::new();
        let names = (&id, None);
        let here = (WORKSPACE, CHANNEL);
        let people = &mut desk.people;
        let place = people.place(&desk.store, &desk.env, &mut commit, AT, here, names);
        assert_ne!(place.await.unwrap(), survivor, "as it was remembered");
        assert!(!desk.store.commit(commit).await.unwrap().stored());
        desk.people.forget();
        assert_eq!(desk.place(&id).await, survivor);
    }

    #[tokio::test]
    async fn a_number_left_behind_is_nobodys_and_may_become_somebody_elses() {
        let mut desk = Desk::new().await;
        let old = person(Some("5511987654321"), Some("BR.1"), Some("Ana"));
        let anas = desk.place(&old).await;
        let now = person(Some("5511900000000"), Some("BR.2"), None);
        let mut commit = Commit::new();
        let names = (&now, Some(&old));
        let here = (WORKSPACE, CHANNEL);
        let people = &mut desk.people;
        let place = people.place(&desk.store, &desk.env, &mut commit, AT, here, names);
        assert_eq!(place.await.unwrap(), anas);
        assert!(desk.store.commit(commit).await.unwrap().stored());
        assert_eq!(desk.contact_of("wa_id", "5511987654321").await, None);
        assert_eq!(desk.contact_of("bsuid", "BR.1").await, None);
        let stranger = person(Some("5511987654321"), Some("BR.9"), Some("Rui"));
        assert_ne!(desk.place(&stranger).await, anas);
        assert_eq!(desk.place(&now).await, anas);
    }

    #[test]
    fn a_person_without_a_name_is_called_by_what_is_known() {
        let cases = [
            (person(Some("551"), None, Some("Ana")), "Ana"),
            (person(Some("551"), None, Some("  ")), "+551"),
            (person(None, Some("BR.1"), None), ""),
        ];
        for (person, shown) in cases {
            assert_eq!(shown_name(&person), shown);
        }
        let username = Person {
            username: Some("ana.s".into()),
            ..person(Some("551"), None, None)
        };
        assert_eq!(shown_name(&username), "@ana.s");
    }
}
