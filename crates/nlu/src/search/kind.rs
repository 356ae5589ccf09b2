//! Tells what a question asks for, and whether a sentence has such a thing.
//!
//! In: a folded question or sentence. Out: a kind of thing (a time, an amount, a place…), and yes or no.
//! Rules on words of three languages; what they don't know is `Other`, which every sentence may answer.
//! Absent on purpose: understanding; intents are another room's.

use super::answer::Asks;
use super::words::fold;

/// What a question asks for.
pub(super) fn asks(question: &str) -> Asks {
    let text = spaced(question);
    let says = |phrases: &[&str]| {
        phrases
            .iter()
            .any(|phrase| text.contains(&format!(" {phrase} ")))
    };
    if says(WHEN) {
        Asks::When
    } else if says(PRICE) {
        Asks::HowMuch
    } else if says(HOW_MANY) {
        Asks::HowMany
    } else if says(&["quanto", "qto", "qnto", "cuanto"]) {
        Asks::HowMuch
    } else if says(WHERE) {
        Asks::Where
    } else if says(WHO) {
        Asks::Who
    } else if says(HOW) {
        Asks::How
    } else if WHETHER
        .iter()
        .any(|verb| text.starts_with(&format!(" {verb} ")))
        || says(WHETHER_ANYWHERE)
    {
        Asks::Whether
    } else if says(WHICH) {
        Asks::Which
    } else {
        Asks::Other
    }
}

/// Whether a sentence has what is asked for; `None` where anything may answer.
pub(super) fn answers(asks: Asks, sentence: &str) -> Option<bool> {
    let text = spaced(sentence);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(&format!(" {word} ")));
    let digits = text.bytes().any(|byte| byte.is_ascii_digit());
    match asks {
        Asks::When => Some(clock(&text) || says(TIMES)),
        Asks::HowMuch => Some(
            sentence.contains("R$")
                || sentence.contains('$')
                || sentence.contains('%')
                || says(FREE),
        ),
        Asks::HowMany => Some(digits || says(AMOUNTS)),
        Asks::Where => Some(says(PLACES) || sentence.contains('@') || sentence.contains(".com")),
        Asks::How | Asks::Whether | Asks::Who | Asks::Which | Asks::Other => None,
    }
}

/// Folded, everything but letters and digits a blank, blanks at both ends.
fn spaced(text: &str) -> String {
    let mut spaced = String::from(" ");
    for letter in fold(text).chars() {
        spaced.push(if letter.is_alphanumeric() {
            letter
        } else {
            ' '
        });
    }
    spaced.push(' ');
    let words: Vec<&str> = spaced.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

/// `9h`, `18h30`, `9 am`, `24 12`: a time or a date.
fn clock(spaced: &str) -> bool {
    spaced.split_whitespace().any(|word| {
        let digits = word.bytes().take_while(u8::is_ascii_digit).count();
        digits > 0 && matches!(word[digits..].chars().next(), Some('h'))
    })
}

#[rustfmt::skip]
const WHEN: &[&str] = &[
    "quando", "que horas", "q horas", "horario", "horarios", "que dia", "q dia", "que dias", "prazo", "prazos", "demora", "demoram",
    "quanto tempo", "qto tempo", "qnto tempo", "quantos dias", "quantas horas", "ate que", "ate quando", "vence", "vencem", "abre",
    "abrem", "fecha", "fecham", "em que ano", "when", "what time", "how long", "opening hours", "open", "cuando", "que hora",
    "cuanto tiempo", "dura", "validade",
];
#[rustfmt::skip]
const PRICE: &[&str] = &[
    "preco", "precos", "valor", "valores", "taxa", "custa", "custam", "custo", "how much", "price", "cost", "precio", "desconto",
];
#[rustfmt::skip]
const HOW_MANY: &[&str] = &[
    "quantos", "quantas", "qtos", "qtas", "how many", "cuantos", "cuantas", "minimo", "minima", "tamanho", "medida", "medidas", "peso",
    "potencia", "capacidade", "quantas vezes",
];
#[rustfmt::skip]
const WHERE: &[&str] = &[
    "onde", "aonde", "endereco", "localizacao", "qual bairro", "cep", "where", "address", "donde", "direccion", "como chegar", "fica a loja",
];
const WHO: &[&str] = &["quem", "who", "quien"];
const HOW: &[&str] = &["como", "how", "de que forma", "de que jeito"];
const WHICH: &[&str] = &["qual", "quais", "que", "which", "what", "cual", "cuales"];
#[rustfmt::skip]
const WHETHER: &[&str] = &[
    "aceita", "aceitam", "tem", "pode", "podem", "posso", "vende", "vendem", "faz", "fazem", "entrega", "entregam", "envia",
    "enviam", "precisa", "e possivel", "existe", "ha", "funciona", "da pra", "da para", "consigo", "parcela", "troca",
    "do you", "can", "is", "are", "does", "tienen", "hay", "puedo",
];
const WHETHER_ANYWHERE: &[&str] = &[
    "vcs tem",
    "voces tem",
    "da pra",
    "da para",
    "posso",
    "pode",
    "vcs aceitam",
    "voces aceitam",
];
#[rustfmt::skip]
const TIMES: &[&str] = &[
    "dia", "dias", "hora", "horas", "minutos", "semana", "semanas", "mes", "meses", "ano", "anos", "segunda", "terca", "quarta",
    "quinta", "sexta", "sabado", "sabados", "domingo", "domingos", "feriado", "feriados", "quintas", "janeiro", "fevereiro", "marco", "abril", "maio",
    "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro", "meio dia", "meia noite", "hoje", "amanha", "am",
    "pm", "days", "hours", "weeks", "months", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
    "lunes", "viernes", "faturas", "fatura",
];
const FREE: &[&str] = &[
    "reais",
    "real",
    "gratis",
    "gratuito",
    "gratuita",
    "gratuitas",
    "cortesia",
    "free",
    "sem custo",
    "por nossa conta",
];
#[rustfmt::skip]
const AMOUNTS: &[&str] = &[
    "gratis", "gratuito", "gratuita", "gratuitas", "cortesia", "um", "uma", "dois", "duas", "tres", "quatro", "cinco", "seis",
    "sete", "oito", "nove", "dez", "free", "sem custo",
];
#[rustfmt::skip]
const PLACES: &[&str] = &[
    "rua", "avenida", "av", "praca", "bairro", "cep", "rodovia", "alameda", "travessa", "estrada", "shopping", "centro", "fica",
    "ficam", "localizada", "localizado", "endereco", "esquina", "ao lado", "site", "pagina", "street", "avenue", "calle", "estamos",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_ask_for_things() {
        for (question, wanted) in [
            ("Que horas vocês abrem?", Asks::When),
            ("qto tempo demora a entrega", Asks::When),
            ("Quanto custa a caneca?", Asks::HowMuch),
            ("qual o preço", Asks::HowMuch),
            ("quanto é o edredom", Asks::HowMuch),
            ("quantas facas vêm", Asks::HowMany),
            ("onde fica a loja", Asks::Where),
            ("Aceita cartão?", Asks::Whether),
            ("da pra parcelar", Asks::Whether),
            ("como faço a troca", Asks::How),
            ("quem faz a entrega", Asks::Who),
            ("qual a cor", Asks::Which),
            ("caneca azul", Asks::Other),
            ("", Asks::Other),
            ("What time do you open?", Asks::When),
            ("how much is it", Asks::HowMuch),
        ] {
            assert_eq!(asks(question), wanted, "{question}");
        }
    }

    #[test]
    fn sentences_have_them_or_not() {
        assert_eq!(answers(Asks::When, "Abrimos às 9h."), Some(true));
        assert_eq!(answers(Asks::When, "De segunda a sexta."), Some(true));
        assert_eq!(answers(Asks::When, "A loja é bonita."), Some(false));
        assert_eq!(answers(Asks::HowMuch, "Custa R$ 30."), Some(true));
        assert_eq!(answers(Asks::HowMuch, "É cortesia."), Some(true));
        assert_eq!(answers(Asks::HowMuch, "Custa pouco."), Some(false));
        assert_eq!(answers(Asks::HowMuch, "Tem 350 ml."), Some(false));
        assert_eq!(answers(Asks::HowMany, "São quatro facas."), Some(true));
        assert_eq!(answers(Asks::HowMany, "São várias."), Some(false));
        assert_eq!(answers(Asks::Where, "Na Rua das Palmeiras."), Some(true));
        assert_eq!(answers(Asks::Where, "Lá longe."), Some(false));
        assert_eq!(answers(Asks::How, "Qualquer coisa."), None);
    }
}
