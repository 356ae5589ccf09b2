//! Plays all cases of a folder, each in a world of its own, some at a time.
//!
//! In: cases and settings. Out: an [`Outcome`] per case, in the order of the cases. A case that panics has
//! failed, and the others go on. Absent: what a case is ([`super::check`]) and what is printed.

use super::check::{self, Case};
use super::expect::Teams;
use super::play;
use super::report::{Failure, Outcome};
use super::world::World;
use crate::both;
use crate::env::Played;
use crate::words::{Both, Lang};
use crate::workspace::convert::Settings;
use crate::workspace::read::of_files;
use crate::workspace::taught::Taught;
use crate::workspace::write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Threads at most: a world is busy, never waiting.
const JOBS_MAX: usize = 8;

/// Plays them, each in a world that knows what the folder teaches. Blocks; belongs on a thread of its own.
#[must_use]
pub fn all(cases: &[Case], settings: &Settings, taught: &Taught) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(cases.len()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = cores.min(JOBS_MAX).min(cases.len()).max(1);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(n) else { return };
                    let outcome = one(case, (settings, taught), n);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    done.push((n, outcome));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, outcome)| outcome).collect()
}

/// Plays the tests that settings hold and that are marked as required. Blocks, as [`all`]. Tests that can't
/// be read have failed. They are played without knowledge: settings hold none.
#[must_use]
pub fn required(settings: &Settings) -> Vec<Outcome> {
    let files = match write::files(settings) {
        Ok(files) => files,
        Err(dangling) => return vec![unread(Both::same(dangling.to_string()))],
    };
    let cases = of_files(&files).and_then(|folder| check::cases(&folder, settings));
    match cases {
        Ok(mut cases) => {
            cases.retain(|case| case.required);
            all(&cases, settings, &Taught::default())
        }
        Err(troubles) => {
            let lines = |lang| {
                troubles
                    .first()
                    .map(|one| one.line(lang))
                    .unwrap_or_default()
            };
            vec![unread(Both {
                pt: lines(Lang::Pt),
                en: lines(Lang::En),
            })]
        }
    }
}

fn unread(why: Both) -> Outcome {
    Outcome {
        file: "tests".into(),
        line: 1,
        name: "tests".into(),
        failures: vec![Failure {
            line: 1,
            expected: both!("testes que se leem", "tests that can be read"),
            came: why,
            ways: Vec::new(),
        }],
    }
}

fn one(case: &Case, folder: (&Settings, &Taught), nth: usize) -> Outcome {
    let played = catch_unwind(AssertUnwindSafe(|| played(case, folder, nth)));
    let failures = played.unwrap_or_else(|_| vec![broken(case, "panicked")]);
    Outcome {
        file: case.file.clone(),
        line: case.line,
        name: case.name.clone(),
        failures,
    }
}

fn played(case: &Case, (base, taught): (&Settings, &Taught), nth: usize) -> Vec<Failure> {
    let time = Played::from(case.begin.at);
    let idle = Arc::clone(&time);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .on_thread_park(move || idle.idle())
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(why) => return vec![broken(case, &why.to_string())],
    };
    let settings = case.settings(base);
    let teams: Teams = settings
        .teams
        .iter()
        .map(|(key, team)| (team.id, key.clone()))
        .collect();
    let nth = u64::try_from(nth).unwrap_or(u64::MAX);
    runtime.block_on(async {
        match World::begin(&time, (&settings, taught), &case.begin, nth).await {
            Ok(mut world) => play::play(&mut world, case, &teams).await,
            Err(why) => vec![broken(case, &why.to_string())],
        }
    })
}

/// The test could not be played at all.
fn broken(case: &Case, why: &str) -> Failure {
    Failure {
        line: case.line,
        expected: both!("um teste que roda", "a test that runs"),
        came: Both::same(why),
        ways: Vec::new(),
    }
}
