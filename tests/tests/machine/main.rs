//! The machine against itself and others, in the form that users get: one program, since to link a release build of it
//! takes minutes.
//!
//! `GASWORKS_CASES` asks for another number of generated cases, `GASWORKS_SEED` for another seed and `GASWORKS_FIRST`
//! for another first case:
//!
//! ```sh
//! GASWORKS_CASES=200000 GASWORKS_SEED=7 cargo test --release -p gasworks-tests --test machine differential -- --nocapture
//! ```

mod differential;
mod handlers;
mod tiers;

use gasworks_tests::number;

/// Checks generated cases on all cores, `check` by seed and case, and asserts that none fails. Gives the number of cases
/// and what each core gathered.
fn check_cases<T: Default + Send>(
    default: u64,
    check: impl Fn(u64, u64, &mut T) -> Result<(), String> + Sync,
) -> (u64, Vec<T>) {
    let (cases, seed, first) = (
        number("GASWORKS_CASES", default),
        number("GASWORKS_SEED", 1),
        number("GASWORKS_FIRST", 0),
    );
    let workers = std::thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let work = |worker: u64| {
        let mut gathered = T::default();
        let mut failures = Vec::new();
        for case in (first..first + cases).filter(|case| case % workers == worker) {
            failures.extend(check(seed, case, &mut gathered).err());
        }
        (gathered, failures)
    };
    let (gathered, failures): (Vec<T>, Vec<Vec<String>>) = std::thread::scope(|scope| {
        let handles: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || work(worker)))
            .collect();
        let joined = handles.into_iter().map(|handle| handle.join());
        joined
            .map(|result| result.expect("a worker panicked"))
            .unzip()
    });
    let failures = failures.concat();
    // A few are enough to see what is wrong.
    for failure in failures.iter().take(3) {
        eprintln!("{failure}");
    }
    assert!(
        failures.is_empty(),
        "{} of {cases} cases differ",
        failures.len()
    );
    (cases, gathered)
}
