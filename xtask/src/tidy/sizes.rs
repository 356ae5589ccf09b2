//! Sizes of files, and how much of the code is tests.
//!
//! In: every source file and the ratchet. Out: findings for a file over its limit, for medians and
//! p90s over theirs, and for too few test lines. The limits are those of CONTRIBUTING.md; excess
//! that the ratchet lists may stay but not grow. Absent: functions; `functions` measures those.

use super::source::{File, Language};
use super::{Finding, RATCHET, World};
use std::collections::BTreeMap;

/// A Rust file without its tests: beyond this nobody reads it whole.
const RUST_FILE_MAX: usize = 600;
/// The heart rots first, so it has a size of its own.
const STEP_MAX: usize = 300;
const STEP: &str = "crates/core/src/step.rs";
const SCRIPT_FILE_MAX: usize = 400;
const RUST_MEDIAN_MAX: usize = 150;
const RUST_P90_MAX: usize = 350;
const SCRIPT_P90_MAX: usize = 200;
const TEST_PERCENT_MIN: usize = 80;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) rust_median: usize,
    pub(crate) rust_p90: usize,
    pub(crate) script_p90: usize,
    pub(crate) test_percent: usize,
}

pub(crate) fn figures(files: &[File]) -> Figures {
    let sizes = |language| {
        let of = files
            .iter()
            .filter(|f| f.language == language && !f.is_all_test());
        let mut sizes: Vec<usize> = of.map(File::production_size).collect();
        sizes.sort_unstable();
        sizes
    };
    let rust = sizes(Language::Rust);
    // xtask judges the product and is no part of it.
    let product = files.iter().filter(|f| !f.path.starts_with("xtask/"));
    let lines = product.map(File::code_lines);
    let (production, test) = lines.fold((0, 0), |(p, t), (fp, ft)| (p + fp, t + ft));
    Figures {
        rust_median: percentile(&rust, 50),
        rust_p90: percentile(&rust, 90),
        script_p90: percentile(&sizes(Language::Script), 90),
        test_percent: (test * 100).checked_div(production).unwrap_or(100),
    }
}

/// Test lines per hundred production lines, for each top folder (a crate, the page, the tools).
pub(crate) fn test_percent_by_part(files: &[File]) -> BTreeMap<String, usize> {
    let mut lines: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for file in files.iter().filter(|f| f.language != Language::Other) {
        let deep = if file.path.starts_with("crates/") {
            2
        } else {
            1
        };
        let part = file
            .path
            .split('/')
            .take(deep)
            .collect::<Vec<_>>()
            .join("/");
        let (production, test) = file.code_lines();
        let sum = lines.entry(part).or_default();
        *sum = (sum.0 + production, sum.1 + test);
    }
    let percent = |(production, test): (usize, usize)| (test * 100).checked_div(production);
    lines
        .into_iter()
        .filter_map(|(part, sum)| Some((part, percent(sum)?)))
        .collect()
}

fn percentile(sorted: &[usize], percent: usize) -> usize {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied().unwrap_or(0)
}

/// The most lines that a file may have without the ratchet; none for files that aren't judged.
pub(super) fn limit_of(file: &File) -> Option<usize> {
    match file.language {
        Language::Rust if file.path == STEP => Some(STEP_MAX),
        Language::Rust if !file.is_all_test() => Some(RUST_FILE_MAX),
        Language::Script if !file.is_all_test() => Some(SCRIPT_FILE_MAX),
        Language::Rust | Language::Script | Language::Other => None,
    }
}

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let files = world.files.iter();
    let mut found: Vec<Finding> = files.filter_map(|f| judge_file(f, world)).collect();
    let now = figures(world.files);
    let whole = &world.ratchet.whole;
    let mut over = |what: &str, is: usize, max: usize, held: Option<usize>| {
        let max = held.map_or(max, |h| h.max(max));
        if is > max {
            let message = format!("{what} is {is} lines; at most {max}");
            found.push(Finding::new(RATCHET, 1, "sizes", message));
        }
    };
    over(
        "median Rust file",
        now.rust_median,
        RUST_MEDIAN_MAX,
        whole.rust_median,
    );
    over(
        "p90 of Rust files",
        now.rust_p90,
        RUST_P90_MAX,
        whole.rust_p90,
    );
    over(
        "p90 of script files",
        now.script_p90,
        SCRIPT_P90_MAX,
        whole.script_p90,
    );
    let wanted = whole
        .test_percent
        .map_or(TEST_PERCENT_MIN, |h| h.min(TEST_PERCENT_MIN));
    if now.test_percent < wanted {
        let message = format!(
            "tests are {} % of production lines; at least {wanted} %",
            now.test_percent
        );
        found.push(Finding::new(RATCHET, 1, "sizes", message));
    }
    found
}

fn judge_file(file: &File, world: &World<'_>) -> Option<Finding> {
    let limit = limit_of(file)?;
    let max = world.ratchet.file_lines.get(&file.path).copied();
    let max = max.unwrap_or(limit).max(limit);
    let is = file.production_size();
    (is > max).then(|| {
        let message = format!("{is} lines without tests; at most {max}");
        Finding::new(&file.path, 1, "sizes", message)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{judge, planted};
    use super::*;

    fn messages(files: &[(&str, &str)]) -> Vec<String> {
        judge(check, files).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_file_over_its_limit_is_found_and_its_tests_do_not_count() {
        let tests = format!(
            "fn a() {{}}\n#[cfg(test)]\nmod t {{\n{}}}\n",
            "//\n".repeat(700)
        );
        assert!(
            !messages(&[("a.rs", &tests)])
                .iter()
                .any(|m| m.contains("601"))
        );
        let long = "//\n".repeat(601);
        assert!(
            messages(&[("a.rs", &long)]).contains(&"601 lines without tests; at most 600".into())
        );
        let script = "//\n".repeat(401);
        assert!(messages(&[("a.ts", &script)])[0].starts_with("401 lines"));
    }

    #[test]
    fn the_heart_has_its_own_limit() {
        let long = "//\n".repeat(301);
        assert!(messages(&[(STEP, &long)])[0].contains("at most 300"));
    }

    #[test]
    fn medians_and_test_share_are_found() {
        let found = messages(&[("a.rs", &"let a = 1;\n".repeat(200))]);
        assert!(
            found
                .iter()
                .any(|m| m.starts_with("median Rust file is 200"))
        );
        assert!(found.iter().any(|m| m.contains("tests are 0 %")));
    }

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let sizes: Vec<usize> = (1..=10).collect();
        assert_eq!((percentile(&sizes, 50), percentile(&sizes, 90)), (5, 9));
        assert_eq!(percentile(&[], 50), 0);
        let files = planted(&[("a.rs", "fn a() {}\n"), ("tests/b.rs", "fn b() {}\n")]);
        assert_eq!(figures(&files).test_percent, 100);
        let files = planted(&[
            ("crates/x/src/a.rs", "fn a() {}\nfn b() {}\n"),
            ("crates/x/tests/it/b.rs", "fn c() {}\n"),
            ("xtask/src/main.rs", "fn main() {}\n"),
        ]);
        let parts = test_percent_by_part(&files);
        assert_eq!(
            parts.into_iter().collect::<Vec<_>>(),
            [("crates/x".into(), 50), ("xtask".into(), 0)]
        );
    }
}
