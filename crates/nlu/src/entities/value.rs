//! The normalised values of entities, and one spelling for each.
//!
//! In: what the finders read. Out: typed values with integers in stated units, and
//! [`Value::normal`], the spelling that templates, tools and tests compare. Absent: wording for people.
//! Read next: the parent.

use super::dates::When;
use serde::{Deserialize, Serialize};

/// Which money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Brazilian real.
    Brl,
    /// US dollar.
    Usd,
    /// Euro.
    Eur,
}

impl Currency {
    /// The three letters of ISO 4217.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Currency::Brl => "BRL",
            Currency::Usd => "USD",
            Currency::Eur => "EUR",
        }
    }
}

/// A value in one spelling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Value {
    /// Digits only for CPF, CEP and card; upper case for CNPJ and plate; E.164 for phones where the
    /// country is known; lower case for e-mail and PIX keys; links as typed.
    Text {
        /// The value.
        text: String,
    },
    /// A number of one of the workspace's patterns.
    Code {
        /// The pattern's name, such as "pedido".
        pattern: String,
        /// Upper case, with the separators of the mask.
        code: String,
    },
    /// Money.
    Money {
        /// Hundredths of the currency.
        cents: i64,
        /// Which money.
        currency: Currency,
    },
    /// A share.
    Percent {
        /// Thousandths of a percent: 12.5 % is 12500.
        thousandths: i64,
    },
    /// A count or measure.
    Quantity {
        /// Thousandths of the unit.
        thousandths: i64,
        /// The unit's short name, or the counted noun, folded.
        unit: String,
    },
    /// A plain number.
    Number {
        /// Thousandths.
        thousandths: i64,
    },
    /// A moment or span.
    When(When),
    /// A thing of the catalogue.
    Thing {
        /// The catalogue's id.
        id: String,
        /// The name that matched best.
        name: String,
    },
}

impl Value {
    /// The value as one short text: `BRL 1234.56`, `2.5 kg`, `2026-11-22T15:00`.
    #[must_use]
    pub fn normal(&self) -> String {
        match self {
            Value::Text { text } => text.clone(),
            Value::Code { code, .. } => code.clone(),
            Value::Money { cents, currency } => {
                format!("{} {}.{:02}", currency.code(), cents / 100, cents % 100)
            }
            Value::Percent { thousandths } => format!("{} %", decimal(*thousandths)),
            Value::Quantity { thousandths, unit } => format!("{} {unit}", decimal(*thousandths)),
            Value::Number { thousandths } => decimal(*thousandths),
            Value::When(when) => when.normal(),
            Value::Thing { id, .. } => id.clone(),
        }
    }
}

/// Thousandths with no more digits than needed.
fn decimal(thousandths: i64) -> String {
    let part = format!("{:03}", thousandths % 1000);
    let part = part.trim_end_matches('0');
    let whole = thousandths / 1000;
    if part.is_empty() {
        whole.to_string()
    } else {
        format!("{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_spelling() {
        let money = Value::Money {
            cents: 123_405,
            currency: Currency::Brl,
        };
        assert_eq!(money.normal(), "BRL 1234.05");
        assert_eq!(decimal(2_500), "2.5");
        assert_eq!(decimal(12_000), "12");
        assert_eq!(decimal(5), "0.005");
        assert_eq!(
            Value::Percent {
                thousandths: 10_000
            }
            .normal(),
            "10 %"
        );
    }
}
