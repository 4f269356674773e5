//! Looks at instructions for those who want that: coverage, and the cheatcodes that concern single ones.

use gasworks::Halt;
use gasworks::inspect::{Inspector, Step};

use super::cheats::watched::{DESTRUCTIONS, Watched};
use super::coverage::Recorder;

static ALL: [bool; 256] = [true; 256];

/// Passes instructions on.
pub(super) struct Watcher<'a> {
    pub(super) recorder: Option<&'a mut Recorder>,
    pub(super) watched: Watched,
}

impl Watcher<'_> {
    /// Whether nobody wants to see any.
    pub(super) fn is_idle(&self) -> bool {
        self.recorder.is_none() && self.watched.is_idle()
    }
}

impl Inspector for Watcher<'_> {
    fn instructions(&self) -> &'static [bool; 256] {
        if self.recorder.is_some() || self.watched.wants_all() {
            &ALL
        } else {
            &DESTRUCTIONS
        }
    }

    fn step(&mut self, step: &Step<'_>) {
        if let Some(recorder) = &mut self.recorder {
            recorder.step(step);
        }
        self.watched.step(step);
    }

    fn step_end(&mut self, _: u64, halt: Option<Halt>) {
        self.watched.step_end(halt);
    }
}
