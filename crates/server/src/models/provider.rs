//! A provider as it is set up: its models, its quirks, its limits; and its key, opened for one call.
//!
//! In: a row of the store, or what a person wrote. Out: a [`Provider`], checked, or a [`Wrong`] in both languages.
//! Absent: asking it. Next: `call.rs`.

use super::{Link, Models};
use crate::both;
use crate::graph::Secret;
use crate::vault::{Vault, VaultError};
use crate::words::Both;
use ponte_core::ids::WorkspaceId;
use ponte_models::trouble::{Kind, Trouble};
use ponte_models::{Dialect, Quirks, Target};
use ponte_store::StoreError;
use ponte_store::rows::models::ProviderRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Models one provider may list.
const MODELS_MAX: usize = 100;
/// Letters of a name.
const NAME_MAX: usize = 64;
const MODEL_MAX: usize = 128;
const BASE_MAX: usize = 512;
/// Providers of a workspace; a chain has two or three.
pub const PROVIDERS_MAX: usize = 32;

/// What is kept of a provider besides its address and key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Models that may be asked; the first unless another is named.
    pub models: Vec<String>,
    /// The model that embeds texts.
    pub embed_model: Option<String>,
    pub quirks: Quirks,
    pub limits: Bounds,
}

/// Bounds of a provider's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bounds {
    /// Calls at once.
    pub at_once: u32,
    /// The answer's head, and each piece after the one before, comes within this.
    pub first_byte_ms: u32,
    /// The whole answer comes within this.
    pub total_ms: u32,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            // What the smallest paid plans take.
            at_once: 8,
            // Reasoning models think this long before they speak.
            first_byte_ms: 20_000,
            total_ms: 60_000,
        }
    }
}

/// A provider that may be asked.
#[derive(Clone, Debug)]
pub struct Provider {
    pub id: Uuid,
    pub workspace: WorkspaceId,
    pub name: String,
    pub dialect: Dialect,
    pub base: String,
    pub settings: Settings,
    sealed: Option<Vec<u8>>,
}

/// What is wrong with what a person wrote.
pub type Wrong = Both;

/// The place that a provider's key is sealed for.
#[must_use]
pub fn place(workspace: WorkspaceId, id: Uuid) -> String {
    format!("{}:provider:{id}:key", workspace.0)
}

impl Provider {
    /// Reads a row.
    ///
    /// # Errors
    /// Where it has what this version doesn't know.
    pub fn read(row: &ProviderRow) -> Result<Provider, Wrong> {
        let name = &row.name;
        let dialect = Dialect::of_word(&row.dialect).ok_or_else(|| {
            let word = &row.dialect;
            both!(
                "o provedor {name} é de um tipo desconhecido ({word}).",
                "the provider {name} is of an unknown kind ({word})."
            )
        })?;
        let settings = serde_json::from_value(row.settings.clone()).map_err(|why| {
            both!(
                "as configurações do provedor {name} não podem ser lidas ({why}).",
                "the settings of the provider {name} can't be read ({why})."
            )
        })?;
        Ok(Provider {
            id: row.id,
            workspace: row.workspace,
            name: row.name.clone(),
            dialect,
            base: row.base.clone(),
            settings,
            sealed: row.sealed.clone(),
        })
    }

    /// Its key, opened; empty where it needs none.
    ///
    /// # Errors
    /// The vault's.
    pub fn key(&self, vault: &Vault) -> Result<Secret, VaultError> {
        match &self.sealed {
            None => Ok(Secret::new("")),
            Some(sealed) => vault.open(&place(self.workspace, self.id), sealed),
        }
    }

    /// The model of this name, or the first.
    #[must_use]
    pub fn target(&self, model: &str) -> Target {
        let first = self.settings.models.first().map_or("", String::as_str);
        let model = if model.is_empty() { first } else { model };
        Target {
            dialect: self.dialect,
            base: self.base.clone(),
            model: model.to_owned(),
            quirks: self.settings.quirks.clone(),
        }
    }
}

impl Settings {
    /// What a person wrote, held to its limits.
    ///
    /// # Errors
    /// The first thing that is wrong, in both languages.
    pub fn check(&self) -> Result<(), Wrong> {
        let names = self.models.iter().chain(&self.embed_model);
        if self.models.is_empty() {
            return Err(both!("falta o modelo.", "the model is missing."));
        }
        if self.models.len() > MODELS_MAX {
            return Err(both!(
                "são modelos demais: no máximo {MODELS_MAX}.",
                "too many models: {MODELS_MAX} at most."
            ));
        }
        for name in names {
            let fine = |c: char| !c.is_control() && !c.is_whitespace();
            if name.is_empty() || name.len() > MODEL_MAX || !name.chars().all(fine) {
                return Err(both!(
                    "`{name}` não é o nome de um modelo.",
                    "`{name}` is not a model's name."
                ));
            }
        }
        let Bounds {
            at_once,
            first_byte_ms,
            total_ms,
        } = self.limits;
        let inside = (1..=64).contains(&at_once)
            && (500..=300_000).contains(&first_byte_ms)
            && (first_byte_ms..=600_000).contains(&total_ms);
        if !inside {
            return Err(both!(
                "limites fora do possível: at_once de 1 a 64, first_byte_ms de 500 a 300000, total_ms de first_byte_ms a 600000.",
                "limits out of bounds: at_once 1 to 64, first_byte_ms 500 to 300000, total_ms first_byte_ms to 600000."
            ));
        }
        Ok(())
    }
}

/// A provider's name as people write it in chains.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), Wrong> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(fine) {
        return Err(both!(
            "`{name}` não serve de nome: use letras minúsculas, dígitos, - e _, até {NAME_MAX}.",
            "`{name}` is no name: use lower case letters, digits, - and _, up to {NAME_MAX}."
        ));
    }
    Ok(())
}

impl Models {
    /// Whether an address can be a provider's base, as far as can be told without asking it.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub fn check_base(&self, base: &str) -> Result<(), Wrong> {
        if base.len() > BASE_MAX || base.contains(['?', '#', '@']) {
            return Err(both!(
                "o endereço não pode ter ?, # nem @.",
                "the address may have no ?, # or @."
            ));
        }
        self.0.env.egress.check(base).map_err(|why| {
            both!(
                "o endereço {base} não pode ser usado ({why}); se o modelo roda nesta rede, libere-o em PONTE_EGRESS_ALLOW.",
                "the address {base} can't be used ({why}); if the model runs in this network, permit it in PONTE_EGRESS_ALLOW."
            )
        })
    }

    /// The providers of a chain, in its order; those that are switched off or gone are passed over.
    pub(super) async fn chain(
        &self,
        workspace: WorkspaceId,
        chain: &[Link],
    ) -> Result<Vec<(Provider, Target)>, Trouble> {
        let rows = self.0.store.providers(Some(workspace)).await;
        let rows = rows.map_err(|error| of_store(&error))?;
        self.0.lines.keep(&rows.iter().map(|row| row.id).collect());
        let read = |row: &ProviderRow| match Provider::read(row) {
            Ok(provider) => Some(provider),
            Err(why) => {
                tracing::warn!(provider = %row.id, %why, "a provider can't be read and is passed over");
                None
            }
        };
        let all: Vec<Provider> = rows
            .iter()
            .filter(|row| row.enabled)
            .filter_map(read)
            .collect();
        let found: Vec<(Provider, Target)> = if chain.is_empty() {
            all.into_iter()
                .map(|provider| (provider.target(""), provider))
                .map(swap)
                .collect()
        } else {
            let of = |link: &Link| {
                let provider = all.iter().find(|provider| provider.name == link.provider)?;
                Some((provider.clone(), provider.target(&link.model)))
            };
            chain.iter().filter_map(of).collect()
        };
        if found.is_empty() {
            return Err(Trouble::new(Kind::NoProvider));
        }
        Ok(found)
    }
}

fn swap((target, provider): (Target, Provider)) -> (Provider, Target) {
    (provider, target)
}

/// The store failed: nobody is asked, because nothing of it could be written down.
pub(super) fn of_store(error: &StoreError) -> Trouble {
    tracing::warn!(%error, "no model is asked while the store fails");
    Trouble::coded(Kind::Ours, "store")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Keys, MasterKey};
    use ponte_core::time::Time;
    use serde_json::json;
    use std::sync::Arc;

    fn row() -> ProviderRow {
        ProviderRow {
            id: Uuid::from_u128(1),
            workspace: WorkspaceId(Uuid::from_u128(2)),
            name: "main".into(),
            dialect: "openai".into(),
            base: "https://x/v1".into(),
            settings: json!({"models": ["a", "b"]}),
            sealed: None,
            hint: String::new(),
            enabled: true,
            revision: 1,
            created: Time(0),
            updated: Time(0),
        }
    }

    #[test]
    fn a_row_is_read_with_defaults_and_what_is_unknown_is_told() {
        let provider = Provider::read(&row()).unwrap();
        assert_eq!(provider.settings.limits, Bounds::default());
        assert_eq!(provider.target("").model, "a");
        assert_eq!(provider.target("z").model, "z");
        assert!(provider.key(&Vault::closed()).unwrap().is_empty());
        let mut odd = row();
        odd.dialect = "smoke-signals".into();
        assert!(
            Provider::read(&odd)
                .unwrap_err()
                .en
                .contains("smoke-signals")
        );
        let mut odd = row();
        odd.settings = json!({"modells": []});
        assert!(
            Provider::read(&odd)
                .unwrap_err()
                .pt
                .contains("não podem ser lidas")
        );
    }

    #[test]
    fn a_key_opens_for_its_own_row_only() {
        let keys = Keys {
            current: Some(MasterKey::new([1; 32])),
            old: None,
        };
        let vault = Vault::new(
            keys,
            Arc::new(|bytes| {
                bytes.fill(9);
                true
            }),
        );
        let mut mine = row();
        let sealed = vault.seal(&place(mine.workspace, mine.id), &Secret::new("sk-1"));
        mine.sealed = Some(sealed.unwrap());
        assert_eq!(
            Provider::read(&mine).unwrap().key(&vault).unwrap().expose(),
            "sk-1"
        );
        let mut stolen = mine.clone();
        stolen.workspace = WorkspaceId(Uuid::from_u128(3));
        let refused = Provider::read(&stolen).unwrap().key(&vault);
        assert_eq!(refused.unwrap_err(), VaultError::NotHere);
    }

    #[test]
    fn settings_are_held_to_their_limits() {
        let good = Settings {
            models: vec!["m".into()],
            ..Settings::default()
        };
        assert!(good.check().is_ok());
        let changed = |change: &dyn Fn(&mut Settings)| {
            let mut settings = good.clone();
            change(&mut settings);
            settings.check().is_err()
        };
        assert!(changed(&|s| s.models.clear()));
        assert!(changed(&|s| s.models = vec!["m".into(); MODELS_MAX + 1]));
        assert!(changed(&|s| s.models[0] = "two words".into()));
        assert!(changed(&|s| s.embed_model = Some(String::new())));
        assert!(changed(&|s| s.limits.at_once = 0));
        assert!(changed(&|s| s.limits.total_ms = s.limits.first_byte_ms - 1));
        assert!(check_name("openai-2").is_ok());
        for wrong in ["", "Main", "a b", "ç", &"a".repeat(65)] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
    }
}
