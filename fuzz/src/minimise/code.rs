//! Making a program smaller: taking instructions away, where jumps are corrected, or putting others in their place that do
//! nothing, where nothing moves.

use std::ops::Range;

use super::{Place, Search};

const STOP: u8 = 0x00;
const JUMPDEST: u8 = 0x5b;
const PUSH1: u8 = 0x60;
const PUSH2: u8 = 0x61;
const PUSH32: u8 = 0x7f;

/// Where the instructions of a program begin, and where it ends.
fn boundaries(code: &[u8]) -> Vec<usize> {
    let mut positions = Vec::new();
    let mut at = 0;
    while at < code.len() {
        positions.push(at);
        at += 1 + immediate(code[at]);
    }
    positions.push(code.len());
    positions
}

fn immediate(opcode: u8) -> usize {
    match opcode {
        PUSH1..=PUSH32 => usize::from(opcode - PUSH1) + 1,
        _ => 0,
    }
}

/// Cuts the program at a place down.
pub(super) fn shrink(search: &mut Search<'_>, place: Place) -> bool {
    let mut smaller = false;
    if place.get(&search.case).is_empty() {
        return false;
    }
    smaller |= search.attempt(|case| place.set(case, Vec::new()));
    smaller |= truncate(search, place);
    smaller |= pieces(search, place, &without);
    smaller |= pieces(search, place, &quieted);
    smaller |= constants(search, place);
    smaller
}

/// Cuts off the end, as much as goes.
fn truncate(search: &mut Search<'_>, place: Place) -> bool {
    let mut smaller = false;
    let mut positions = boundaries(&place.get(&search.case));
    let mut cut = positions.len() / 2;
    while cut > 0 && positions.len() > 1 {
        let keep = positions.len().saturating_sub(1 + cut);
        let end = positions[keep];
        let shorter = search.attempt(|case| {
            let code = place.get(case);
            place.set(case, code[..end].to_vec());
        });
        smaller |= shorter;
        if shorter {
            positions.truncate(keep + 1);
        } else {
            cut /= 2;
        }
    }
    smaller
}

/// A program with something else in place of a part of it.
type Edit<'a> = &'a dyn Fn(&[u8], Range<usize>) -> Vec<u8>;

/// Tries an edit on runs of instructions: long ones first, from the end to the beginning.
fn pieces(search: &mut Search<'_>, place: Place, edit: Edit<'_>) -> bool {
    let mut smaller = false;
    let mut length = boundaries(&place.get(&search.case)).len() / 2;
    while length > 0 {
        let mut end = boundaries(&place.get(&search.case)).len().saturating_sub(1);
        while end > 0 {
            let begin = end.saturating_sub(length);
            smaller |= search.attempt(|case| {
                let code = place.get(case);
                let positions = boundaries(&code);
                if let (Some(from), Some(to)) = (positions.get(begin), positions.get(end)) {
                    place.set(case, edit(&code, *from..*to));
                }
            });
            end = begin;
        }
        length /= 2;
    }
    smaller
}

/// The program without a part. Two-byte pushes of positions behind it, which the generator uses for jumps and for where
/// data begins, are corrected; whether that was right, the trial says.
fn without(code: &[u8], part: Range<usize>) -> Vec<u8> {
    let mut patched = code.to_vec();
    for at in boundaries(code) {
        if code.get(at) == Some(&PUSH2) && at + 2 < code.len() {
            let target = usize::from(u16::from_be_bytes([code[at + 1], code[at + 2]]));
            if target >= part.end && target <= code.len() {
                let moved = (target - part.len()) as u16;
                patched[at + 1..at + 3].copy_from_slice(&moved.to_be_bytes());
            }
        }
    }
    patched.drain(part);
    patched
}

/// The program with JUMPDEST in a part, or STOP where it has been quiet already: what is behind stays where it is.
fn quieted(code: &[u8], part: Range<usize>) -> Vec<u8> {
    let quiet = code[part.clone()].iter().all(|byte| *byte == JUMPDEST);
    let byte = if quiet { STOP } else { JUMPDEST };
    let mut quieted = code.to_vec();
    quieted[part].fill(byte);
    quieted
}

/// Makes the words that are pushed small.
fn constants(search: &mut Search<'_>, place: Place) -> bool {
    let mut smaller = false;
    let mut index = 0;
    loop {
        let code = place.get(&search.case);
        let positions = boundaries(&code);
        let Some(at) = positions.get(index).copied().filter(|at| *at < code.len()) else {
            return smaller;
        };
        index += 1;
        let size = immediate(code[at]);
        if size == 0 || at + size >= code.len() {
            continue;
        }
        for word in [0, 1, code[at + size]] {
            if size == 1 && code[at + 1] <= word {
                continue;
            }
            let kept = search.attempt(|case| {
                let mut code = without(&place.get(case), at + 1..at + size);
                code[at..at + 2].copy_from_slice(&[PUSH1, word]);
                place.set(case, code);
            });
            if kept {
                smaller = true;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_follow_what_moves() {
        // PUSH2 6, JUMP, ADD, ADD, JUMPDEST, STOP.
        let code = [PUSH2, 0, 6, 0x56, 0x01, 0x01, JUMPDEST, STOP];
        assert_eq!(without(&code, 4..6), [PUSH2, 0, 4, 0x56, JUMPDEST, STOP]);
        assert_eq!(without(&code, 7..8), code[..7]);
    }

    #[test]
    fn data_of_a_push_that_is_cut_off_is_no_instruction() {
        assert_eq!(boundaries(&[PUSH1, JUMPDEST, STOP]), [0, 2, 3]);
        assert_eq!(boundaries(&[PUSH32, 1]), [0, 2]);
        assert_eq!(boundaries(&[]), [0]);
    }
}
