//! Reads spreadsheets: each visible sheet is a table whose first row is its header.
//!
//! In: bytes of an XLSX. Out: one table per sheet under a heading of its name. Dates are written as
//! people in Brazil read them; amounts keep their two decimals. Absent on purpose: formulas (their last
//! result is in the file), styles, hidden sheets.

use crate::archive::Archive;
use crate::build::Builder;
use crate::{Kind, Limits, Place, Trouble};
use calamine::{DataRef, ExcelDateTime, Reader, SheetVisible, Xlsx, XlsxError};
use std::io::Cursor;

const DAMAGED: Trouble = Trouble::Damaged { kind: Kind::Xlsx };

pub(crate) fn read(bytes: &[u8], limits: &Limits, builder: &mut Builder) -> Result<(), Trouble> {
    Archive::open(bytes, Kind::Xlsx, limits)?.measure(|name| name.ends_with(".xml"))?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).map_err(trouble)?;
    let sheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.visible == SheetVisible::Visible)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut left = limits.cells;
    for name in sheets {
        if builder.full() {
            break;
        }
        let (rows, first_row) = sheet_rows(&mut book, &name, &mut left)?;
        builder.heading(1, &name);
        builder.place(Place {
            sheet: Some(name),
            row: first_row,
            page: None,
        });
        builder.table(&rows);
        if left == 0 {
            builder.cut_short("cells");
        }
    }
    Ok(())
}

type Rows = (Vec<Vec<String>>, Option<u32>);

/// A cell can claim to stand in column 16,384; tables for people are narrower.
const COLUMNS_MAX: usize = 256;

fn sheet_rows(
    book: &mut Xlsx<Cursor<&[u8]>>,
    name: &str,
    left: &mut usize,
) -> Result<Rows, Trouble> {
    // A chart has no cells, and is no trouble.
    let mut cells = match book.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(XlsxError::WorksheetNotFound(_)) => return Ok((Vec::new(), None)),
        Err(error) => return Err(trouble(error)),
    };
    let mut rows: Vec<Vec<String>> = Vec::new();
    let (mut current, mut first) = (None, None);
    while let Some(cell) = cells.next_cell().map_err(trouble)? {
        let (row, column) = cell.get_position();
        let text = shown(cell.get_value());
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        if text.is_empty() || column >= COLUMNS_MAX {
            continue;
        }
        if *left == 0 {
            break;
        }
        *left -= 1;
        if current != Some(row) {
            rows.push(Vec::new());
            current = Some(row);
            first.get_or_insert(row + 1);
        }
        if let Some(cells) = rows.last_mut() {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            cells[column] = text;
        }
    }
    Ok((rows, first))
}

fn shown(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::String(text) => text.trim().to_string(),
        DataRef::SharedString(text) => text.trim().to_string(),
        DataRef::Bool(yes) => if *yes { "sim" } else { "não" }.to_string(),
        DataRef::DateTime(moment) => date(moment),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

/// Whole numbers without a fraction, others as prices are written.
fn decimal(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return format!("{number:.0}");
    }
    let two = format!("{number:.2}");
    let shown =
        if (number * 100.0).fract().abs() < 1e-6 || (number * 100.0).fract().abs() > 1.0 - 1e-6 {
            two
        } else {
            number.to_string()
        };
    shown.replace('.', ",")
}

fn date(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, ..) = moment.to_ymd_hms_milli();
    let value = moment.as_f64();
    if value < 1.0 {
        format!("{hour:02}:{minute:02}")
    } else if value.fract() == 0.0 {
        format!("{day:02}/{month:02}/{year}")
    } else {
        format!("{day:02}/{month:02}/{year} {hour:02}:{minute:02}")
    }
}

fn trouble(error: XlsxError) -> Trouble {
    if matches!(error, XlsxError::Password) {
        Trouble::Password
    } else {
        DAMAGED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_people_write_them() {
        for (number, wanted) in [
            (30.0, "30"),
            (29.9, "29,90"),
            (0.125, "0,125"),
            (-1.5, "-1,50"),
            (19.99, "19,99"),
        ] {
            assert_eq!(decimal(number), wanted);
        }
    }
}
