//! Finds Rust functions that are too long to be read at once.
//!
//! In: scrubbed Rust. Out: a finding per production function over 70 lines that the ratchet
//! neither names as a central match (with its own limit and a reason) nor holds at an old excess.
//! Absent: nesting and complexity; length has been enough.

use super::source::{File, Language};
use super::{Finding, World};

/// From the line of `fn` to its closing brace.
const FUNCTION_MAX: usize = 70;

/// A function found in a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) lines: usize,
}

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for file in world.files {
        for function in long_ones(file) {
            let key = format!("{}::{}", file.path, function.name);
            let named = world.ratchet.central.get(&key).map(|c| c.lines);
            let held = world.ratchet.function_lines.get(&key).copied();
            let max = named.or(held).unwrap_or(FUNCTION_MAX).max(FUNCTION_MAX);
            if function.lines > max {
                let message = format!(
                    "{} has {} lines; at most {max}",
                    function.name, function.lines
                );
                found.push(Finding::new(
                    &file.path,
                    function.line,
                    "functions",
                    message,
                ));
            }
        }
    }
    found
}

/// The production functions over the limit.
pub(super) fn long_ones(file: &File) -> Vec<Function> {
    if file.language != Language::Rust || file.is_all_test() {
        return Vec::new();
    }
    functions(file)
        .into_iter()
        .filter(|f| f.lines > FUNCTION_MAX && !file.is_test_line(f.line))
        .collect()
}

fn functions(file: &File) -> Vec<Function> {
    let code = &file.code;
    let starts = code.match_indices("fn ").filter(|(at, _)| {
        let before = code[..*at].bytes().next_back().unwrap_or(b' ');
        !before.is_ascii_alphanumeric() && before != b'_'
    });
    starts
        .filter_map(|(at, _)| {
            let name: String = code[at + 3..]
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            let body = body(&code[at..])?;
            let line = file.line_of(at);
            let lines = file.line_of(at + body) - line + 1;
            (!name.is_empty()).then_some(Function { name, line, lines })
        })
        .collect()
}

/// How far the closing brace of the function's body is; none for a signature in a trait.
fn body(code: &str) -> Option<usize> {
    let mut braces = 0usize;
    let mut others = 0usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' => braces += 1,
            b'}' if braces == 1 => return Some(at),
            b'}' => braces = braces.checked_sub(1)?,
            b'(' | b'[' => others += 1,
            b')' | b']' => others = others.saturating_sub(1),
            b';' if braces == 0 && others == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    #[test]
    fn a_long_function_is_found_with_its_line() {
        let text = format!(
            "fn short() {{}}\n\npub fn long(a: [u8; 2]) {{\n{}}}\n",
            "    a;\n".repeat(70)
        );
        let found = judge(check, &[("a.rs", &text)]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].line, found[0].message.as_str()),
            (3, "long has 72 lines; at most 70")
        );
    }

    #[test]
    fn tests_signatures_and_short_functions_are_fine() {
        let long = "    a;\n".repeat(80);
        let text = format!(
            "trait T {{ fn sign(a: [u8; 4]); }}\nfn f() {{}}\n#[cfg(test)]\nmod t {{ fn g() {{\n{long}}} }}\n"
        );
        assert_eq!(judge(check, &[("a.rs", &text)]), []);
    }

    #[test]
    fn a_function_is_as_long_as_its_own_braces() {
        let file = File::new(
            "a.rs",
            "fn a() {\n  if b { c }\n}\nfn d() -> impl Fn() {\n}\n",
        );
        let found: Vec<_> = functions(&file)
            .into_iter()
            .map(|f| (f.name, f.lines))
            .collect();
        assert_eq!(found, [("a".into(), 3), ("d".into(), 2)]);
    }
}
