//! Ctrl-C, and a request to terminate: the first ends a run in order, the second at once.

use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The exit status of a process that SIGINT has ended, by the convention of shells.
const INTERRUPTED: i32 = 130;

/// A flag that is set when somebody wants the run to end. Where signals cannot be had it is never set, and they end the
/// process as they always do.
pub fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&flag);
    let _ = ctrlc::set_handler(move || {
        if shared.swap(true, Ordering::Relaxed) {
            process::exit(INTERRUPTED);
        }
    });
    flag
}
