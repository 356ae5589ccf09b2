//! Decides what a provider's error code means: may we try again, whose fault is it, what does a
//! person read and what can they do.
//!
//! In: a code and perhaps a subcode, from the answer to a send, a failed status or a webhook. Out: one
//! row of a closed table; codes nobody has documented get the default row, so a lookup never fails.
//! Absent: the waiting itself ([`crate::pace`]) and the provider's own words, which are kept beside
//! the code. The rows are in `errors/table.rs`.

mod table;

/// What one code means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorRule {
    pub code: i64,
    pub retry: Retry,
    /// A fault of our code, configuration or account; else the message, the person or the channel.
    pub ours: bool,
    pub scope: Scope,
    /// One sentence for people in the inbox, in Portuguese.
    pub person_pt: &'static str,
    /// The same in English.
    pub person_en: &'static str,
    pub todo: Todo,
}

/// When the same send may be tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    No,
    /// Soon, with growing waits and a limit on tries.
    Backoff,
    /// Not before this many seconds.
    After(u32),
    /// The pair limit: wait 4^k seconds.
    Pair4k,
    /// Not within 24 hours: the customer's own cap.
    NextDay,
    /// Once somebody has put right what is wrong; until then it is held, not failed.
    WhenFixed,
}

/// How far a refusal reaches: what else must slow down or stop with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Message,
    /// This number with this customer.
    Pair,
    Number,
    Template,
    Account,
    Token,
}

/// What a person can do about it: a closed list, so that the console can put a button beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Todo {
    Nothing,
    Wait,
    Reconnect,
    Permissions,
    Report,
    Payment,
    UseTemplate,
    Template,
    Media,
    Recipient,
    Quality,
    MetaSupport,
    Register,
    LookInApp,
    Routing,
    Form,
}

impl Todo {
    #[must_use]
    pub fn pt(self) -> &'static str {
        match self {
            Todo::Nothing => "Não há nada a fazer.",
            Todo::Wait => "Aguarde: o Ponte tenta de novo sozinho.",
            Todo::Reconnect => "Reconecte o número em Configurações › Canais.",
            Todo::Permissions => {
                "Dê ao aplicativo as permissões que faltam no Gerenciador da Meta."
            }
            Todo::Report => "É um erro nosso: envie o código ao suporte técnico.",
            Todo::Payment => "Acerte a forma de pagamento no Gerenciador da Meta.",
            Todo::UseTemplate => "Envie um modelo aprovado ou espere o cliente escrever.",
            Todo::Template => "Corrija o modelo ou escolha outro.",
            Todo::Media => "Troque o arquivo por um formato e tamanho aceitos.",
            Todo::Recipient => "Confira o contato com o cliente por outro meio.",
            Todo::Quality => "Envie menos e só a quem espera a mensagem, até a qualidade subir.",
            Todo::MetaSupport => "Abra um chamado no suporte da Meta.",
            Todo::Register => "Conclua o registro do número na Meta.",
            Todo::LookInApp => "Veja a mensagem no aplicativo do celular.",
            Todo::Routing => "Confira quem responde a conversa no Gerenciador da Meta.",
            Todo::Form => "Corrija o formulário (Flow) no Gerenciador da Meta.",
        }
    }

    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Todo::Nothing => "There is nothing to do.",
            Todo::Wait => "Wait: Ponte tries again by itself.",
            Todo::Reconnect => "Reconnect the number in Settings › Channels.",
            Todo::Permissions => "Give the app the missing permissions in Meta's manager.",
            Todo::Report => "This is our mistake: send the code to technical support.",
            Todo::Payment => "Put the payment method right in Meta's manager.",
            Todo::UseTemplate => "Send an approved template, or wait for the customer to write.",
            Todo::Template => "Fix the template or choose another.",
            Todo::Media => "Replace the file by an accepted format and size.",
            Todo::Recipient => "Check the contact with the customer by other means.",
            Todo::Quality => "Send less, and only to those who expect it, until quality recovers.",
            Todo::MetaSupport => "Open a ticket with Meta's support.",
            Todo::Register => "Finish the registration of the number at Meta.",
            Todo::LookInApp => "Look at the message in the phone app.",
            Todo::Routing => "Check who answers the conversation in Meta's manager.",
            Todo::Form => "Fix the form (Flow) in Meta's manager.",
        }
    }
}

/// The rule of a code. A subcode is asked first only where Meta puts the real code there: seven-digit
/// codes, and 33 under 100.
#[must_use]
pub fn lookup(code: i64, subcode: Option<i64>) -> &'static ErrorRule {
    subcode
        .filter(|&sub| sub >= 1_000_000 || (code == 100 && sub == 33))
        .and_then(find)
        .or_else(|| find(code))
        .unwrap_or(&table::UNDOCUMENTED)
}

/// Every documented code with its rule, for the documentation and the console.
#[must_use]
pub fn all() -> &'static [ErrorRule] {
    table::RULES
}

fn find(code: i64) -> Option<&'static ErrorRule> {
    if let Some(rule) = table::RULES.iter().find(|rule| rule.code == code) {
        return Some(rule);
    }
    match code {
        200..=299 => Some(&table::PERMISSION),
        2_388_000..=2_388_999 => Some(&table::TEMPLATE_MANAGEMENT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every code that the provider documents, as of November 2026.
    const DOCUMENTED: &[i64] = &[
        0, 1, 2, 3, 4, 10, 33, 100, 190, 368, 80007, 130_403, 130_429, 130_472, 130_497, 131_000,
        131_005, 131_008, 131_009, 131_016, 131_021, 131_026, 131_031, 131_037, 131_042, 131_045,
        131_047, 131_048, 131_049, 131_050, 131_051, 131_052, 131_053, 131_055, 131_056, 131_057,
        131_060, 131_061, 131_062, 131_063, 131_064, 131_065, 131_070, 132_000, 132_001, 132_005,
        132_007, 132_012, 132_015, 132_016, 132_068, 132_069, 133_000, 133_004, 133_005, 133_006,
        133_008, 133_009, 133_010, 133_015, 133_016, 134_100, 134_101, 134_102, 135_000, 138_006,
        138_038, 147_001, 147_002, 147_003, 147_004, 147_005, 2_494_100, 2_494_191, 2_593_107,
        2_593_108, 2_593_109, 200, 299, 2_388_299,
    ];

    #[test]
    fn every_documented_code_has_a_rule() {
        for &code in DOCUMENTED {
            assert_ne!(lookup(code, None), &table::UNDOCUMENTED, "{code}");
        }
    }

    #[test]
    fn no_code_stands_twice_and_no_row_is_undocumented() {
        for (at, rule) in all().iter().enumerate() {
            assert!(DOCUMENTED.contains(&rule.code), "{}", rule.code);
            assert!(
                all()[at + 1..].iter().all(|other| other.code != rule.code),
                "{}",
                rule.code
            );
        }
    }

    #[test]
    fn an_unknown_code_is_not_tried_again_and_says_so() {
        let rule = lookup(999_999, None);
        assert_eq!((rule.retry, rule.scope), (Retry::No, Scope::Message));
        assert_eq!(lookup(999_999, Some(12)), rule);
        assert_eq!(lookup(i64::MIN, Some(i64::MAX)), rule);
    }

    #[test]
    fn the_subcode_decides_where_meta_puts_the_code_there() {
        assert_eq!(lookup(100, Some(33)).code, 33);
        assert_eq!(lookup(100, Some(2_494_100)).code, 2_494_100);
        assert_eq!(lookup(190, Some(463)).code, 190);
        assert_eq!(lookup(131_000, Some(4)).code, 131_000);
    }

    #[test]
    fn every_sentence_is_one_in_both_languages() {
        for rule in all() {
            for text in [
                rule.person_pt,
                rule.person_en,
                rule.todo.pt(),
                rule.todo.en(),
            ] {
                assert!(
                    text.len() > 10 && text.ends_with('.'),
                    "{}: {text}",
                    rule.code
                );
            }
            assert_ne!(rule.person_pt, rule.person_en);
        }
    }

    #[test]
    fn the_waits_that_the_provider_demands_are_kept() {
        assert_eq!(lookup(131_056, None).retry, Retry::Pair4k);
        assert_eq!(lookup(131_049, None).retry, Retry::NextDay);
        assert_eq!(lookup(131_050, None).retry, Retry::No);
        assert_eq!(lookup(130_429, None).scope, Scope::Number);
        assert_eq!(lookup(190, None).scope, Scope::Token);
        assert_eq!(lookup(133_016, None).retry, Retry::After(72 * 3600));
    }
}
