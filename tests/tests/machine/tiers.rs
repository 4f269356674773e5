//! The plain loop against translated code.
//!
//! 20,000 random programs run by default. `GASWORKS_CASES`, `GASWORKS_SEED` and `GASWORKS_FIRST` ask for others:
//!
//! ```sh
//! GASWORKS_CASES=10000000 GASWORKS_SEED=3 cargo test --release -p gasworks-tests --test machine tiers -- --nocapture
//! ```

use gasworks::Core;
use gasworks_fuzz::tiers::check;
use gasworks_tests::number;

#[test]
fn translated_code_does_what_the_plain_loop_does() {
    let (cases, seed, first) = (
        number("GASWORKS_CASES", 20_000),
        number("GASWORKS_SEED", 1),
        number("GASWORKS_FIRST", 0),
    );
    let cores = [Core::Translated, Core::Alternating];
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let results: Vec<(u64, Vec<String>)> = std::thread::scope(|scope| {
        let work = |worker: u64| {
            let mut successes = 0;
            let mut failures = Vec::new();
            for case in (first..first + cases).filter(|case| case % workers == worker) {
                match check(seed, case, &cores) {
                    Ok(count) => successes += count,
                    Err(failure) => failures.push(failure),
                }
            }
            (successes, failures)
        };
        let handles: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined
            .map(|result| result.expect("a worker panicked"))
            .collect()
    });
    let failures: Vec<&String> = results.iter().flat_map(|(_, failures)| failures).collect();
    for failure in failures.iter().take(2) {
        eprintln!("{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} of {cases} cases differ",
        failures.len()
    );
    let successes: u64 = results.iter().map(|(successes, _)| successes).sum();
    println!("{cases} cases, {successes} of {} runs succeeded", 2 * cases);
    // Programs that all fail would prove little.
    assert!(
        cases < 1_000 || successes * 20 > cases,
        "too few runs succeed"
    );
}
