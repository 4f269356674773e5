//! The plain loop against translated code on random programs, 20,000 by default.

use crate::check_cases;
use gasworks::Core;
use gasworks_fuzz::tiers::check;

#[test]
fn translated_code_does_what_the_plain_loop_does() {
    let cores = [Core::Translated, Core::Alternating];
    let (cases, successes) = check_cases(20_000, |seed, case, successes: &mut u64| {
        *successes += check(seed, case, &cores)?;
        Ok(())
    });
    let successes: u64 = successes.iter().sum();
    println!("{cases} cases, {successes} of {} runs succeeded", 2 * cases);
    // Programs that all fail would prove little.
    assert!(
        cases < 1_000 || successes * 20 > cases,
        "too few runs succeed"
    );
}
