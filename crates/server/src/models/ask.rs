//! The way of a question: link by link, each attempt reserved, called, checked and settled.
//!
//! In: a [`Question`]. Out: [`Answered`] or [`Failed`]. Whom to ask next is `ponte_models::policy::chain`'s; this does
//! it. Absent: the tools that a reply asks for; their results come back as a new question.

use super::call::{self, Patience};
use super::money::{Took, sum};
use super::provider::Provider;
use super::{Answered, Failed, Models, Question, Told, Whose};
use ponte_core::time::Time;
use ponte_models::check::{self, Checked};
use ponte_models::policy::chain::{self, Attempt, Limits, Next, Stop};
use ponte_models::prices::{self, Cost};
use ponte_models::trouble::{Kind, Trouble};
use ponte_models::{Reply, Request, Target, encode};

/// How one attempt ended.
struct Tried {
    result: Result<Checked, Trouble>,
    /// What came, however bad: a repair shows it to the model.
    wrong: Option<Reply>,
    cost: Cost,
}

impl Models {
    /// Asks, and asks on, until there is a whole and usable answer or nobody left to ask.
    ///
    /// # Errors
    /// [`Failed`], with every attempt. Nothing partial is in it.
    pub async fn ask(&self, question: Question) -> Result<Answered, Failed> {
        let whose = &question.whose;
        let links = match self.chain(whose.workspace, &question.chain).await {
            Ok(links) => links,
            Err(trouble) => return Err(nobody(trouble)),
        };
        let mut failed: Vec<Attempt> = Vec::new();
        let mut wrong: Option<Reply> = None;
        let mut cost = Cost::Known(0);
        loop {
            let left = question.deadline - self.0.env.clock.now();
            let next = chain::next(&failed, left.as_micros(), Limits::of(links.len()));
            let (link, request) = match next {
                Next::Ask(link) => (link, question.request.clone()),
                Next::Repair(link) => (link, repaired(&question.request, wrong.as_ref(), &failed)),
                Next::Stop(stop) => return Err(stopped(stop, &failed, &links, cost)),
            };
            let (provider, target) = &links[link];
            let patience = Patience::of(
                provider,
                self.0.env.clock.now(),
                question.deadline,
                links.len() - link,
            );
            let tried = self
                .attempt(&question, (provider, target), request, patience)
                .await;
            cost = sum(cost, tried.cost);
            match tried.result {
                Ok(checked) => {
                    let said = &checked.reply.model;
                    let renamed = !said.is_empty() && !prices::is_same_model(&target.model, said);
                    if renamed {
                        tracing::warn!(provider = %provider.id, "another model answered than was asked");
                        metrics::counter!("ponte_model_renamed_total").increment(1);
                    }
                    return Ok(Answered {
                        checked,
                        provider: provider.name.clone(),
                        model: target.model.clone(),
                        renamed,
                        cost,
                        failed: told(&failed, &links),
                    });
                }
                Err(trouble) => {
                    tracing::debug!(provider = %provider.id, kind = trouble.kind.row().word, "a model call failed");
                    wrong = tried.wrong;
                    failed.push(Attempt { link, trouble });
                }
            }
        }
    }

    /// One attempt at one link.
    async fn attempt(
        &self,
        question: &Question,
        (provider, target): (&Provider, &Target),
        request: Request,
        patience: Patience,
    ) -> Tried {
        let fluent = question.fluent.as_deref();
        let fluent: Option<check::Fluent<'_>> = match &fluent {
            Some(fluent) => Some(*fluent),
            None => None,
        };
        let mut request = request;
        // A cut shows early in pieces.
        request.stream = true;
        let asked = self
            .asked(&question.whose, (provider, target), &request, patience)
            .await;
        match asked {
            Err((trouble, cost)) => Tried {
                result: Err(trouble),
                wrong: None,
                cost,
            },
            Ok((reply, cost)) => match check::reply(&request, reply.clone(), fluent) {
                Ok(checked) => Tried {
                    result: Ok(checked),
                    wrong: None,
                    cost,
                },
                Err(trouble) => Tried {
                    result: Err(trouble),
                    wrong: Some(reply),
                    cost,
                },
            },
        }
    }

    /// One call with everything around it: leave, reservation, settling, circuit. The reply is whole and not yet
    /// checked.
    pub(super) async fn asked(
        &self,
        whose: &Whose,
        (provider, target): (&Provider, &Target),
        request: &Request,
        patience: Patience,
    ) -> Result<(Reply, Cost), (Trouble, Cost)> {
        let none = |trouble| (trouble, Cost::Known(0));
        let Models(inner) = self;
        let key = provider.key(&inner.vault).map_err(|error| {
            tracing::error!(provider = %provider.id, %error, "a provider's key can't be opened: run `ponte provider list`");
            none(Trouble::coded(Kind::KeyRefused, "sealed"))
        })?;
        let call = encode(target, key.expose(), request).map_err(none)?;
        let at_once = provider.settings.limits.at_once;
        let leave = inner
            .lines
            .leave(provider.id, at_once, inner.env.clock.now());
        let leave = leave.await.map_err(none)?;
        let tokens = (request.tokens_in_at_most(), u64::from(request.max_tokens));
        let reserved = self.reserve(whose, &provider.name, target, tokens, patience.until);
        let reserved = reserved.await.map_err(none)?;
        let came = call::reply(&inner.env.egress, provider, call, patience).await;
        let (took, answered, trouble) = match &came {
            Ok(reply) => (Took::Usage(reply.usage), reply.model.as_str(), None),
            Err(lost) if lost.maybe_paid => (Took::Unknown, "", Some(&lost.trouble)),
            Err(lost) => (Took::Nothing, "", Some(&lost.trouble)),
        };
        leave.ended(inner.env.clock.now(), trouble);
        let where_to = (provider.name.as_str(), target, answered);
        let cost = self.settle(whose, where_to, reserved, &took, trouble).await;
        match came {
            Ok(reply) => Ok((reply, cost)),
            Err(lost) => Err((lost.trouble, cost)),
        }
    }

    /// The time by which the clock of this room measures.
    #[must_use]
    pub fn now(&self) -> Time {
        self.0.env.clock.now()
    }
}

fn repaired(request: &Request, wrong: Option<&Reply>, failed: &[Attempt]) -> Request {
    let last = failed.last();
    let again = wrong
        .zip(last)
        .and_then(|(wrong, last)| check::repair(request, wrong, &last.trouble));
    again.unwrap_or_else(|| request.clone())
}

fn told(failed: &[Attempt], links: &[(Provider, Target)]) -> Vec<Told> {
    failed
        .iter()
        .map(|attempt| {
            let (provider, target) = &links[attempt.link];
            Told {
                provider: provider.name.clone(),
                model: target.model.clone(),
                trouble: attempt.trouble.clone(),
            }
        })
        .collect()
}

fn nobody(trouble: Trouble) -> Failed {
    Failed {
        trouble,
        failed: Vec::new(),
        cost: Cost::Known(0),
    }
}

fn stopped(stop: Stop, failed: &[Attempt], links: &[(Provider, Target)], cost: Cost) -> Failed {
    let last = failed.last().map(|attempt| attempt.trouble.clone());
    let trouble = match (stop, last) {
        (Stop::Exhausted, Some(last)) => last,
        (Stop::Exhausted, None) => Trouble::new(Kind::NoProvider),
        (Stop::Late, _) => Trouble::new(Kind::Deadline),
    };
    Failed {
        trouble,
        failed: told(failed, links),
        cost,
    }
}
