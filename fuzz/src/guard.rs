//! Panics as results: what a machine under test does wrong must not end the run that finds it.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether this thread wants to know of a panic itself, and what the last one was.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: Cell<Option<String>> = const { Cell::new(None) };
}

/// Runs `work`; a panic is its message and place, and is not printed.
///
/// # Errors
/// The message of a panic.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let others = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            if GUARDED.get() {
                MESSAGE.set(Some(panicked.to_string()));
            } else {
                others(panicked);
            }
        }));
    });
    let outer = GUARDED.replace(true);
    // Machines are made for one case: one that panicked is not used again.
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|_| MESSAGE.take().unwrap_or_else(|| "panicked".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_its_message() {
        assert_eq!(guarded(|| 7), Ok(7));
        let message = guarded(|| panic!("number {}", 7)).expect_err("it panics");
        assert!(
            message.contains("number 7") && message.contains("guard.rs"),
            "{message}"
        );
    }
}
