//! Copying bytes, whose fast way depends on where they lie.
//!
//! C libraries copy many bytes by `rep movsb`. AMD's Zen 3 carries that out at a twentieth of its speed where the
//! destination comes up to 31 bytes after the source modulo a page, which is how two large allocations often lie, and
//! what a program can choose for MCOPY. Copied in pieces so small that the library uses vectors, they take as long as
//! anywhere else.

const PAGE: usize = 4096;

/// Libraries use vectors for pieces of this size: glibc begins with `rep movsb` at 2 KiB or more.
const PIECE: usize = 2048 - 64;

/// Whether `rep movsb` could be slow.
#[inline(always)]
fn is_slow(to: *const u8, from: *const u8, length: usize) -> bool {
    length > PIECE && matches!(to.addr().wrapping_sub(from.addr()) % PAGE, 1..32)
}

/// Copies between slices of the same length.
#[inline]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    if !is_slow(to.as_ptr(), from.as_ptr(), from.len()) {
        return to.copy_from_slice(from);
    }
    for (to, from) in to.chunks_mut(PIECE).zip(from.chunks(PIECE)) {
        to.copy_from_slice(from);
    }
}

/// Copies within a slice; the two places may overlap.
#[inline]
pub(crate) fn copy_within(bytes: &mut [u8], from: usize, to: usize, length: usize) {
    let overlaps_forward = from < to && to - from < length;
    // From the end on, libraries use vectors anyway.
    if overlaps_forward || !is_slow(bytes[to..].as_ptr(), bytes[from..].as_ptr(), length) {
        return bytes.copy_within(from..from + length, to);
    }
    for start in (0..length).step_by(PIECE) {
        let piece = PIECE.min(length - start);
        let from = from + start;
        bytes.copy_within(from..from + piece, to + start);
    }
}

/// Appends a slice.
#[inline]
pub(crate) fn extend(to: &mut Vec<u8>, from: &[u8]) {
    to.reserve(from.len());
    if !is_slow(
        to.as_ptr().wrapping_add(to.len()),
        from.as_ptr(),
        from.len(),
    ) {
        return to.extend_from_slice(from);
    }
    for piece in from.chunks(PIECE) {
        to.extend_from_slice(piece);
    }
}

/// A vector of the same bytes.
pub(crate) fn to_vec(from: &[u8]) -> Vec<u8> {
    let mut to = Vec::new();
    extend(&mut to, from);
    to
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Distances with and without `rep movsb`'s slow way, lengths around those of pieces.
    fn places() -> impl Strategy<Value = (usize, usize, usize)> {
        let place = || prop_oneof![0usize..64, 4080usize..4200, 8190usize..8230];
        let length = prop_oneof![0usize..40, 1000usize..1100, 2000usize..5000];
        (place(), place(), length)
    }

    fn bytes() -> Vec<u8> {
        (0..16_384u32)
            .map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect()
    }

    proptest! {
        #[test]
        fn places_of_one_slice_may_overlap((from, to, length) in places()) {
            let (mut ours, mut expected) = (bytes(), bytes());
            copy_within(&mut ours, from, to, length);
            expected.copy_within(from..from + length, to);
            prop_assert_eq!(ours, expected);
        }

        #[test]
        fn slices_are_copied_and_appended_whole((from, to, length) in places()) {
            let source = bytes();
            let source = &source[from..from + length];
            let mut copied = bytes();
            copy(&mut copied[to..to + length], source);
            prop_assert_eq!(&copied[to..to + length], source);
            prop_assert_eq!(&copied[..to], &bytes()[..to]);
            prop_assert_eq!(&copied[to + length..], &bytes()[to + length..]);

            let mut appended = bytes()[..to].to_vec();
            extend(&mut appended, source);
            prop_assert_eq!(&appended[..to], &bytes()[..to]);
            prop_assert_eq!(&appended[to..], source);
            prop_assert_eq!(to_vec(source), source);
        }
    }
}
