//! The course of a test: `assume`, `skip`, `breakpoint`.

use super::table::Action;
use super::{ASSUME, Fault, SKIP};

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "assume" => |_, _, given| {
            if given.flag(0)? {
                Ok(Vec::new())
            } else {
                Err(Fault::Data(ASSUME.to_vec()))
            }
        },
        "skip" => |_, call, given| {
            if !given.flag(0)? {
                return Ok(Vec::new());
            }
            if call.depth() > 1 {
                return Err("`skip` can only be used at test level".into());
            }
            let mut reason = SKIP.to_vec();
            reason.extend_from_slice(given.text(1).unwrap_or_default().as_bytes());
            Err(Fault::Data(reason))
        },
        "breakpoint" | "pauseTracing" | "resumeTracing" => |_, _, _| Ok(Vec::new()),
        _ => return None,
    })
}
