//! The words of the calendar in three languages, folded.
//!
//! In: a word. Out: which weekday or month it names, or whether it stands in one of the small lists.
//! Absent: grammar, which is in the readers beside this file.

/// Days counted from Monday.
pub(super) fn weekday(word: &str) -> Option<i64> {
    Some(match word {
        "segunda" | "seg" | "segundafeira" | "monday" | "mon" | "lunes" => 0,
        "terca" | "tersa" | "tercafeira" | "tuesday" | "tue" | "martes" => 1,
        "quarta" | "qua" | "quartafeira" | "wednesday" | "wed" | "miercoles" => 2,
        "quinta" | "qui" | "quintafeira" | "thursday" | "thu" | "jueves" => 3,
        "sexta" | "sextafeira" | "friday" | "fri" | "viernes" => 4,
        "sabado" | "sab" | "saturday" => 5,
        "domingo" | "sunday" => 6,
        _ => return None,
    })
}

/// Weekdays that are other words too ("ter", "segunda via"): only where what is around agrees.
pub(super) const ORDINALS: &[&str] = &["segunda", "terca", "quarta", "quinta", "sexta"];

/// What an ordinal counts: "segunda via", "quinta parcela".
pub(super) const COUNTED: &[&str] = &[
    "via",
    "vez",
    "vezes",
    "parcela",
    "parte",
    "opcao",
    "loja",
    "unidade",
    "compra",
    "tentativa",
    "mensagem",
    "pessoa",
    "foto",
    "rua",
    "avenida",
    "etapa",
    "fase",
    "filha",
    "casa",
    "mao",
    "linha",
    "geracao",
    "edicao",
    "aula",
    "semana",
    "dose",
    "fatura",
    "cobranca",
    "reclamacao",
    "pergunta",
    "questao",
    "avaliacao",
    "temporada",
    "guerra",
    "maior",
    "melhor",
    "coluna",
    "pagina",
    "posicao",
    "serie",
    "camada",
    "cor",
    "caixa",
    "coisa",
    "entrega",
    "nota",
    "prestacao",
    "mensalidade",
    "porta",
    "esquerda",
    "direita",
];

/// Streets are named after dates ("Rua 25 de Março").
pub(super) const STREETS: &[&str] = &[
    "rua", "r", "av", "avenida", "praca", "travessa", "calle", "largo", "loja",
];

pub(super) fn month(word: &str) -> Option<i8> {
    Some(match word {
        "janeiro" | "jan" | "january" | "enero" => 1,
        "fevereiro" | "fev" | "february" | "feb" | "febrero" => 2,
        "marco" | "march" | "marzo" => 3,
        "abril" | "abr" | "april" | "apr" => 4,
        "maio" | "may" | "mayo" => 5,
        "junho" | "jun" | "june" | "junio" => 6,
        "julho" | "jul" | "july" | "julio" => 7,
        "agosto" | "ago" | "august" | "aug" => 8,
        "setembro" | "set" | "september" | "sept" | "sep" | "septiembre" => 9,
        "outubro" | "out" | "october" | "oct" | "octubre" => 10,
        "novembro" | "nov" | "november" | "noviembre" => 11,
        "dezembro" | "dez" | "december" | "dec" | "diciembre" => 12,
        _ => return None,
    })
}

/// Words that tell of the past before a date.
pub(super) const PAST: &[&str] = &[
    "comprei",
    "compramos",
    "comprou",
    "chegou",
    "recebi",
    "recebemos",
    "paguei",
    "fiz",
    "fizemos",
    "foi",
    "pedi",
    "pedimos",
    "veio",
    "desde",
    "falei",
    "bought",
    "ordered",
    "received",
    "since",
    "saiu",
    "ligaram",
    "enviaram",
    "mandei",
    "fui",
    "liguei",
    "cobraram",
    "cobrou",
    "venceu",
    "enviei",
    "tentei",
    "estive",
    "entregaram",
    "aconteceu",
    "contratei",
    "assinei",
    "cancelei",
    "paid",
    "arrived",
    "pague",
    "recibi",
    "llego",
    "retirei",
];

/// Small words between the pieces of one expression.
pub(super) const BETWEEN: &[&str] = &[
    ",", "de", "da", "do", "na", "no", "pela", "la", "a", "umas", "por", "in", "the", "on", "at",
    "en", "el", "del", "(", ")", "of", "para", "pra", "-", "ao", "ate", "al",
];

/// What may stand behind a time without making it a count of something.
pub(super) const AFTER_TIME: &[&str] = &[
    "da", "de", "do", "e", "em", "h", "hs", "hrs", "hora", "horas", "no", "na", "hoje", "amanha",
    "ou", "por", "pra", "para", "com", "ta", "pode", "ok", "am", "pm", "a", "as", "ate", "eu",
    "voces", "vcs", "que", "mas", "in", "on", "at", "to", "tomorrow", "today", "please", "and",
    "or", "la", "y", "o", "en", "manana", "hoy", "certo", "beleza", "pfv", "ponto", "segunda",
    "terca", "quarta", "quinta", "sexta", "sabado", "domingo", "blz", "fica", "seria", "is",
    "works", "vai", "sim", "nao", "tem", "se", "quando", "aqui", "ai", "for", "del",
];

/// Units that offsets count, as days, weeks, months, years, minutes and hours.
pub(super) fn unit(word: &str) -> Option<Unit> {
    Some(match word {
        "minuto" | "minutos" | "min" | "mins" | "minutinhos" | "minutinho" | "minute"
        | "minutes" => Unit::Minutes,
        "hora" | "horas" | "h" | "hs" | "hrs" | "horinha" | "hour" | "hours" => Unit::Hours,
        "dia" | "dias" | "day" | "days" => Unit::Days,
        "semana" | "semanas" | "week" | "weeks" => Unit::Weeks,
        "mes" | "meses" | "month" | "months" => Unit::Months,
        "ano" | "anos" | "year" | "years" => Unit::Years,
        _ => return None,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Minutes,
    Hours,
    Days,
    Weeks,
    Months,
    Years,
}
