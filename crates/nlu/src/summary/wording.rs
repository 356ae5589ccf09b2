//! The sentences of a summary in three languages, and the words by which it chooses.
//!
//! In: which sentence, and what it quotes. Out: text for a person of the business. Absent: anything the
//! conversation did not say.

use crate::sense::language::Language;

/// A sentence with places for quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phrase {
    Wants,
    WantsTwo,
    WantsUnknown,
    AssistantSaid,
    PersonSaid,
    NothingSaid,
    Unanswered,
    Asked,
    Promised,
    Thanked,
    Waiting,
    NothingOpen,
}

pub(super) fn phrase(language: Language, phrase: Phrase, quotes: &[&str]) -> String {
    let [pt, en, es] = wordings(phrase);
    let shape = match language {
        Language::Pt => pt,
        Language::En => en,
        Language::Es => es,
    };
    let mut rest = shape;
    let mut text = String::new();
    // One quote per place, in order; a quote is not searched for places.
    for quote in quotes {
        let Some((before, after)) = rest.split_once("{}") else {
            break;
        };
        text.push_str(before);
        text.push_str(quote);
        rest = after;
    }
    text.push_str(rest);
    text
}

fn wordings(phrase: Phrase) -> [&'static str; 3] {
    match phrase {
        Phrase::Wants => [
            "O cliente quer: “{}”",
            "The customer wants: “{}”",
            "El cliente quiere: “{}”",
        ],
        Phrase::WantsTwo => [
            "O cliente quer: “{}” e depois: “{}”",
            "The customer wants: “{}” and then: “{}”",
            "El cliente quiere: “{}” y después: “{}”",
        ],
        Phrase::WantsUnknown => [
            "O cliente ainda não disse o que quer.",
            "The customer has not said yet what they want.",
            "El cliente todavía no dijo qué quiere.",
        ],
        Phrase::AssistantSaid => [
            "O assistente respondeu: “{}”",
            "The assistant answered: “{}”",
            "El asistente respondió: “{}”",
        ],
        Phrase::PersonSaid => [
            "A equipe respondeu: “{}”",
            "The team answered: “{}”",
            "El equipo respondió: “{}”",
        ],
        Phrase::NothingSaid => [
            "Ainda não houve resposta.",
            "Nothing was answered yet.",
            "Todavía no hubo respuesta.",
        ],
        Phrase::Unanswered => [
            "Falta responder: “{}”",
            "To be answered: “{}”",
            "Falta responder: “{}”",
        ],
        Phrase::Asked => [
            "Esperando o cliente responder: “{}”",
            "Waiting for the customer to answer: “{}”",
            "Esperando que el cliente responda: “{}”",
        ],
        Phrase::Promised => [
            "Ficou combinado: “{}”",
            "It was promised: “{}”",
            "Quedó acordado: “{}”",
        ],
        Phrase::Thanked => [
            "Nada em aberto: o cliente agradeceu.",
            "Nothing open: the customer said thanks.",
            "Nada pendiente: el cliente agradeció.",
        ],
        Phrase::Waiting => [
            "Respondido; esperando o cliente.",
            "Answered; waiting for the customer.",
            "Respondido; esperando al cliente.",
        ],
        Phrase::NothingOpen => ["Nada em aberto.", "Nothing open.", "Nada pendiente."],
    }
}

/// Folded, as tokens with single spaces.
pub(super) const PROMISES: &[&str] = &[
    "vou verificar",
    "vou ver",
    "vamos verificar",
    "vamos ver",
    "te aviso",
    "aviso voce",
    "retorno",
    "retornamos",
    "vou encaminhar",
    "vamos enviar",
    "vou enviar",
    "sera enviado",
    "sera entregue",
    "sera feito",
    "ate amanha",
    "te ligo",
    "vou resolver",
    "vamos resolver",
    "fica pronto",
    "fica agendado",
    "ficou agendado",
    "agendado",
    "agendei",
    "reservado",
    "sai hoje",
    "chega",
    "i will",
    "we will",
    "i ' ll",
    "we ' ll",
    "will be",
    "voy a",
    "vamos a",
    "le aviso",
    "sera enviada",
    "vai chegar",
    "estorno",
    "vai receber",
    "em ate",
    "dentro de",
];
pub(super) const THANKS: &[&str] = &[
    "obrigado",
    "obrigada",
    "obg",
    "valeu",
    "vlw",
    "brigado",
    "brigada",
    "agradeco",
    "thanks",
    "thank you",
    "gracias",
    "perfeito",
    "combinado",
    "beleza",
    "resolvido",
    "ok",
    "ta bom",
    "show",
    "otimo",
    "certo",
    "blz",
];
pub(super) const WISHES: &[&str] = &[
    "quero",
    "queria",
    "gostaria",
    "preciso",
    "quanto",
    "como",
    "qual",
    "quando",
    "onde",
    "posso",
    "pode",
    "tem",
    "cade",
    "trocar",
    "cancelar",
    "comprar",
    "nao chegou",
    "nao recebi",
    "nao funciona",
    "quebrado",
    "defeito",
    "errado",
    "want",
    "need",
    "would like",
    "how",
    "when",
    "where",
    "can",
    "cancel",
    "broken",
    "quiero",
    "necesito",
    "quisiera",
    "cuanto",
    "cuando",
    "donde",
    "puedo",
    "kero",
    "qro",
    "atrasado",
    "veio",
    "vocês",
    "voces",
    "vcs",
];
pub(super) const GREETINGS: &[&str] = &[
    "bom dia",
    "boa tarde",
    "boa noite",
    "oi",
    "ola",
    "tudo bem",
    "hello",
    "hi",
    "good morning",
    "hola",
    "buenos dias",
    "obrigado",
    "obrigada",
    "valeu",
    "como posso ajudar",
    "how can i help",
    "seja bem - vindo",
    "sou a assistente",
    "sou o assistente",
];
