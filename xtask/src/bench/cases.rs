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
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Connections of the closed loops: enough to fill a group commit.
const LANES: u64 = 64;
/// Connections of the open loops, so that one slow answer doesn't hold the schedule up.
const OPEN_LANES: u64 = 256;
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
        report.examples = examples(root);
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

/// Figures that crates print by examples of their own, one line each.
fn examples(root: &Path) -> Vec<String> {
    let known = [
        ("ponte-core", "crates/core/examples/steps.rs", "steps"),
        ("ponte-store", "crates/store/examples/commits.rs", "commits"),
    ];
    let there = known.iter().filter(|(_, path, _)| root.join(path).exists());
    there
        .flat_map(|(package, _, example)| {
            let run = Command::new("cargo")
                .current_dir(root)
                .args([
                    "run",
                    "--release",
                    "--locked",
                    "--quiet",
                    "--package",
                    package,
                ])
                .args(["--example", example])
                .output();
            let text = match run {
                Ok(output) => String::from_utf8_lossy(&output.stdout).into_owned(),
                Err(why) => why.to_string(),
            };
            let lines = text.lines().map(|line| format!("{example}: {line}"));
            lines.collect::<Vec<_>>()
        })
        .collect()
}
