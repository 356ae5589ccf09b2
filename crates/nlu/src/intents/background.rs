//! Keeps what people write that no business asked for: the generic "none of these" in three languages.
//!
//! In: `background.txt`, patterns that we wrote. Out: lines. Which of them count for a
//! given set of intents, training decides: greetings are no background where an intent greets. Absent:
//! anybody's real messages. Next: `train.rs`.

use std::sync::LazyLock;

/// At most this many lines of one pattern: beyond this they only repeat each other.
const PER_PATTERN_MAX: usize = 20;

static LINES: LazyLock<Vec<String>> = LazyLock::new(|| expand(include_str!("background.txt")));

/// All lines, the same in every run.
pub(super) fn lines() -> &'static [String] {
    &LINES
}

fn expand(file: &str) -> Vec<String> {
    let patterns = file
        .lines()
        .filter(|line| !line.starts_with(['#', '=']) && !line.is_empty());
    patterns.flat_map(spell).collect()
}

/// The lines of one pattern: every choice appears; of combinations only some do.
fn spell(pattern: &str) -> Vec<String> {
    let parts: Vec<Vec<&str>> = pattern
        .split('[')
        .enumerate()
        .flat_map(|(at, part)| match part.split_once(']') {
            Some((choices, rest)) if at > 0 => vec![choices.split('|').collect(), vec![rest]],
            Some(_) | None => vec![vec![part]],
        })
        .collect();
    let all: usize = parts.iter().map(Vec::len).product();
    let longest = parts.iter().map(Vec::len).max().unwrap_or(1);
    let wanted = all.min(PER_PATTERN_MAX).max(longest);
    let mut lines: Vec<String> = (0..wanted)
        .map(|n| {
            // Each further choice turns one step more after each round of the longest.
            let turn = n / longest;
            let pick = |(at, choices): (usize, &Vec<&str>)| {
                choices[(n + turn * at) % choices.len()].to_string()
            };
            parts
                .iter()
                .enumerate()
                .map(pick)
                .collect::<String>()
                .trim()
                .to_string()
        })
        .collect();
    let mut seen = std::collections::BTreeSet::new();
    lines.retain(|line| !line.is_empty() && seen.insert(line.clone()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_many_different_lines_of_many_topics() {
        let texts: std::collections::BTreeSet<&str> = lines().iter().map(|l| l.as_str()).collect();
        assert!(texts.len() >= 1500, "{}", texts.len());
    }

    #[test]
    fn a_pattern_says_every_choice_and_no_more_than_its_share() {
        assert_eq!(spell("só isto"), ["só isto"]);
        let all = spell("[a|b] x [c|d|e]");
        for choice in ["a x", "b x", "x c", "x d", "x e"] {
            assert!(
                all.iter().any(|line| line.contains(choice)),
                "{choice}: {all:?}"
            );
        }
        let many = (0..40).map(|n| n.to_string()).collect::<Vec<_>>().join("|");
        assert_eq!(spell(&format!("[{many}]")).len(), 40);
        assert_eq!(spell(&format!("[{many}] [p|q|r]")).len(), 40);
        assert_eq!(spell("[oi|] "), ["oi"]);
    }

    #[test]
    fn no_line_is_left_with_a_sign_of_the_patterns() {
        assert!(
            lines()
                .iter()
                .all(|line| !line.contains(['[', ']', '|']) && !line.starts_with('='))
        );
    }
}
