//! Sums and differences with their carries.
//!
//! The compiler makes one chain of instructions of a sum, but loses the chain where its last carry is asked for; with the
//! processor's own functions it keeps it.

use primitive_types::U256;

/// One limb of a sum, and the carry.
#[inline(always)]
fn add_limbs(carry: u8, a: u64, b: u64) -> (u64, u8) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut sum = 0;
        let carry = std::arch::x86_64::_addcarry_u64(carry, a, b, &mut sum);
        (sum, carry)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let (sum, carry) = a.carrying_add(b, carry != 0);
        (sum, u8::from(carry))
    }
}

/// One limb of a difference, and the borrow.
#[inline(always)]
fn sub_limbs(borrow: u8, a: u64, b: u64) -> (u64, u8) {
    #[cfg(target_arch = "x86_64")]
    {
        let mut difference = 0;
        let borrow = std::arch::x86_64::_subborrow_u64(borrow, a, b, &mut difference);
        (difference, borrow)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        let (difference, borrow) = a.borrowing_sub(b, borrow != 0);
        (difference, u8::from(borrow))
    }
}

/// The sum, and whether it is 2^256 more.
#[inline(always)]
pub(super) fn add_carry(a: U256, b: U256) -> (U256, bool) {
    let (l0, c) = add_limbs(0, a.0[0], b.0[0]);
    let (l1, c) = add_limbs(c, a.0[1], b.0[1]);
    let (l2, c) = add_limbs(c, a.0[2], b.0[2]);
    let (l3, c) = add_limbs(c, a.0[3], b.0[3]);
    (U256([l0, l1, l2, l3]), c != 0)
}

/// The difference, and whether it is 2^256 less.
#[inline(always)]
pub(super) fn sub_borrow(a: U256, b: U256) -> (U256, bool) {
    let (l0, c) = sub_limbs(0, a.0[0], b.0[0]);
    let (l1, c) = sub_limbs(c, a.0[1], b.0[1]);
    let (l2, c) = sub_limbs(c, a.0[2], b.0[2]);
    let (l3, c) = sub_limbs(c, a.0[3], b.0[3]);
    (U256([l0, l1, l2, l3]), c != 0)
}
