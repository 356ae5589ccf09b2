//! The table of troubles: what each means for the next try, for the circuit and for people.
//!
//! In: a [`Kind`]. Out: its [`Row`]. Absent: conditions; a row is data, and the match is the one place
//! where a new kind has to be thought about. Next: [`crate::policy`], which acts on it.

use super::Kind;

/// Whether asking again may help, and whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The same provider, at once: nothing left us.
    Same,
    /// The same provider may give another answer if it is told what was wrong (one repair).
    Repair,
    /// Another provider.
    Other,
    /// Nobody: the next one would fail the same way, or must not be asked.
    Nobody,
}

/// Whose fault it is: what counts against a provider's circuit, and what is a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The provider, or the way to it, isn't well.
    Provider,
    /// The model's answer is bad; the provider works.
    Answer,
    /// A person must change something.
    Settings,
    /// Nobody's: a limit did what it is for.
    Limit,
    /// Ponte's.
    Ours,
}

/// One row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// For logs, metrics and the ledger.
    pub word: &'static str,
    pub again: Again,
    pub fault: Fault,
    /// What a person reads, with what to do.
    pub pt: &'static str,
    pub en: &'static str,
}

impl Row {
    /// Whether another try, somewhere, may help.
    #[must_use]
    pub fn retryable(&self) -> bool {
        self.again != Again::Nobody
    }

    /// Whether it is a bug of ours.
    #[must_use]
    pub fn ours(&self) -> bool {
        self.fault == Fault::Ours
    }
}

impl Kind {
    /// All of them, for lists and tests.
    pub const ALL: [Kind; 26] = [
        Kind::NotSent,
        Kind::Forbidden,
        Kind::TimedOut,
        Kind::Cut,
        Kind::RateLimited,
        Kind::ProviderDown,
        Kind::KeyRefused,
        Kind::NoCredit,
        Kind::NoModel,
        Kind::TooLong,
        Kind::Filtered,
        Kind::NotTaken,
        Kind::Garbage,
        Kind::Empty,
        Kind::TooMuch,
        Kind::Unfinished,
        Kind::WrongShape,
        Kind::WrongTool,
        Kind::WrongLanguage,
        Kind::Loop,
        Kind::Budget,
        Kind::Deadline,
        Kind::Busy,
        Kind::Resting,
        Kind::NoProvider,
        Kind::Ours,
    ];

    /// Its row of the table.
    #[must_use]
    pub const fn row(self) -> &'static Row {
        match self {
            Kind::NotSent => &NOT_SENT,
            Kind::Forbidden => &FORBIDDEN,
            Kind::TimedOut => &TIMED_OUT,
            Kind::Cut => &CUT,
            Kind::RateLimited => &RATE_LIMITED,
            Kind::ProviderDown => &PROVIDER_DOWN,
            Kind::KeyRefused => &KEY_REFUSED,
            Kind::NoCredit => &NO_CREDIT,
            Kind::NoModel => &NO_MODEL,
            Kind::TooLong => &TOO_LONG,
            Kind::Filtered => &FILTERED,
            Kind::NotTaken => &NOT_TAKEN,
            Kind::Garbage => &GARBAGE,
            Kind::Empty => &EMPTY,
            Kind::TooMuch => &TOO_MUCH,
            Kind::Unfinished => &UNFINISHED,
            Kind::WrongShape => &WRONG_SHAPE,
            Kind::WrongTool => &WRONG_TOOL,
            Kind::WrongLanguage => &WRONG_LANGUAGE,
            Kind::Loop => &LOOP,
            Kind::Budget => &BUDGET,
            Kind::Deadline => &DEADLINE,
            Kind::Busy => &BUSY,
            Kind::Resting => &RESTING,
            Kind::NoProvider => &NO_PROVIDER,
            Kind::Ours => &OURS,
        }
    }

    /// The kind of a word in the ledger.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.row().word == word)
    }
}

const NOT_SENT: Row = Row {
    word: "not_sent",
    again: Again::Same,
    fault: Fault::Provider,
    pt: "Não há conexão com o provedor. Confira o endereço e a internet deste servidor.",
    en: "There is no connection to the provider. Check the address and this server's internet.",
};
const FORBIDDEN: Row = Row {
    word: "forbidden",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "O endereço do provedor não pode ser usado: ele aponta para dentro da rede. Se o modelo roda nesta rede, libere o endereço em PONTE_EGRESS_ALLOW.",
    en: "The provider's address can't be used: it leads inside the network. If the model runs in this network, permit its address in PONTE_EGRESS_ALLOW.",
};
const TIMED_OUT: Row = Row {
    word: "timed_out",
    again: Again::Other,
    fault: Fault::Provider,
    pt: "O provedor não respondeu a tempo. Tente de novo em alguns minutos; se for sempre assim, use outro modelo ou um tempo maior.",
    en: "The provider did not answer in time. Try again in some minutes; if it stays so, use another model or a longer time.",
};
const CUT: Row = Row {
    word: "cut",
    again: Again::Other,
    fault: Fault::Provider,
    pt: "A resposta do modelo parou no meio e foi descartada. Tente de novo.",
    en: "The model's answer stopped in the middle and was discarded. Try again.",
};
const RATE_LIMITED: Row = Row {
    word: "rate_limited",
    again: Again::Other,
    fault: Fault::Provider,
    pt: "O provedor recusou por excesso de pedidos. Espere, ou peça a ele um limite maior.",
    en: "The provider refused because too much was asked. Wait, or ask it for a higher limit.",
};
const PROVIDER_DOWN: Row = Row {
    word: "provider_down",
    again: Again::Other,
    fault: Fault::Provider,
    pt: "O provedor está com problemas. Não há o que corrigir aqui; veja a página de status dele.",
    en: "The provider has problems. There is nothing to correct here; look at its status page.",
};
const KEY_REFUSED: Row = Row {
    word: "key_refused",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "O provedor recusou a chave. Crie outra no site dele e troque com `ponte provider add`.",
    en: "The provider refused the key. Make another on its site and replace it with `ponte provider add`.",
};
const NO_CREDIT: Row = Row {
    word: "no_credit",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "A conta no provedor está sem crédito. Ponha crédito no site dele.",
    en: "The account at the provider has no credit left. Add credit on its site.",
};
const NO_MODEL: Row = Row {
    word: "no_model",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "O provedor não conhece este modelo, ou esta chave não pode usá-lo. Confira o nome do modelo.",
    en: "The provider doesn't know this model, or this key may not use it. Check the model's name.",
};
const TOO_LONG: Row = Row {
    word: "too_long",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "A conversa é longa demais para este modelo. Use um modelo que lê mais, ou instruções mais curtas.",
    en: "The conversation is too long for this model. Use a model that reads more, or shorter instructions.",
};
const FILTERED: Row = Row {
    word: "filtered",
    again: Again::Nobody,
    fault: Fault::Answer,
    pt: "As regras do provedor impediram a resposta. Uma pessoa deve responder.",
    en: "The provider's rules prevented the answer. A person should answer.",
};
const NOT_TAKEN: Row = Row {
    word: "not_taken",
    again: Again::Other,
    fault: Fault::Settings,
    pt: "O provedor não aceita este pedido. Confira o tipo do provedor, o endereço e o modelo; alguns modelos não aceitam ferramentas ou respostas em JSON.",
    en: "The provider doesn't take this request. Check the provider's kind, address and model; some models take no tools or JSON answers.",
};
const GARBAGE: Row = Row {
    word: "garbage",
    again: Again::Other,
    fault: Fault::Provider,
    pt: "O provedor respondeu algo que não é do protocolo dele. Confira o tipo do provedor e o endereço.",
    en: "The provider answered something that is not of its protocol. Check the provider's kind and address.",
};
const EMPTY: Row = Row {
    word: "empty",
    again: Again::Other,
    fault: Fault::Answer,
    pt: "O modelo respondeu vazio.",
    en: "The model's answer was empty.",
};
const TOO_MUCH: Row = Row {
    word: "too_much",
    again: Again::Other,
    fault: Fault::Answer,
    pt: "O modelo respondeu demais, e a resposta foi descartada.",
    en: "The model answered too much, and the answer was discarded.",
};
const UNFINISHED: Row = Row {
    word: "unfinished",
    again: Again::Other,
    fault: Fault::Answer,
    pt: "A resposta bateu no limite de tamanho e ficou pela metade; foi descartada. Aumente o máximo de tokens.",
    en: "The answer ran into its size limit and stayed half; it was discarded. Raise the maximum of tokens.",
};
const WRONG_SHAPE: Row = Row {
    word: "wrong_shape",
    again: Again::Repair,
    fault: Fault::Answer,
    pt: "O modelo não respondeu no formato pedido.",
    en: "The model did not answer in the format it was asked for.",
};
const WRONG_TOOL: Row = Row {
    word: "wrong_tool",
    again: Again::Repair,
    fault: Fault::Answer,
    pt: "O modelo pediu uma ferramenta que não existe, ou com dados inválidos.",
    en: "The model asked for a tool that doesn't exist, or with invalid data.",
};
const WRONG_LANGUAGE: Row = Row {
    word: "wrong_language",
    again: Again::Repair,
    fault: Fault::Answer,
    pt: "O modelo respondeu em outro idioma.",
    en: "The model answered in another language.",
};
const LOOP: Row = Row {
    word: "loop",
    again: Again::Nobody,
    fault: Fault::Answer,
    pt: "O modelo repetiu os mesmos passos e foi interrompido. Uma pessoa deve responder.",
    en: "The model repeated the same steps and was stopped. A person should answer.",
};
const BUDGET: Row = Row {
    word: "budget",
    again: Again::Nobody,
    fault: Fault::Limit,
    pt: "O orçamento para modelos acabou. Aumente o limite, ou espere o próximo período.",
    en: "The budget for models is used up. Raise the limit, or wait for the next period.",
};
const DEADLINE: Row = Row {
    word: "deadline",
    again: Again::Nobody,
    fault: Fault::Limit,
    pt: "O tempo desta resposta acabou.",
    en: "The time for this answer is over.",
};
const BUSY: Row = Row {
    word: "busy",
    again: Again::Other,
    fault: Fault::Limit,
    pt: "Há pedidos demais em andamento com este provedor.",
    en: "Too many requests are under way with this provider.",
};
const RESTING: Row = Row {
    word: "resting",
    again: Again::Other,
    fault: Fault::Limit,
    pt: "Este provedor falhou várias vezes seguidas e descansa um pouco antes da próxima tentativa.",
    en: "This provider failed several times in a row and rests before the next try.",
};
const NO_PROVIDER: Row = Row {
    word: "no_provider",
    again: Again::Nobody,
    fault: Fault::Settings,
    pt: "Nenhum provedor de modelos está configurado. Adicione um com `ponte provider add`.",
    en: "No model provider is set up. Add one with `ponte provider add`.",
};
const OURS: Row = Row {
    word: "ours",
    again: Again::Nobody,
    fault: Fault::Ours,
    pt: "Erro do Ponte ao montar o pedido. Relate o problema com o código mostrado.",
    en: "An error of Ponte's while writing the request. Report it with the code shown.",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_words_of_its_own_and_says_it_in_both_languages() {
        for (at, kind) in Kind::ALL.into_iter().enumerate() {
            let row = kind.row();
            assert_eq!(Kind::of_word(row.word), Some(kind));
            assert_eq!(
                format!("\"{}\"", row.word),
                serde_json::to_string(&kind).unwrap()
            );
            assert!(row.pt.ends_with('.') && row.en.ends_with('.') && row.pt != row.en);
            for other in &Kind::ALL[..at] {
                assert_ne!(other.row().word, row.word);
                assert_ne!(other.row().pt, row.pt);
            }
        }
        assert_eq!(Kind::of_word("nonsense"), None);
    }

    #[test]
    fn only_what_provably_did_not_leave_is_asked_again_of_the_same() {
        let same: Vec<Kind> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.row().again == Again::Same)
            .collect();
        assert_eq!(same, [Kind::NotSent]);
        let ours: Vec<Kind> = Kind::ALL
            .into_iter()
            .filter(|kind| kind.row().ours())
            .collect();
        assert_eq!(ours, [Kind::Ours]);
        for kind in [Kind::Budget, Kind::Deadline, Kind::Loop, Kind::Filtered] {
            assert!(!kind.row().retryable(), "{kind:?}");
        }
    }
}
