//! Texts to vectors, through whichever provider has an embedding model.
//!
//! In: texts and what they are for. Out: one vector per text, and which provider and model made them, because
//! vectors of two models can't be compared. Batches go one after another; a batch that fails ends it. Absent: asking
//! another provider instead, whose vectors would be others. Next: `ponte_models::embed`.

use super::call::{self, Patience};
use super::money::{Took, sum};
use super::provider::Provider;
use super::{Models, Whose};
use ponte_core::time::Time;
use ponte_models::Target;
use ponte_models::embed::{self, Embedded, Purpose};
use ponte_models::prices::Cost;
use ponte_models::trouble::{Kind, Trouble};

/// The vectors of some texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Vectors {
    /// One per text, in order, all of the same length.
    pub vectors: Vec<Vec<f32>>,
    pub provider: String,
    pub model: String,
    pub cost: Cost,
}

impl Models {
    /// The provider and model that embed for a workspace: the first by name that has one. What an index is made
    /// with is kept beside it.
    ///
    /// # Errors
    /// [`Kind::NoProvider`] where none does.
    pub async fn embeds(&self, whose: &Whose) -> Result<(String, String), Trouble> {
        let (provider, target) = self.embedder(whose).await?;
        Ok((provider.name, target.model))
    }

    async fn embedder(&self, whose: &Whose) -> Result<(Provider, Target), Trouble> {
        let all = self.chain(whose.workspace, &[]).await?;
        let of = |(provider, _): (Provider, Target)| {
            let model = provider.settings.embed_model.clone()?;
            let target = provider.target(&model);
            provider.dialect.embeds().then_some((provider, target))
        };
        all.into_iter()
            .find_map(of)
            .ok_or(Trouble::new(Kind::NoProvider))
    }

    /// The vectors of these texts.
    ///
    /// # Errors
    /// The trouble of the batch that failed; nothing of the others is kept.
    pub async fn embed(
        &self,
        whose: &Whose,
        texts: &[String],
        purpose: Purpose,
        deadline: Time,
    ) -> Result<Vectors, Trouble> {
        let link = self.embedder(whose).await?;
        let mut done = Vectors {
            vectors: Vec::with_capacity(texts.len()),
            provider: link.0.name.clone(),
            model: link.1.model.clone(),
            cost: Cost::Known(0),
        };
        for batch in embed::batches(texts) {
            let mut came = self.batch(whose, &link, &batch, purpose, deadline).await;
            // No byte had left: the one case in which the same is asked again.
            if came
                .as_ref()
                .is_err_and(|trouble| trouble.kind == Kind::NotSent)
            {
                came = self.batch(whose, &link, &batch, purpose, deadline).await;
            }
            let (embedded, cost) = came?;
            done.vectors.extend(embedded.vectors);
            done.cost = sum(done.cost, cost);
        }
        Ok(done)
    }

    pub(super) async fn batch(
        &self,
        whose: &Whose,
        (provider, target): &(Provider, Target),
        texts: &[String],
        purpose: Purpose,
        deadline: Time,
    ) -> Result<(Embedded, Cost), Trouble> {
        let Models(inner) = self;
        let now = inner.env.clock.now();
        if now >= deadline {
            return Err(Trouble::new(Kind::Deadline));
        }
        let key = provider.key(&inner.vault);
        let key = key.map_err(|_| Trouble::coded(Kind::KeyRefused, "sealed"))?;
        let call = embed::encode(target, key.expose(), texts, purpose)?;
        let patience = Patience::of(provider, now, deadline, 1);
        let leave = inner
            .lines
            .leave(provider.id, provider.settings.limits.at_once, now)
            .await?;
        let bytes: usize = texts.iter().map(String::len).sum();
        let tokens = u64::try_from(bytes / 2 + texts.len()).unwrap_or(u64::MAX);
        let reserved = self.reserve(whose, &provider.name, target, (tokens, 0), patience.until);
        let reserved = reserved.await?;
        let (came, maybe_paid) = match call::body(&inner.env.egress, call, patience).await {
            Ok(body) => (embed::decode(provider.dialect, &body, texts.len()), true),
            Err(lost) => (Err(lost.trouble), lost.maybe_paid),
        };
        let took = match &came {
            Ok(embedded) => Took::Usage(embedded.usage),
            Err(_) if maybe_paid => Took::Unknown,
            Err(_) => Took::Nothing,
        };
        let answered = came.as_ref().map_or("", |embedded| embedded.model.as_str());
        leave.ended(inner.env.clock.now(), came.as_ref().err());
        let where_to = (provider.name.as_str(), target, answered);
        let cost = self
            .settle(whose, where_to, reserved, &took, came.as_ref().err())
            .await;
        came.map(|embedded| (embedded, cost))
    }
}
