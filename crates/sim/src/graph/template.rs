//! Templates: the store, its calls, and whether a template message fits its template.
//!
//! In: creation, listing, edit, deletion, and the `template` object of a send. Out: template objects with
//! paging, or refusals (132000, 132001, 132012, 132015, 132016, 2388xxx). A created template is approved at
//! once unless the caller changes it through `Cloud::template_status`. Deliberately absent: Meta's notices
//! about templates (`world/account.rs`), and their text (`fill.rs`).

use crate::api::ApiRequest;
use crate::cloud::Cloud;
use crate::config::TemplateConfig;
use crate::faults::Fault;
use crate::graph::fill::{check_components, fill};
use crate::graph::json_body;
use crate::graph::page::page;
use crate::ids::Ids;
use crate::refusal::Refusal;
use crate::time::DAY;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const NAME: usize = 512;
/// How long a deleted name stays blocked.
const BLOCKED: i64 = 30 * DAY;

/// A template as it stands.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) language: String,
    pub(crate) category: String,
    pub(crate) status: String,
    pub(crate) named: bool,
    pub(crate) quality: String,
    pub(crate) components: Value,
}

impl Template {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "status": self.status,
            "parameter_format": if self.named { "NAMED" } else { "POSITIONAL" },
            "quality_score": {"score": self.quality},
            "components": self.components,
        })
    }

    pub(crate) fn component(&self, kind: &str) -> Option<&Value> {
        self.components.as_array()?.iter().find(|part| {
            part["type"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(kind))
        })
    }
}

/// All templates, by id.
#[derive(Debug, Clone, Default)]
pub(crate) struct Templates {
    all: BTreeMap<String, Template>,
    by_name: BTreeMap<(String, String), String>,
    blocked: BTreeMap<String, i64>,
}

impl Templates {
    pub(crate) fn new(configs: &[TemplateConfig], ids: &mut Ids) -> Self {
        let mut templates = Self::default();
        for config in configs {
            templates.insert(Template {
                id: ids.object(),
                name: config.name.clone(),
                language: config.language.clone(),
                category: config.category.clone(),
                status: "APPROVED".into(),
                named: false,
                quality: "UNKNOWN".into(),
                components: config.components.clone(),
            });
        }
        templates
    }

    fn insert(&mut self, template: Template) {
        self.by_name.insert(
            (template.name.clone(), template.language.clone()),
            template.id.clone(),
        );
        self.all.insert(template.id.clone(), template);
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Template> {
        self.all.get(id)
    }

    pub(crate) fn find(&self, name: &str, language: &str) -> Option<&Template> {
        self.all
            .get(self.by_name.get(&(name.to_owned(), language.to_owned()))?)
    }

    pub(crate) fn find_mut(&mut self, name: &str, language: &str) -> Option<&mut Template> {
        let id = self.by_name.get(&(name.to_owned(), language.to_owned()))?;
        self.all.get_mut(id)
    }

    /// Every template as the API shows it.
    pub(crate) fn list(&self) -> Vec<Value> {
        self.all.values().map(Template::json).collect()
    }

    fn remove(&mut self, id: &str) -> Option<Template> {
        let template = self.all.remove(id)?;
        self.by_name
            .remove(&(template.name.clone(), template.language.clone()));
        Some(template)
    }
}

impl Cloud {
    /// Checks a template message; gives back name, category and the text a person would read.
    pub(crate) fn check_template(
        &mut self,
        content: &Value,
        by_user_id: bool,
    ) -> Result<(String, String, String), Refusal> {
        let name = content["name"]
            .as_str()
            .ok_or_else(|| Refusal::missing("template.name"))?;
        let language = content["language"]["code"]
            .as_str()
            .ok_or_else(|| Refusal::missing("template.language.code"))?;
        if self.strikes(Fault::TemplatePaused132015) {
            return Err(Refusal::new(
                132015,
                "The template is paused because of low quality.",
            ));
        }
        let template = self.templates.find(name, language).ok_or_else(|| {
            Refusal::new(
                132001,
                format!("Template name ({name}) does not exist in {language}."),
            )
        })?;
        match template.status.as_str() {
            "APPROVED" => {}
            "PAUSED" => {
                return Err(Refusal::new(
                    132015,
                    "The template is paused because of low quality.",
                ));
            }
            "DISABLED" => {
                return Err(Refusal::new(
                    132016,
                    "The template was paused too often and is now disabled.",
                ));
            }
            other => {
                return Err(Refusal::new(
                    132001,
                    format!("The template is {other} and cannot be sent."),
                ));
            }
        }
        if by_user_id && template.category == "AUTHENTICATION" {
            return Err(Refusal::new(
                131062,
                "Authentication templates need a phone number.",
            ));
        }
        let text = fill(template, &content["components"])?;
        Ok((template.name.clone(), template.category.clone(), text))
    }

    pub(crate) fn template_page(&self, request: &ApiRequest) -> Result<Value, Refusal> {
        let wanted = |template: &&Template| {
            let is =
                |name: &str, found: &str| request.parameter(name).is_none_or(|want| want == found);
            is("name", &template.name)
                && is("status", &template.status)
                && is("language", &template.language)
                && is("category", &template.category)
        };
        let all = self
            .templates
            .all
            .values()
            .filter(wanted)
            .map(Template::json);
        page(
            request,
            all,
            &format!("{}/message_templates", self.config.waba_id),
            100,
        )
    }

    pub(crate) fn create_template(&mut self, now: i64, body: &Value) -> Result<Value, Refusal> {
        let field = |name: &str| {
            body[name]
                .as_str()
                .ok_or_else(|| Refusal::new(100, format!("The parameter {name} is required.")))
        };
        let (name, language, category) = (field("name")?, field("language")?, field("category")?);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > NAME || !name.chars().all(plain) {
            return Err(Refusal::new(
                100,
                "A name has lower-case letters, digits and underscores, at most 512.",
            ));
        }
        if !matches!(category, "MARKETING" | "UTILITY" | "AUTHENTICATION") {
            return Err(Refusal::new(
                100,
                "The category must be MARKETING, UTILITY or AUTHENTICATION.",
            ));
        }
        if self.templates.find(name, language).is_some() {
            return Err(Refusal::new(
                2388024,
                "There is already a template of this name in this language.",
            ));
        }
        if self
            .templates
            .blocked
            .get(name)
            .is_some_and(|until| now < *until)
        {
            return Err(Refusal::new(
                2388023,
                "A deleted name stays blocked for 30 days.",
            ));
        }
        let named = body["parameter_format"]
            .as_str()
            .is_some_and(|format| format.eq_ignore_ascii_case("named"));
        check_components(&body["components"])?;
        let template = Template {
            id: self.ids.object(),
            name: name.to_owned(),
            language: language.to_owned(),
            category: category.to_owned(),
            status: "APPROVED".into(),
            named,
            quality: "UNKNOWN".into(),
            components: body["components"].clone(),
        };
        let answer =
            json!({"id": template.id, "status": template.status, "category": template.category});
        self.templates.insert(template);
        Ok(answer)
    }

    pub(crate) fn delete_template(
        &mut self,
        now: i64,
        request: &ApiRequest,
    ) -> Result<Value, Refusal> {
        let name = request.parameter("name");
        let mut ids: Vec<String> = Vec::new();
        if let Some(list) = request.parameter("hsm_ids") {
            ids.extend(
                list.split([',', '[', ']', '"'])
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned),
            );
        } else if let Some(id) = request.parameter("hsm_id") {
            ids.push(id);
        } else if let Some(name) = &name {
            ids.extend(
                self.templates
                    .all
                    .values()
                    .filter(|template| template.name == *name)
                    .map(|template| template.id.clone()),
            );
        }
        let known = ids.iter().filter(|id| {
            self.templates
                .by_id(id)
                .is_some_and(|template| name.as_ref().is_none_or(|name| *name == template.name))
        });
        if ids.is_empty() || known.count() != ids.len() || ids.len() > 100 {
            return Err(Refusal::new(100, "No such template."));
        }
        for id in &ids {
            if let Some(template) = self.templates.remove(id) {
                self.templates.blocked.insert(template.name, now + BLOCKED);
            }
        }
        Ok(json!({"success": true}))
    }

    pub(crate) fn template_call(
        &mut self,
        now: i64,
        request: &ApiRequest,
        id: &str,
    ) -> Result<Value, Refusal> {
        let template = self
            .templates
            .all
            .get_mut(id)
            .ok_or_else(|| Refusal::no_object(id, &request.method))?;
        match request.method.as_str() {
            "GET" => Ok(template.json()),
            "POST" => {
                let body = json_body(request)?;
                if !matches!(template.status.as_str(), "APPROVED" | "REJECTED" | "PAUSED") {
                    return Err(Refusal::new(
                        100,
                        "A template in this state cannot be edited.",
                    ));
                }
                if body.get("category").is_some() && template.status == "APPROVED" {
                    return Err(Refusal::new(
                        100,
                        "The category of an approved template cannot be edited.",
                    ));
                }
                check_components(&body["components"])?;
                template.components = body["components"].clone();
                Ok(json!({"success": true}))
            }
            "DELETE" => {
                let name = template.name.clone();
                self.templates.remove(id);
                self.templates.blocked.insert(name, now + BLOCKED);
                Ok(json!({"success": true}))
            }
            other => Err(Refusal::no_object(id, other)),
        }
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
