//! Holds the crate table of ARCHITECTURE.md against the manifests: a crate is a permission.
//!
//! In: the table `crates` (crate, ours it may use, outside crates it may use; `*` = any) and every
//! `Cargo.toml`. Out: a finding per dependency that the table does not grant. Development
//! dependencies are not judged. Absent: licences and sources; cargo-deny holds those (`deny.toml`).

use super::table::{self, Row};
use super::{ARCHITECTURE, Finding, World};

pub(super) fn check(world: &World<'_>) -> Vec<Finding> {
    let text = world.text(ARCHITECTURE).unwrap_or_default();
    let rows = table::rows(text, "crates");
    if rows.is_empty() {
        let message = "has no table after <!-- tidy:crates -->";
        return vec![Finding::new(ARCHITECTURE, 1, "crates", message)];
    }
    let manifests = world
        .files
        .iter()
        .filter(|f| f.path.ends_with("/Cargo.toml") && !f.path.starts_with("fuzz/"));
    manifests
        .flat_map(|file| judge_manifest(&file.path, &file.text, &rows))
        .collect()
}

fn judge_manifest(path: &str, text: &str, rows: &[Row]) -> Vec<Finding> {
    let one = |line, message: String| vec![Finding::new(path, line, "crates", message)];
    let Ok(manifest) = text.parse::<toml::Table>() else {
        return one(1, "is not TOML".into());
    };
    let name = manifest
        .get("package")
        .and_then(|p| p.get("name"))
        .and_then(toml::Value::as_str)
        .unwrap_or_default();
    let Some(row) = rows.iter().find(|r| r.name() == name) else {
        let message = format!("crate `{name}` is not in the table of ARCHITECTURE.md");
        return one(1, message);
    };
    let lints = manifest.get("lints").and_then(|l| l.get("workspace"));
    let mut found = Vec::new();
    if lints.and_then(toml::Value::as_bool) != Some(true) {
        found.extend(one(1, "must say [lints] workspace = true".into()));
    }
    for dependency in dependencies(&manifest) {
        let ours = dependency == "ponte" || dependency.starts_with("ponte-");
        let granted = row.cell(if ours { 1 } else { 2 });
        if !granted.iter().any(|g| g == "*" || *g == dependency) {
            let line = line_naming(text, &dependency);
            found.extend(one(
                line,
                format!("`{name}` may not depend on `{dependency}`"),
            ));
        }
    }
    found
}

fn dependencies(manifest: &toml::Table) -> Vec<String> {
    let tables = ["dependencies", "build-dependencies"];
    let named = tables.iter().filter_map(|t| manifest.get(*t)?.as_table());
    let plain = named.flat_map(|t| t.keys().cloned());
    let targets = manifest.get("target").and_then(toml::Value::as_table);
    let per_target = targets.into_iter().flat_map(|t| t.values());
    plain
        .chain(per_target.flat_map(|t| t.as_table().map(dependencies).unwrap_or_default()))
        .collect()
}

fn line_naming(text: &str, dependency: &str) -> usize {
    let at = text.lines().position(|l| l.starts_with(dependency));
    at.map_or(1, |line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::super::judge;
    use super::*;

    const DOC: &str = "<!-- tidy:crates -->\n| crate | ours | outside |\n|---|---|---|\n| `ponte-core` | | `serde` |\n| `ponte` | `ponte-core` | `*` |\n";

    fn with(manifest: &str) -> Vec<String> {
        let files = [("ARCHITECTURE.md", DOC), ("crates/x/Cargo.toml", manifest)];
        judge(check, &files)
            .into_iter()
            .map(|f| f.message)
            .collect()
    }

    #[test]
    fn what_the_table_grants_passes() {
        let fine = "[package]\nname = \"ponte-core\"\n[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n[dev-dependencies]\nrand = \"1\"\n";
        assert_eq!(with(fine), [""; 0]);
    }

    #[test]
    fn an_outside_crate_in_core_is_found() {
        let bad = "[package]\nname = \"ponte-core\"\n[lints]\nworkspace = true\n[dependencies]\ntokio = \"1\"\n";
        assert_eq!(with(bad), ["`ponte-core` may not depend on `tokio`"]);
    }

    #[test]
    fn one_of_ours_needs_its_own_grant_even_where_any_outside_crate_is_fine() {
        let bad = "[package]\nname = \"ponte\"\n[lints]\nworkspace = true\n[target.x.dependencies]\nponte-sim = \"1\"\nhyper = \"1\"\n";
        assert_eq!(with(bad), ["`ponte` may not depend on `ponte-sim`"]);
    }

    #[test]
    fn a_crate_without_row_or_lints_is_found() {
        assert!(with("[package]\nname = \"attic\"\n")[0].contains("not in the table"));
        assert!(with("[package]\nname = \"ponte\"\n")[0].contains("[lints]"));
    }
}
