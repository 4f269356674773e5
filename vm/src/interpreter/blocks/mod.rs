//! The register core: basic blocks that are entered often, translated once.
//!
//! The plain loop defines the machine; this is a faster way to the same results. `translate` follows the stack through a
//! block and leaves [`ir::Block`]s, `verify` proves that they compute what the byte code says, `lower` makes them chains
//! of handlers, and `machine` runs those. Code starts in the plain loop; see [`Translation`] for when it leaves it, and
//! ARCHITECTURE.md for why that is exact.

#[cfg(test)]
mod blocks_test;
mod entries;
mod forms;
mod handlers;
mod ir;
mod lower;
mod machine;
mod policy;
mod table;
mod translate;
mod translation;
#[cfg(any(test, debug_assertions))]
mod verify;
mod window;

pub(crate) use policy::{Policy, Prices};
pub(super) use translation::Translation;

use super::{Context, Exit};
use entries::Entries;
use machine::{Cell, Machine};

/// What the plain loop knows of how often code is come to.
pub(super) struct Heat {
    /// The entries of the code, which the frame that runs keeps; null as long as it has no translation.
    entries: *const Entries,
    /// How often a position is come to before it is translated.
    threshold: u8,
    /// Jumps until the code gets a translation.
    patience: u64,
}

impl Heat {
    /// Nothing will be hot.
    pub(super) fn none() -> Self {
        Self {
            entries: std::ptr::null(),
            threshold: 0,
            patience: u64::MAX,
        }
    }

    /// As the policy says.
    pub(super) fn of(context: &Context<'_, '_>) -> Self {
        let policy = &context.host.policy;
        let translation = context.frame.code.existing_translation(policy);
        Self {
            entries: translation.map_or(std::ptr::null(), |translation| {
                translation.entries() as *const Entries
            }),
            threshold: policy.threshold,
            patience: policy.jumps,
        }
    }

    /// Counts an arrival; whether it was one too many for the plain loop.
    #[inline(always)]
    pub(super) fn arrive(&mut self, position: u64) -> bool {
        if self.entries.is_null() {
            self.patience -= 1;
            return self.patience == 0;
        }
        // SAFETY: the frame that runs keeps its code, and the code its translation.
        let entries = unsafe { &*self.entries };
        entries.arrive(position as usize, self.threshold)
    }
}

impl Context<'_, '_> {
    /// The block at a position that was come to, if it is time for one; null otherwise. Not part of a handler, whose call in
    /// tail position would no longer be a jump.
    #[inline(never)]
    fn block_at(&mut self, position: usize) -> *const Cell {
        let code = &self.frame.code;
        let (prices, policy) = (&self.host.schedule.base, &self.host.policy);
        let block = code
            .translation(policy)
            .and_then(|translation| translation.block_at(code, prices, position));
        block.unwrap_or(std::ptr::null())
    }
}

/// Whether a frame that starts, or goes on after a call, does so in the register core.
#[inline(always)]
pub(super) fn is_warm(context: &Context<'_, '_>) -> bool {
    let (frame, policy) = (&context.frame, &context.host.policy);
    let code = &frame.code;
    frame.resume != 0
        || frame.pc == 0
            && (code.existing_translation(policy).is_some() || code.is_warm(policy.runs))
}

/// Runs the frame's code from its position on, as far as it is translated.
pub(super) fn run(context: &mut Context<'_, '_>) -> Exit {
    let resumed = std::mem::take(&mut context.frame.resume);
    let (policy, position) = (&context.host.policy, context.frame.pc);
    let (code, prices) = (&context.frame.code, &context.host.schedule.base);
    let Some(translation) = code.translation(policy) else {
        return Exit::Untranslated;
    };
    let header: *const Cell = if resumed != 0 {
        std::ptr::with_exposed_provenance(resumed)
    } else {
        match translation.block_at(code, prices, position) {
            Some(header) => header,
            None => return Exit::Untranslated,
        }
    };
    let tail = policy.tail;
    let (pages, length) = translation.entries().raw();
    let base = context.frame.stack.as_mut_ptr().cast();
    let mut machine = Machine {
        base,
        memory: std::ptr::null_mut(),
        size: 0,
        pages,
        length,
        // SAFETY: the height is at most the stack's limit, so that this is within it or one past its end.
        sp: unsafe { base.add(context.frame.height) },
        gas: context.frame.gas,
        pause: Exit::Untranslated,
        pc: context.frame.pc,
        context: std::ptr::from_mut(context).cast(),
    };
    machine.reload_memory();
    // SAFETY: the header is of the frame's code, whose chains are of the policy's form; the stack is canonical between
    // instructions of the plain loop, and where a call returns to.
    unsafe {
        if tail {
            machine.run::<true>(header);
        } else {
            machine.run::<false>(header);
        }
    }
    let Machine {
        pause, pc, sp, gas, ..
    } = machine;
    let frame = &mut *context.frame;
    frame.gas = gas;
    match pause {
        Exit::Enter => frame.pc = pc,
        Exit::Untranslated | Exit::Doomed => {
            frame.pc = pc;
            frame.height = (sp as usize - base as usize) / size_of::<primitive_types::U256>();
        }
        _ => {}
    }
    pause
}
