//! One readable line for any message: previews in lists, notifications, what an assistant is told.
//!
//! In: a [`Content`]. Out: its words on one line, with a name in brackets, in Portuguese, for what has
//! no words. Absent: the bare words that rules match, which are `Content::words`; other languages,
//! which the console makes from the content itself.

use crate::content::{Content, Media};

impl Content {
    /// One readable line, for previews, for turns and for the assistant. What has no words of its own
    /// is named in brackets, in Portuguese, because customers and attendants here read that.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Content::Text { body } => one_line(body),
            Content::Image(media) => captioned("imagem", media),
            Content::Video(media) => captioned("vídeo", media),
            Content::Audio(media) if media.voice => captioned("mensagem de voz", media),
            Content::Audio(media) => captioned("áudio", media),
            Content::Document(media) => captioned("documento", media),
            Content::Sticker(_) => "[figurinha]".to_owned(),
            Content::Location(location) => {
                let words = [location.name.as_deref(), location.address.as_deref()];
                let words: Vec<_> = words.into_iter().flatten().collect();
                match words.as_slice() {
                    [] => format!(
                        "[localização] {}, {}",
                        location.latitude, location.longitude
                    ),
                    words => named("localização", &words.join(", ")),
                }
            }
            Content::Contacts { cards } => {
                let names: Vec<_> = cards.iter().map(|card| card.name.as_str()).collect();
                named("contato", &names.join(", "))
            }
            Content::ButtonReply { title, .. } | Content::ListReply { title, .. } => {
                one_line(title)
            }
            Content::FormReply { body, .. } => named("formulário", body),
            Content::CallPermissionReply { accepted, .. } => match accepted {
                true => "[permitiu ligações]".to_owned(),
                false => "[não permitiu ligações]".to_owned(),
            },
            Content::Product { .. } => "[produto]".to_owned(),
            Content::TemplateButton { text, .. } => one_line(text),
            Content::Reaction {
                emoji: Some(emoji), ..
            } => named("reação", emoji),
            Content::Reaction { emoji: None, .. } => "[reação retirada]".to_owned(),
            Content::Order { text, items, .. } => {
                let count = format!("[pedido: {} itens]", items.len());
                let text = text.as_deref().map(one_line).unwrap_or_default();
                format!("{count} {text}").trim_end().to_owned()
            }
            Content::System(change) => named("aviso", &change.body),
            Content::Unsupported { .. } => "[mensagem disponível só no aplicativo]".to_owned(),
            Content::Edit { content, .. } => content.text(),
            Content::Revoke { .. } => "[mensagem apagada]".to_owned(),
            Content::MediaPlaceholder => "[mídia]".to_owned(),
            Content::Template { name, .. } => named("modelo", name),
            Content::Interactive { kind, text, .. } if text.is_empty() => named("interativa", kind),
            Content::Interactive { text, .. } => one_line(text),
            Content::Unknown { kind, .. } => named("mensagem desconhecida", kind),
        }
    }
}

/// White space of any kind becomes single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn named(kind: &str, words: &str) -> String {
    format!("[{kind}] {}", one_line(words))
        .trim_end()
        .to_owned()
}

fn captioned(kind: &str, media: &Media) -> String {
    let words = media.caption.as_ref().or(media.filename.as_ref());
    named(kind, words.map_or("", String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_as_one_line_and_the_wordless_is_named() {
        let text = |body: &str| Content::Text { body: body.into() }.text();
        assert_eq!(text(" bom \n\n dia\t"), "bom dia");
        assert_eq!(Content::Sticker(Media::default()).text(), "[figurinha]");
        let voice = Media {
            voice: true,
            ..Media::default()
        };
        assert_eq!(Content::Audio(voice).text(), "[mensagem de voz]");
        let photo = Media {
            caption: Some("a\nb".into()),
            ..Media::default()
        };
        assert_eq!(Content::Image(photo).text(), "[imagem] a b");
    }

    #[test]
    fn an_edit_reads_as_what_it_became() {
        let content = Box::new(Content::Text {
            body: "novo".into(),
        });
        let edit = Content::Edit {
            target: "wamid.1".into(),
            content,
        };
        assert_eq!(edit.text(), "novo");
    }
}
