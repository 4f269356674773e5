//! Gasworks against revm on generated cases.
//!
//! 2,000 cases run by default. `GASWORKS_CASES` asks for another number, `GASWORKS_SEED` for another seed and
//! `GASWORKS_FIRST` for another first case:
//!
//! ```sh
//! GASWORKS_CASES=200000 GASWORKS_SEED=7 cargo test --release -p gasworks-tests --test machine differential -- --nocapture
//! ```

use gasworks_fuzz::{Statistics, differential::check};
use gasworks_tests::number;

#[test]
fn generated_cases_give_the_same_on_both_machines() {
    let (cases, seed, first) = (
        number("GASWORKS_CASES", 2_000),
        number("GASWORKS_SEED", 1),
        number("GASWORKS_FIRST", 0),
    );
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let results: Vec<(Statistics, Vec<String>)> = std::thread::scope(|scope| {
        let work = |worker: u64| {
            let mut statistics = Statistics::default();
            let mut failures = Vec::new();
            for case in (first..first + cases).filter(|case| case % workers == worker) {
                if let Err(failure) = check(seed, case, &mut statistics) {
                    failures.push(failure);
                }
            }
            (statistics, failures)
        };
        let handles: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined
            .map(|result| result.expect("a worker panicked"))
            .collect()
    });
    let mut statistics = Statistics::default();
    let mut failures = Vec::new();
    for (counts, failed) in results {
        statistics.add(&counts);
        failures.extend(failed);
    }
    println!("{statistics}");
    // A few are enough to see what is wrong.
    for failure in failures.iter().take(3) {
        eprintln!("{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} of {cases} cases differ",
        failures.len()
    );
    // The generator is only worth something as long as its programs do something.
    if cases >= 2_000 {
        assert!(
            statistics.share("success") >= 0.35,
            "too few transactions succeed"
        );
        assert_eq!(statistics.not_executed(), Vec::<&str>::new());
    }
}
