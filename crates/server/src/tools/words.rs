//! What a customer hears of tools: that it takes a moment, or that it didn't work.
//!
//! In: a tool, and what failed. Out: its own sentence, or a plain one. An unsure call is never said to have
//! failed. Absent: anything technical. Next: [`super::Called`].

use crate::both;
use crate::words::Both;
use ponte_tools::Tool;
use ponte_tools::result::Failure;
use ponte_tools::template::{Part, Template};
use ponte_tools::tool::Words;

/// Said when a call takes long.
#[must_use]
pub fn progress(tool: &Tool) -> Both {
    own(tool.progress_text.as_ref()).unwrap_or_else(|| {
        both!(
            "Só um momento, estou consultando.",
            "One moment, I'm checking."
        )
    })
}

/// Said when a call failed.
#[must_use]
pub fn failure(tool: &Tool, failure: &Failure) -> Both {
    match failure {
        Failure::Unsure { .. } => both!(
            "Não consegui confirmar se isso foi concluído. Uma pessoa da equipe vai conferir.",
            "I couldn't confirm whether that was done. Someone from the team will check."
        ),
        Failure::NotFound => own(tool.failure_text.as_ref())
            .unwrap_or_else(|| both!("Não encontrei isso aqui.", "I couldn't find that.")),
        Failure::Rejected { .. } => own(tool.failure_text.as_ref()).unwrap_or_else(|| {
            both!(
                "Esses dados não foram aceitos. Pode conferir?",
                "Those details were not accepted. Could you check them?"
            )
        }),
        Failure::Credential
        | Failure::Busy
        | Failure::Failed { .. }
        | Failure::Unfit(_)
        | Failure::TooLarge
        | Failure::Schema(_) => own(tool.failure_text.as_ref()).unwrap_or_else(|| {
            both!(
                "Não consegui consultar isso agora. Posso chamar uma pessoa da equipe.",
                "I couldn't check that right now. I can call someone from the team."
            )
        }),
    }
}

fn own(words: Option<&Words>) -> Option<Both> {
    let words = words?;
    Some(Both {
        pt: plain(words.pt()),
        en: plain(words.en()),
    })
}

/// These sentences take no placeholders; doubled braces are braces.
fn plain(text: &str) -> String {
    let Ok(template) = Template::parse(text) else {
        return text.to_owned();
    };
    let part = |part: &Part| match part {
        Part::Text(text) | Part::Value(text) => text.clone(),
    };
    template.parts().iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ponte_tools::builtin::Builtin;

    #[test]
    fn a_tools_own_sentence_is_said_except_where_nobody_knows() {
        let mut tool = Builtin::LookUpContact.tool();
        let failed = Failure::Failed { status: None };
        let unsure = Failure::Unsure { status: None };
        assert!(
            failure(&tool, &failed)
                .pt
                .contains("Não consegui consultar")
        );
        tool.failure_text = Some(Words::Two {
            pt: "O sistema da loja está fora {{do ar}}.".into(),
            en: "The shop's system is down.".into(),
        });
        assert_eq!(
            failure(&tool, &failed).pt,
            "O sistema da loja está fora {do ar}."
        );
        assert_eq!(failure(&tool, &failed).en, "The shop's system is down.");
        assert!(
            failure(&tool, &unsure).pt.contains("não")
                || failure(&tool, &unsure)
                    .pt
                    .contains("Não consegui confirmar")
        );
        assert!(progress(&tool).en.contains("moment"));
    }
}
