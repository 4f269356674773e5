//! Stack comments.

use crate::definitions::Loaded;
use crate::session::Session;

/// Checks the stack comments of a program.
pub(crate) fn check(_session: &mut Session<'_>, _loaded: &Loaded) {}
