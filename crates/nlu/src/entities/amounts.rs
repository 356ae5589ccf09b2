//! Money, shares, measures and plain numbers.
//!
//! In: a tokenised line and its language. Out: candidates with integers in hundredths or thousandths.
//! A number with a currency or unit beside it is that; a counted noun ("três pães") is its own unit;
//! what is left is a number. Absent: sums and prices; and time, which [`super::dates`] reads.

use super::numbers::{Number, in_words, number};
use super::value::Currency;
use super::{Candidate, Kind, Value};
use crate::sense::language::Language;
use crate::sense::tokens::{Class, Line};

pub(super) fn find(line: &Line<'_>, language: Language, found: &mut Vec<Candidate>) {
    let mut i = 0;
    while i < line.len() {
        let read = money_before(line, i, language)
            .or_else(|| number(line, i, language).and_then(|n| counted(line, i, n, language)))
            .or_else(|| halves(line, i));
        match read {
            Some((candidate, next)) => {
                found.push(candidate);
                i = next.max(i + 1);
            }
            None => i += 1,
        }
    }
}

type Read = Option<(Candidate, usize)>;

fn read(line: &Line<'_>, kind: Kind, value: Value, span: (usize, usize), confidence: f32) -> Read {
    let range = line.range(span.0, span.1);
    let candidate = Candidate {
        kind,
        value,
        range,
        confidence,
    };
    Some((candidate, span.1))
}

fn money(
    line: &Line<'_>,
    thousandths: i64,
    currency: Currency,
    span: (usize, usize),
    confidence: f32,
) -> Read {
    let cents = thousandths / 10;
    read(
        line,
        Kind::Money,
        Value::Money { cents, currency },
        span,
        confidence,
    )
}

/// "R$ 50", "US$ 20", "€ 10": the sign comes first.
fn money_before(line: &Line<'_>, i: usize, language: Language) -> Read {
    let (currency, at) = match line.word(i) {
        "r" | "rs" if line.word(i + 1) == "$" && line.glued(i + 1) => (Currency::Brl, i + 2),
        "us" | "u" | "usd" if line.word(i + 1) == "$" => (Currency::Usd, i + 2),
        "brl" => (Currency::Brl, i + 1),
        "usd" => (Currency::Usd, i + 1),
        "eur" | "€" => (Currency::Eur, i + 1),
        "rs" => (Currency::Brl, i + 1),
        "$" if language == Language::En => (Currency::Usd, i + 1),
        "$" => (Currency::Brl, i + 1),
        _ => return None,
    };
    let n = number(line, at, language).filter(|n| n.digits)?;
    let (thousandths, next) = with_cents(line, n, language);
    money(line, thousandths, currency, (i, next), 0.97)
}

fn currency_word(word: &str) -> Option<(Currency, f32)> {
    Some(match word {
        "reais" | "real" | "reaus" | "reai" => (Currency::Brl, 0.95),
        "conto" | "contos" | "pila" | "pilas" | "mangos" | "pratas" | "prata" | "paus" => {
            (Currency::Brl, 0.85)
        }
        "dolares" | "dolar" | "dollars" | "dollar" | "bucks" | "usd" => (Currency::Usd, 0.95),
        "euros" | "euro" | "€" | "eur" => (Currency::Eur, 0.95),
        _ => return None,
    })
}

/// A number and what stands behind it.
fn counted(line: &Line<'_>, i: usize, n: Number, language: Language) -> Read {
    let next = n.next;
    if line.word(next) == "%" {
        return read(
            line,
            Kind::Percent,
            Value::Percent {
                thousandths: n.thousandths,
            },
            (i, next + 1),
            0.97,
        );
    }
    if line.is(next, &["por", "per"]) && line.is(next + 1, &["cento", "ciento", "cent"]) {
        return read(
            line,
            Kind::Percent,
            Value::Percent {
                thousandths: n.thousandths,
            },
            (i, next + 2),
            0.95,
        );
    }
    if line.is(next, &["porcento", "percent"]) {
        return read(
            line,
            Kind::Percent,
            Value::Percent {
                thousandths: n.thousandths,
            },
            (i, next + 1),
            0.95,
        );
    }
    let cents = line.is(next, &["centavos", "centavo", "cents"]);
    if cents {
        return money(line, n.thousandths / 100, Currency::Brl, (i, next + 1), 0.9);
    }
    let of = usize::from(line.is(next, &["de"]) && n.thousandths >= 1_000_000_000);
    if let Some((currency, confidence)) = currency_word(line.word(next + of)) {
        let whole = Number {
            next: next + of + 1,
            ..n
        };
        let (thousandths, next) = with_cents(line, whole, language);
        return money(line, thousandths, currency, (i, next), confidence);
    }
    measured(line, i, n)
        .or_else(|| priced(line, i, n))
        .or_else(|| noun(line, i, n, language))
        .or_else(|| plain(line, i, n))
}

/// "dois reais e cinquenta", "10 reais e 50 centavos", "R$ 5 e 50".
fn with_cents(line: &Line<'_>, n: Number, language: Language) -> (i64, usize) {
    let none = (n.thousandths, n.next);
    if !line.is(n.next, &["e", "y", "and", "com"]) {
        return none;
    }
    if line.is(n.next + 1, &["meio", "medio"]) {
        return (n.thousandths + 500, n.next + 2);
    }
    let Some(cents) = number(line, n.next + 1, language) else {
        return none;
    };
    let named = line.is(cents.next, &["centavos", "centavo", "cents"]);
    // "20 reais e 3 pães" has no cents.
    let followed = line.class(cents.next) == Some(Class::Word)
        && !named
        && !line.is(
            cents.next,
            &[
                "no", "na", "de", "por", "pra", "para", "em", "e", "ou", "ta", "cada",
            ],
        );
    if cents.thousandths >= 100_000
        || cents.thousandths % 1000 != 0
        || followed
        || !named && cents.thousandths < 5_000
    {
        return none;
    }
    (
        n.thousandths + cents.thousandths / 100,
        cents.next + usize::from(named),
    )
}

/// The unit's short name and what one of the word is in thousandths of it.
fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "kg" | "kgs" | "quilo" | "quilos" | "kilo" | "kilos" | "kilogramas" | "quilograma"
        | "quilogramas" => "kg",
        "g" | "gr" | "grs" | "grama" | "gramas" | "gramos" | "grams" => "g",
        "mg" | "miligramas" => "mg",
        "l" | "lt" | "lts" | "litro" | "litros" | "liter" | "liters" => "l",
        "ml" | "mililitros" => "ml",
        "m" | "mt" | "mts" | "metro" | "metros" | "meter" | "meters" => "m",
        "cm" | "centimetro" | "centimetros" => "cm",
        "mm" | "milimetros" => "mm",
        "km" | "quilometro" | "quilometros" | "kilometros" => "km",
        "un" | "und" | "unid" | "unidade" | "unidades" | "unidad" | "unit" | "units" | "uni" => {
            "un"
        }
        "caixa" | "caixas" | "cx" | "cxs" | "caja" | "cajas" | "box" | "boxes" => "box",
        "pacote" | "pacotes" | "pct" | "pcts" | "paquete" | "paquetes" | "pack" | "packs" => "pack",
        "par" | "pares" | "pair" | "pairs" => "pair",
        "hora" | "horas" | "hour" | "hours" | "hrs" => "h",
        "min" | "minuto" | "minutos" | "minute" | "minutes" => "min",
        "dia" | "dias" | "day" | "days" => "day",
        "semana" | "semanas" | "week" | "weeks" => "week",
        "mes" | "meses" | "month" | "months" => "month",
        "ano" | "anos" | "anhos" | "year" | "years" => "year",
        "gb" | "giga" | "gigas" => "gb",
        "mb" | "mega" | "megas" => "mb",
        _ => return None,
    })
}

/// "2kg", "um quilo e meio".
fn measured(line: &Line<'_>, i: usize, n: Number) -> Read {
    let name = unit(line.word(n.next))?;
    // "5 m" in "as 5 m"… a single letter must touch its number.
    let touching = line.word(n.next).len() > 1 || line.glued(n.next);
    let half = line.is(n.next + 1, &["e", "y", "and"])
        && line.is(n.next + 2, &["meio", "meia", "medio", "media"]);
    let thousandths = n.thousandths + if half { 500 } else { 0 };
    let next = n.next + 1 + if half { 2 } else { 0 };
    let unit = name.to_owned();
    touching
        .then(|| {
            read(
                line,
                Kind::Quantity,
                Value::Quantity { thousandths, unit },
                (i, next),
                0.9,
            )
        })
        .flatten()
}

/// "meio quilo", "meia hora".
fn halves(line: &Line<'_>, i: usize) -> Read {
    let half = line.is(i, &["meio", "meia", "medio", "media"]) || line.word(i) == "half";
    let name = unit(line.word(i + 1)).filter(|name| *name != "day")?;
    let value = Value::Quantity {
        thousandths: 500,
        unit: name.to_owned(),
    };
    half.then(|| read(line, Kind::Quantity, value, (i, i + 2), 0.9))
        .flatten()
}

/// "custa mil e duzentos", "faz por 80?": words of price make a bare number money.
fn priced(line: &Line<'_>, i: usize, n: Number) -> Read {
    const PRICE: &[&str] = &[
        "custa", "custou", "custam", "valor", "preco", "paguei", "pago", "pagar", "cobraram",
        "cobrou", "cobrado", "troco", "deposito", "fiado", "vale", "pix", "faz", "costs", "paid",
        "price", "cuesta", "pague", "deu",
    ];
    let told = (i.saturating_sub(3)..i).any(|j| line.is(j, PRICE));
    let word_behind = line.class(n.next) == Some(Class::Word)
        && !line.is(
            n.next,
            &[
                "no", "na", "em", "a", "e", "por", "pra", "para", "ou", "com", "cada", "de", "ta",
                "que", "mas", "hoje",
            ],
        );
    let long = n.digits && n.thousandths >= 1_000_000_000;
    if !told || word_behind || long || line.word(n.next) == "x" {
        return None;
    }
    money(line, n.thousandths, Currency::Brl, (i, n.next), 0.6)
}

/// "três pães", "2 camisetas": the counted noun is the unit.
fn noun(line: &Line<'_>, i: usize, n: Number, language: Language) -> Read {
    let word = line.word(n.next);
    let plural = word.ends_with('s') && word.len() >= 4;
    const NO_NOUN: &[&str] = &[
        "depois", "antes", "mais", "menos", "dias", "vezes", "mas", "pois", "apos", "reais",
        "atras", "this", "is", "was", "les", "demais", "vocês", "voces", "eles", "elas", "nos",
        "tras", "entonces",
    ];
    let x = word == "x" && !line.glued(n.next + 1);
    let fits = plural && !NO_NOUN.contains(&word) && line.class(n.next) == Some(Class::Word);
    let small = n.thousandths <= 9_999_000 && n.whole().is_some_and(|w| w > 0);
    if !small || x || !(fits || one_of(line, i, n, language)) {
        return None;
    }
    let value = Value::Quantity {
        thousandths: n.thousandths,
        unit: word.to_owned(),
    };
    read(line, Kind::Quantity, value, (i, n.next + 1), 0.66)
}

/// A plural noun without s: "dozen eggs" is fine already; "2 pizza" counts what people forget to bend.
fn one_of(line: &Line<'_>, i: usize, n: Number, language: Language) -> bool {
    let two = n.whole().is_some_and(|w| (2..100).contains(&w));
    let word = line.word(n.next);
    let begins = i == 0
        || line.is(
            i.wrapping_sub(1),
            &["quero", "manda", "mais", "preciso", "e", ","],
        );
    let common = in_words(line, n.next, language).is_some() || word.len() < 4;
    two && begins
        && !common
        && line.class(n.next) == Some(Class::Word)
        && !line.glued(n.next)
        && unit(word).is_none()
        && !line.is(
            n.next,
            &[
                "horas", "hora", "para", "pela", "manha", "tarde", "noite", "reais", "real",
                "ponto",
            ],
        )
}

fn plain(line: &Line<'_>, i: usize, n: Number) -> Read {
    // "um", "uma" are articles; long digits and those with a leading zero are identifiers.
    let article = !n.digits && n.thousandths == 1000;
    let word = line.word(i);
    let identifier = n.digits && (word.len() > 9 || word.len() > 1 && word.starts_with('0'));
    let inside = line.glued(i) && line.class(i.wrapping_sub(1)) == Some(Class::Word);
    if article || identifier || inside {
        return None;
    }
    let thousandths = n.thousandths;
    read(
        line,
        Kind::Number,
        Value::Number { thousandths },
        (i, n.next),
        0.7,
    )
}
