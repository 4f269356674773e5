//! What the loop keeps in registers: program counter, stack pointer and gas.
//!
//! Invariants, on which every `unsafe` block below rests:
//! - `base` points at the frame's stack of [`STACK_LIMIT`] words, `base <= top <= base + STACK_LIMIT`, and the words
//!   between `base` and `top` have been written; the loop checks with `has` and `has_room` before an instruction that its
//!   operands and results fit.
//! - `code` points at the padded bytes of the frame's code, which an `Arc` in the frame keeps alive, and `next` at one of
//!   them, at most as far as the end of the code: the padding after it begins with STOP and is as long as the longest
//!   immediate.
//! - The frame is not touched through these pointers after `store` and before the next `load`.

use primitive_types::U256;

use super::frame::{Frame, STACK_LIMIT};

pub(crate) struct Registers {
    pub(super) code: *const u8,
    /// The program counter as a pointer: few instructions want `code`, whose register the processor has for `gas`.
    pub(super) next: *const u8,
    pub(super) base: *mut U256,
    pub(super) top: *mut U256,
    pub(crate) gas: u64,
}

/// Reads a word limb by limb. The processor cannot forward two narrow stores, as arithmetic leaves them, to a wide load,
/// and waits for the cache instead: some 12 cycles. Volatile reads are the ones that the compiler does not join.
///
/// # Safety
/// `word` points at a word.
#[inline(always)]
pub(super) unsafe fn read(word: *const U256) -> U256 {
    let limbs = word.cast::<u64>();
    // SAFETY: a word is four limbs, and the caller vouches for the word.
    unsafe {
        U256([
            limbs.read_volatile(),
            limbs.add(1).read_volatile(),
            limbs.add(2).read_volatile(),
            limbs.add(3).read_volatile(),
        ])
    }
}

impl Registers {
    #[inline(always)]
    pub(super) fn load(frame: &mut Frame) -> Self {
        let base = frame.stack.as_mut_ptr().cast::<U256>();
        // SAFETY: `height` is at most STACK_LIMIT, so this is within the array or one past its end.
        let top = unsafe { base.add(frame.height) };
        let code = frame.code.padded().as_ptr();
        Self {
            code,
            // SAFETY: a program counter is within the code or at its end.
            next: unsafe { code.add(frame.pc) },
            base,
            top,
            gas: frame.gas,
        }
    }

    #[inline(always)]
    pub(super) fn store(&self, frame: &mut Frame) {
        frame.pc = self.pc();
        frame.height = self.height();
        frame.gas = self.gas;
    }

    #[inline(always)]
    fn pc(&self) -> usize {
        self.next as usize - self.code as usize
    }

    #[inline(always)]
    fn height(&self) -> usize {
        (self.top as usize - self.base as usize) / size_of::<U256>()
    }

    /// The instruction that comes next.
    #[inline(always)]
    pub(super) fn peek(&self) -> u8 {
        // SAFETY: as in `fetch`.
        unsafe { *self.next }
    }

    #[inline(always)]
    pub(super) fn fetch(&mut self) -> u8 {
        // SAFETY: `next` is within the padded code (module header): STOP ends the loop before it can leave the padding.
        unsafe {
            let opcode = *self.next;
            self.next = self.next.add(1);
            opcode
        }
    }

    #[inline(always)]
    pub(super) fn has(&self, words: usize) -> bool {
        self.top as usize >= self.base as usize + words * size_of::<U256>()
    }

    #[inline(always)]
    pub(super) fn has_room(&self, words: usize) -> bool {
        self.top as usize <= self.base as usize + (STACK_LIMIT - words) * size_of::<U256>()
    }

    #[inline(always)]
    pub(super) fn charge(&mut self, price: u64) -> bool {
        let (gas, overflow) = self.gas.overflowing_sub(price);
        if overflow {
            return false;
        }
        self.gas = gas;
        true
    }

    #[inline(always)]
    pub(crate) fn pop(&mut self) -> U256 {
        // SAFETY: the loop has checked that the instruction's operands are on the stack.
        unsafe {
            self.top = self.top.sub(1);
            read(self.top)
        }
    }

    /// Takes a word from the stack without reading it.
    #[inline(always)]
    pub(crate) fn discard(&mut self) {
        // SAFETY: as in `pop`.
        unsafe { self.top = self.top.sub(1) };
    }

    #[inline(always)]
    pub(crate) fn push(&mut self, word: U256) {
        // SAFETY: the loop has checked that there is room for the instruction's results.
        unsafe {
            *self.top = word;
            self.top = self.top.add(1);
        }
    }

    #[inline(always)]
    pub(super) fn unary(&mut self, operation: impl Fn(U256) -> U256) {
        let a = self.pop();
        self.push(operation(a));
    }

    #[inline(always)]
    pub(super) fn binary(&mut self, operation: impl Fn(U256, U256) -> U256) {
        let a = self.pop();
        let b = self.pop();
        self.push(operation(a, b));
    }

    #[inline(always)]
    pub(super) fn ternary(&mut self, operation: impl Fn(U256, U256, U256) -> U256) {
        let a = self.pop();
        let b = self.pop();
        let c = self.pop();
        self.push(operation(a, b, c));
    }

    /// The position of the instruction that is executed.
    #[inline(always)]
    pub(crate) fn position(&self) -> u64 {
        self.pc() as u64 - 1
    }

    /// Jumps. The caller has checked that the position is a jump destination.
    #[inline(always)]
    pub(crate) fn jump(&mut self, position: u64) {
        // SAFETY: a jump destination is within the code.
        self.next = unsafe { self.code.add(position as usize) };
    }

    /// Pushes the `N` bytes after the instruction, 32 at most. Without an array in between, which not every build takes apart:
    /// nothing may be on the native stack where instructions call each other in tail position.
    #[inline(always)]
    pub(crate) fn push_immediate<const N: usize>(&mut self) {
        // SAFETY: a push is within the code, and the padding is longer than a word.
        let limb = |place: usize| unsafe {
            let (whole, rest) = (N / 8, N % 8);
            let at =
                |offset: usize| u64::from_be(self.next.add(offset).cast::<u64>().read_unaligned());
            if place < whole {
                at(N - 8 * (place + 1))
            } else if place == whole && rest > 0 {
                at(0) >> (64 - 8 * rest)
            } else {
                0
            }
        };
        let word = U256([limb(0), limb(1), limb(2), limb(3)]);
        // SAFETY: as above.
        self.next = unsafe { self.next.add(N) };
        self.push(word);
    }

    #[inline(always)]
    pub(crate) fn dup<const N: usize>(&mut self) {
        // SAFETY: the loop has checked for N operands and room for one more.
        let word = unsafe { read(self.top.sub(N)) };
        self.push(word);
    }

    #[inline(always)]
    pub(crate) fn swap<const N: usize>(&mut self) {
        // SAFETY: the loop has checked for N + 1 operands; the two words are distinct as N is at least 1. Limb by limb as in
        // `read`, and each at once: eight limbs are more than the processor has registers to spare.
        unsafe {
            let (top, below) = (
                self.top.sub(1).cast::<u64>(),
                self.top.sub(N + 1).cast::<u64>(),
            );
            for limb in 0..4 {
                let (upper, lower) = (
                    top.add(limb).read_volatile(),
                    below.add(limb).read_volatile(),
                );
                top.add(limb).write(lower);
                below.add(limb).write(upper);
            }
        }
    }
}
