//! Seeds: the committed ones are lived through again, and `PONTE_SEEDS=n` draws n new ones.
//!
//! In: `tests/seeds.txt`, one seed per line, and the environment. Out: a failure with its seed, to be
//! added to the file with the fix. Next: `world/people.rs`.

use crate::world::people::live;

fn run(seed: u64) {
    if std::env::var_os("PONTE_TRACE").is_some() {
        let _twice = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(std::io::stderr)
            .try_init();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runtime.block_on(live(seed));
    }));
    if let Err(why) = lived {
        eprintln!("the world of seed {seed} failed; repeat it with PONTE_SEED={seed}");
        std::panic::resume_unwind(why);
    }
}

#[test]
fn the_committed_seeds_live() {
    if let Ok(one) = std::env::var("PONTE_SEED") {
        run(one.parse().unwrap());
        return;
    }
    let seeds = include_str!("../seeds.txt");
    let mut lived = 0;
    for line in seeds.lines().filter(|line| !line.starts_with('#')) {
        run(line.split_whitespace().next().unwrap().parse().unwrap());
        lived += 1;
    }
    assert!(lived >= 20, "{lived} seeds");
}

#[test]
fn new_seeds_live() {
    let Some(count) = std::env::var("PONTE_SEEDS")
        .ok()
        .and_then(|n| n.parse::<u64>().ok())
    else {
        // Without a wish a few fixed ones beyond the committed.
        (1_000..1_060).for_each(run);
        return;
    };
    let first = std::env::var("PONTE_FIRST_SEED")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(10_000_u64);
    (first..first + count).for_each(run);
}
