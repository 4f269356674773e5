//! Gasworks against revm on generated cases, 2,000 by default.

use crate::check_cases;
use gasworks_fuzz::{Statistics, differential::check};

#[test]
fn generated_cases_give_the_same_on_both_machines() {
    let (cases, gathered) = check_cases(2_000, check);
    let mut statistics = Statistics::default();
    for counts in &gathered {
        statistics.add(counts);
    }
    println!("{statistics}");
    // The generator is only worth something as long as its programs do something.
    if cases >= 2_000 {
        assert!(
            statistics.share("success") >= 0.35,
            "too few transactions succeed"
        );
        assert_eq!(statistics.not_executed(), Vec::<&str>::new());
    }
}
