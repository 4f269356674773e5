//! The handlers, each in two forms: `TAIL` calls the next one in tail position, which LLVM makes a jump; without it, the
//! handler returns to a loop.
//!
//! For the jump, nothing on the native stack may be alive at the end, or LLVM cannot prove that it is not: a handler has
//! no local whose address it gives away. Whatever needs one is a function of its own that is not inlined.

pub(super) mod control;
pub(super) mod host;
pub(super) mod memory;
pub(super) mod words;
