//! Opens archives without believing what they say about their size.
//!
//! In: the bytes of a DOCX or XLSX. Out: the parts asked for, unpacked up to a limit on all of them
//! together: a small archive can hold terabytes of zeros. Absent on purpose: writing.

use crate::{Kind, Limits, Trouble};
use std::io::{Cursor, Read};

pub(crate) struct Archive<'a> {
    zip: zip::ZipArchive<Cursor<&'a [u8]>>,
    kind: Kind,
    left: usize,
    limit_bytes: usize,
}

/// An office file has some hundreds of parts (pictures, sheets).
const PARTS_MAX: usize = 10_000;

impl<'a> Archive<'a> {
    pub(crate) fn open(
        bytes: &'a [u8],
        kind: Kind,
        limits: &Limits,
    ) -> Result<Archive<'a>, Trouble> {
        let damaged = Trouble::Damaged { kind };
        let zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged.clone())?;
        if zip.len() > PARTS_MAX {
            return Err(damaged);
        }
        Ok(Archive {
            zip,
            kind,
            left: limits.unpacked_bytes,
            limit_bytes: limits.unpacked_bytes,
        })
    }

    /// A part, or `None` where there is none of that name.
    pub(crate) fn part(&mut self, name: &str) -> Result<Option<Vec<u8>>, Trouble> {
        let damaged = Trouble::Damaged { kind: self.kind };
        let part = match self.zip.by_name(name) {
            Ok(part) => part,
            Err(zip::result::ZipError::FileNotFound) => return Ok(None),
            Err(_) => return Err(damaged),
        };
        let mut bytes = Vec::new();
        part.take(self.left as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| damaged)?;
        self.spend(bytes.len())?;
        Ok(Some(bytes))
    }

    /// Unpacks everything once and keeps nothing: what another library will unpack fits.
    pub(crate) fn measure(&mut self, wanted: impl Fn(&str) -> bool) -> Result<(), Trouble> {
        let mut buffer = vec![0; 64 << 10];
        for at in 0..self.zip.len() {
            let mut spent = 0;
            {
                let mut part = self
                    .zip
                    .by_index(at)
                    .map_err(|_| Trouble::Damaged { kind: self.kind })?;
                if !part.name().is_ok_and(|name| wanted(&name)) {
                    continue;
                }
                // A part that breaks in the middle is the other library's to judge.
                while let Ok(count @ 1..) = part.read(&mut buffer) {
                    spent += count;
                    if spent > self.left {
                        break;
                    }
                }
            }
            self.spend(spent)?;
        }
        Ok(())
    }

    fn spend(&mut self, bytes: usize) -> Result<(), Trouble> {
        self.left = self.left.checked_sub(bytes).ok_or(Trouble::Bomb {
            limit_bytes: self.limit_bytes,
        })?;
        Ok(())
    }
}
