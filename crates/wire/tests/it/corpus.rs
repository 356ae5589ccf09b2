//! Replays the committed fuzz corpus: what once was interesting must never panic again.
//!
//! In: `fuzz/corpus/<target>/*`. Out: pass, or the panic. The checks are the fuzz targets' own: they
//! are compiled in from the same file, so the two can't drift apart.

#[expect(unreachable_pub, reason = "public for the fuzz targets, private here")]
#[path = "../../../../fuzz/src/lib.rs"]
mod targets;

use crate::golden;
use std::path::Path;

fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let files = golden::files(&root.join(target));
    assert!(files.len() >= 5, "the corpus of {target} is gone");
    for path in files {
        check(&std::fs::read(&path).unwrap());
    }
}

#[test]
fn the_corpus_of_every_target_still_passes() {
    replay("decode", targets::decode);
    replay("signature", targets::signature);
    replay("tag", targets::tag);
    replay("answer", targets::answer);
}

#[test]
fn every_golden_body_is_a_seed() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/decode");
    for (path, bytes) in crate::inbound::bodies() {
        let field = path
            .parent()
            .unwrap()
            .file_name()
            .unwrap()
            .to_str()
            .unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let seed = std::fs::read(corpus.join(format!("{field}-{name}")));
        let same = seed.is_ok_and(|seed| seed == *bytes);
        assert!(same, "run fuzz/seed.sh: {field}/{name} is no seed");
    }
}
