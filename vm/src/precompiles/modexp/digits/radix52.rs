//! Digits of 52 bits, which the instructions of AVX-512 IFMA multiply.

/// Bits of a digit.
pub(super) const BITS: usize = 52;
/// A digit with all bits set.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// A digit of a number in limbs, both least significant first.
pub(super) fn digit(limbs: &[u64], position: usize) -> u64 {
    let limb = |position: usize| u128::from(limbs.get(position).copied().unwrap_or(0));
    let (place, shift) = place(position);
    let pair = limb(place + 1) << 64 | limb(place);
    (pair >> shift) as u64 & MASK
}

/// The limb in which a digit begins, and the bits below it there.
pub(super) fn place(position: usize) -> (usize, usize) {
    (position * BITS / 64, position * BITS % 64)
}
