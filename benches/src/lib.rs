//! What the benches share: programs with their expected results, and the two machines that run them.
//!
//! A program is a contract with call data and a small state. [`Ours`] and [`Peer`] each run it in two ways: as a bare
//! message on a machine whose caches are warm, and as a whole transaction. Both have the database in memory, the same fork,
//! and no limit on the gas of a transaction; both throw the changes away, so that every run starts from the same state.
#![forbid(unsafe_code)]

mod clock;
mod inputs;
mod machine;
mod measure;
mod ours;
mod peer;
mod program;
mod table;
mod worst;

pub use clock::thread_time;
pub use inputs::{Input, inputs};
pub use machine::{Machine, Mode, Observed, Status};
pub use measure::{Measured, calibrate, in_turn, mean, median, sample, warm_up};
pub use ours::Ours;
pub use peer::Peer;
pub use program::{Account, Environment, Expected, LoadError, Program, Source, load};
pub use table::Table;
pub use worst::{Pattern, Size, patterns};

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn our_own_programs_give_on_both_machines_what_they_must() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs/programs.json");
        let (source, programs) = load(Some(file)).expect("our own file");
        assert_eq!(source, Source::File);
        assert!(!programs.is_empty());
        for program in &programs {
            for mode in [Mode::Call, Mode::Transaction] {
                let expected = program.expected(mode);
                let (mut ours, mut peer) = (Ours::new(program), Peer::new(program));
                // Twice, because what a machine keeps from the first run must not show in the second.
                for _ in 0..2 {
                    assert_eq!(
                        ours.observe(mode),
                        expected,
                        "{} {mode:?} gasworks",
                        program.name
                    );
                    assert_eq!(
                        peer.observe(mode),
                        expected,
                        "{} {mode:?} revm",
                        program.name
                    );
                }
            }
        }
    }

    #[test]
    fn a_malformed_set_is_an_error_with_its_place() {
        let file =
            std::env::temp_dir().join(format!("gasworks-benches-{}.json", std::process::id()));
        std::fs::write(&file, br#"[{"name": "x", "group": "g", "code": "0x0"}]"#).expect("written");
        let error = load(Some(file.clone())).expect_err("an odd number of digits");
        std::fs::remove_file(&file).expect("removed");
        assert!(error.to_string().contains("odd number"), "{error}");
        assert!(load(Some(file)).is_err());
    }
}
