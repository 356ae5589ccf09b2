//! What the bench runs, part by part: each a few plans on the stage and one entry in the report.
//!
//! In: options. Out: a [`Report`]. Limits run before and after ours in every pair, since neighbours
//! come and go; ratios are medians over pairs. Absent: how a run is done (`stage`).

use super::Options;
use super::graph::Mood;
use super::limit::Kind;
use super::load::Shape;
use super::message::POOL;
use super::report::{Pair, Report, Rung};
use super::stage::{Measured, Plan, Stage, Who};
use crate::process::{self, Folder};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Connections of the closed loops: enough to fill a group commit.
const LANES: u64 = 64;
/// Connections of the open loops, so that one slow answer doesn't hold the schedule up.
const OPEN_LANES: u64 = 256;
/// How long commits are counted.
const COMMIT_SECONDS: u32 = 3;
const RATES: [f64; 5] = [50.0, 200.0, 1_000.0, 2_500.0, 5_000.0];

fn plan(who: Who, shape: Shape, lasts: Duration) -> Plan {
    let lanes = if matches!(shape, Shape::Open { .. }) {
        OPEN_LANES
    } else {
        LANES
    };
    Plan {
        who,
        shape,
        lanes,
        pool: POOL,
        lasts,
        mood: Mood::Fine,
        twice: false,
    }
}

pub(crate) async fn all(root: &Path, options: &Options) -> Result<Report, String> {
    let mut stage = Stage::new(root, options).await?;
    let mut report = Report::default();
    let lasts = options.lasts();
    if options.wants("limits") {
        for (kind, shape) in [
            (Kind::Hmac, Shape::ClosedAck),
            (Kind::Sqlite, Shape::ClosedAck),
            (Kind::EchoSqlite, Shape::ClosedAnswer),
        ] {
            let measured = stage.play(plan(Who::Limit(kind), shape, lasts)).await?;
            report
                .limits
                .push((format!("{kind:?}").to_lowercase(), measured));
        }
    }
    if options.wants("acks") {
        let limits = [Kind::Sqlite, Kind::Hmac];
        for kind in limits {
            let pairs = pairs(&mut stage, options, kind, Shape::ClosedAck).await?;
            report
                .pairs
                .push((format!("acks/{kind:?}").to_lowercase(), pairs));
        }
    }
    if options.wants("answers") {
        let pairs = pairs(&mut stage, options, Kind::EchoSqlite, Shape::ClosedAnswer).await?;
        report.pairs.push(("answers/echosqlite".into(), pairs));
    }
    if options.wants("ladder") {
        let rates = if options.quick {
            &RATES[2..3]
        } else {
            &RATES[..]
        };
        for per_second in rates {
            let shape = Shape::Open {
                per_second: *per_second,
            };
            let limit = stage
                .play(plan(Who::Limit(Kind::EchoSqlite), shape, lasts))
                .await?;
            let ours = stage.play(plan(Who::Ours, shape, lasts)).await?;
            report.ladder.push(Rung {
                per_second: *per_second,
                limit,
                ours,
            });
        }
    }
    for (name, plan) in faults(options) {
        if options.wants(name) {
            report.faults.push((name.into(), stage.play(plan).await?));
        }
    }
    if options.wants("overload") {
        let measured = overload(&mut stage, options).await?;
        report.faults.push(("overload".into(), measured));
    }
    if options.wants("examples") {
        report.examples = examples(root, options)?;
    }
    if options.wants("intents") {
        // Training fifteen thousand examples takes most of a minute.
        let most = if options.quick { "2000" } else { "15000" };
        let lines = example(root, "ponte-nlu", "intents", &[most.into()])?;
        report.examples.extend(lines);
    }
    Ok(report)
}

async fn pairs(
    stage: &mut Stage,
    options: &Options,
    kind: Kind,
    shape: Shape,
) -> Result<Vec<Pair>, String> {
    let mut pairs = Vec::new();
    for _ in 0..options.pairs() {
        let lasts = options.lasts();
        let before = stage.play(plan(Who::Limit(kind), shape, lasts)).await?;
        let ours = stage.play(plan(Who::Ours, shape, lasts)).await?;
        let after = stage.play(plan(Who::Limit(kind), shape, lasts)).await?;
        pairs.push(Pair {
            before,
            ours,
            after,
        });
    }
    Ok(pairs)
}

/// Faults at a modest fixed rate, from few customers who write often: what counts is what is lost,
/// doubled or reordered.
fn faults(options: &Options) -> [(&'static str, Plan); 3] {
    let calm = Plan {
        lanes: 16,
        pool: 8,
        ..plan(
            Who::Ours,
            Shape::Open { per_second: 100.0 },
            options.lasts(),
        )
    };
    [
        (
            "redelivery",
            Plan {
                twice: true,
                ..calm
            },
        ),
        (
            "graph-500s",
            Plan {
                mood: Mood::Broken,
                ..calm
            },
        ),
        (
            "graph-130429",
            Plan {
                mood: Mood::Busy,
                ..calm
            },
        ),
    ]
}

/// Ten times what was answered in a closed loop, so that something must give: by 503, not by loss.
async fn overload(stage: &mut Stage, options: &Options) -> Result<Measured, String> {
    let calm = plan(Who::Ours, Shape::ClosedAnswer, Duration::from_secs(2));
    let capacity = stage.play(calm).await?.answers_per_second;
    let shape = Shape::Open {
        per_second: (capacity * 10.0).max(1_000.0),
    };
    let lanes = 4 * OPEN_LANES;
    stage
        .play(Plan {
            lanes,
            ..plan(Who::Ours, shape, options.lasts())
        })
        .await
}

/// Figures that crates print by examples of their own, a line each: steps of the core, commits of
/// the store on each engine.
fn examples(root: &Path, options: &Options) -> Result<Vec<String>, String> {
    let folder = Folder::new(&process::target(root), "bench-examples")?;
    let sqlite = format!("sqlite:{}", folder.0.join("commits.db").display());
    let mut runs = vec![
        ("ponte-core", "steps", Vec::new()),
        (
            "ponte-store",
            "commits",
            vec![sqlite, COMMIT_SECONDS.to_string()],
        ),
    ];
    if let Some(database) = &options.database {
        let arguments = vec![database.clone(), COMMIT_SECONDS.to_string()];
        runs.push(("ponte-store", "commits", arguments));
    }
    let mut lines = Vec::new();
    for (package, name, arguments) in runs {
        lines.extend(example(root, package, name, &arguments)?);
    }
    Ok(lines)
}

/// What one example prints, each line with its name.
fn example(
    root: &Path,
    package: &str,
    name: &str,
    arguments: &[String],
) -> Result<Vec<String>, String> {
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(root)
        .args([
            "run",
            "--release",
            "--locked",
            "--quiet",
            "--package",
            package,
        ])
        .args(["--example", name, "--"])
        .args(arguments);
    let output = cargo.output().map_err(|e| format!("cargo: {e}"))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("example {name}: {why}"));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(text.lines().map(|line| format!("{name}: {line}")).collect())
}
