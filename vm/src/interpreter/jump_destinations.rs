//! Where jumps may go: at a JUMPDEST that is not the data of a push (Yellow Paper, 9.4.3).
//!
//! Most of a contract is never jumped to, so that destinations are looked at when somebody comes to them, and remembered.
//! Whether a byte begins an instruction depends on all code before it in principle, but hardly ever on more than the 32
//! bytes before it: what no byte there could be the push of, begins one, whatever comes before. From such a place on the
//! code is read forward. Where none is near, or where a code is asked too much, all of it is read once.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

const JUMPDEST: u8 = 0x5b;
const PUSH0: u8 = 0x5f;
const PUSH1: u8 = 0x60;
const PUSH2: u8 = 0x61;
const PUSH32: u8 = 0x7f;

/// Bytes of data of the longest push.
const REACH: usize = 32;

/// How far back a place is looked for that begins an instruction for certain.
const FAR: usize = 256;

/// The most steps, and one for so many bytes: little beside reading them all.
const STEPS: usize = 256;
const BYTES_OF_A_STEP: usize = 16;

/// Positions of a word.
const CHUNK: usize = 64;

/// What is known of a code's jump destinations.
#[derive(Default)]
pub(super) struct JumpDestinations {
    /// Destinations that somebody came to, 64 positions a word, or all of them.
    known: OnceLock<Box<[AtomicU64]>>,
    /// Steps that were taken for single positions.
    steps: AtomicU32,
    /// Whether all destinations are known.
    complete: AtomicBool,
}

impl JumpDestinations {
    /// Whether a position is known to be a destination.
    #[inline]
    pub(super) fn is_known(&self, position: u64) -> bool {
        let known = self.known.get();
        let word = known.and_then(|known| known.get((position / 64) as usize));
        word.is_some_and(|word| word.load(Ordering::Relaxed) >> (position % 64) & 1 == 1)
    }

    /// Whether a position of the code is a destination. It is always asked with the same code.
    #[cold]
    pub(super) fn look(&self, code: &[u8], position: u64) -> bool {
        let Ok(at) = usize::try_from(position) else {
            return false;
        };
        if code.get(at) != Some(&JUMPDEST) {
            return false;
        }
        let known = self.known.get_or_init(|| {
            let words = code.len().div_ceil(CHUNK);
            (0..words).map(|_| AtomicU64::new(0)).collect()
        });
        if !self.complete.load(Ordering::Acquire) {
            let (answer, steps) = begins_instruction(code, at);
            let steps = self.steps.load(Ordering::Relaxed).saturating_add(steps);
            self.steps.store(steps, Ordering::Relaxed);
            if let Some(answer) = answer
                && steps as usize <= STEPS.min(code.len() / BYTES_OF_A_STEP)
            {
                known[at / CHUNK].fetch_or(u64::from(answer) << (at % CHUNK), Ordering::Relaxed);
                return answer;
            }
            for (known, found) in known.iter().zip(all(code)) {
                // All that another thread has found is among it.
                known.store(found, Ordering::Relaxed);
            }
            self.complete.store(true, Ordering::Release);
        }
        self.is_known(position)
    }
}

/// Whether a position begins an instruction, if the code near it tells, and how many steps that took.
fn begins_instruction(code: &[u8], position: usize) -> (Option<bool>, u32) {
    let mut steps = 1;
    let mut start = position;
    while may_be_data(code, start) {
        if steps as usize == FAR {
            return (None, steps);
        }
        steps += 1;
        // At the start of the code nothing may be data, so that this does not go below it.
        start -= 1;
    }
    while start < position {
        start += 1 + data_of(code[start]);
    }
    (Some(start == position), steps)
}

/// Whether a byte before this position could be a push whose data the position is of.
fn may_be_data(code: &[u8], position: usize) -> bool {
    /// The shortest push that reaches from each of the bytes before. Signed numbers have nothing above PUSH32.
    const SHORTEST: [i8; REACH] = {
        let mut shortest = [0; REACH];
        let mut place = 0;
        while place < REACH {
            shortest[place] = (PUSH32 - place as u8) as i8;
            place += 1;
        }
        shortest
    };
    let before = &code[..position];
    let near = match before.last_chunk::<REACH>() {
        Some(near) => *near,
        None => {
            let mut near = [0; REACH];
            near[REACH - before.len()..].copy_from_slice(before);
            near
        }
    };
    // Without a way out in the middle this is a few instructions on vectors.
    let mut found = false;
    for (byte, shortest) in near.iter().zip(SHORTEST) {
        found |= *byte as i8 >= shortest;
    }
    found
}

/// How many bytes of data an instruction has.
fn data_of(instruction: u8) -> usize {
    match instruction {
        PUSH0..=PUSH32 => usize::from(instruction - PUSH0),
        _ => 0,
    }
}

/// All destinations, 64 positions a word.
fn all(code: &[u8]) -> impl Iterator<Item = u64> {
    let (chunks, rest) = code.as_chunks::<CHUNK>();
    let last = (!rest.is_empty()).then(|| {
        let mut last = [0; CHUNK];
        last[..rest.len()].copy_from_slice(rest);
        last
    });
    // Bytes at the start of the next chunk that are data of a push.
    let mut data = 0;
    let mut read = move |chunk: &[u8; CHUNK]| {
        let mut marks = marks(chunk);
        marks.pushes &= u64::MAX << data;
        marks.destinations &= u64::MAX << data;
        let destinations;
        (destinations, data) = marks.resolved(chunk);
        destinations
    };
    let mut chunks = chunks.iter();
    let mut last = last.into_iter();
    std::iter::from_fn(move || match chunks.next() {
        Some(chunk) => Some(read(chunk)),
        None => last.next().map(|chunk| read(&chunk)),
    })
}

/// What bytes of a chunk are, if they are not data: a bit for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Marks {
    destinations: u64,
    /// Pushes that have data.
    pushes: u64,
    /// Those that have one byte, and two.
    ones: u64,
    twos: u64,
}

impl Marks {
    /// The most pushes of more than two bytes that are looked at again and again.
    const LONG: u32 = 4;
    /// How often they are.
    const ROUNDS: usize = 4;

    /// The destinations that are not data, and how many bytes of the next chunk are.
    #[inline(always)]
    fn resolved(mut self, chunk: &[u8; CHUNK]) -> (u64, u32) {
        // What no other byte could be the push of, is a push for certain, and its data are no pushes: all at once, where one
        // push after the other would wait for the one before. The first that is not certain becomes so in each round.
        if (self.pushes & !self.ones & !self.twos).count_ones() <= Self::LONG {
            for _ in 0..Self::ROUNDS {
                let certain = self.pushes & !self.data_behind(self.pushes, chunk);
                let data = self.data_behind(certain, chunk);
                if self.pushes & data == 0 {
                    // All are certain, then.
                    let last = self.pushes.checked_ilog2();
                    let end = last.map_or(0, |last| last + 1 + length_of(chunk[last as usize]));
                    return (self.destinations & !data, end.saturating_sub(u64::BITS));
                }
                self.pushes &= !data;
            }
        }
        self.one_by_one(chunk)
    }

    /// The bytes behind pushes that are their data, in this chunk.
    #[inline(always)]
    fn data_behind(&self, pushes: u64, chunk: &[u8; CHUNK]) -> u64 {
        let mut data = pushes << 1 | (pushes & !self.ones) << 2;
        let mut long = pushes & !self.ones & !self.twos;
        while long != 0 {
            let push = long.trailing_zeros();
            let from = u64::MAX << push << 1;
            data |= from ^ from << length_of(chunk[push as usize]);
            long &= long - 1;
        }
        data
    }

    fn one_by_one(mut self, chunk: &[u8; CHUNK]) -> (u64, u32) {
        let mut end = 0;
        while self.pushes != 0 {
            let push = self.pushes.trailing_zeros();
            let length = length_of(chunk[push as usize]);
            let from = u64::MAX << push << 1;
            let behind = from << length;
            self.destinations &= !(from ^ behind);
            self.pushes &= behind;
            end = push + 1 + length;
        }
        (self.destinations, end.saturating_sub(u64::BITS))
    }
}

/// The length of the data of a push. Those of most code as branches: the processor foresees them, and need not wait for the
/// byte.
#[inline(always)]
fn length_of(push: u8) -> u32 {
    match push {
        PUSH1 => 1,
        PUSH2 => 2,
        other => u32::from(other - PUSH0),
    }
}

/// What the bytes of a chunk are, on their own.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn marks(chunk: &[u8; CHUNK]) -> Marks {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_cmpgt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8,
    };
    let (sixteens, _) = chunk.as_chunks::<16>();
    let mut marks = Marks::default();
    // SAFETY: every x86-64 has SSE2, and sixteen bytes are read of sixteen.
    unsafe {
        let all = |byte: u8| _mm_set1_epi8(byte as i8);
        for (place, sixteen) in sixteens.iter().enumerate() {
            let bytes = _mm_loadu_si128(sixteen.as_ptr().cast::<__m128i>());
            let bits = |found| u64::from(_mm_movemask_epi8(found) as u16) << (16 * place);
            marks.destinations |= bits(_mm_cmpeq_epi8(bytes, all(JUMPDEST)));
            // Signed numbers have nothing above PUSH32.
            marks.pushes |= bits(_mm_cmpgt_epi8(bytes, all(PUSH0)));
            marks.ones |= bits(_mm_cmpeq_epi8(bytes, all(PUSH1)));
            marks.twos |= bits(_mm_cmpeq_epi8(bytes, all(PUSH2)));
        }
    }
    marks
}

/// What the bytes of a chunk are, on their own.
#[cfg(not(target_arch = "x86_64"))]
fn marks(chunk: &[u8; CHUNK]) -> Marks {
    marks_of_eights(chunk)
}

/// The same, eight bytes at a time, for other processors.
#[cfg(any(test, not(target_arch = "x86_64")))]
fn marks_of_eights(chunk: &[u8; CHUNK]) -> Marks {
    const EACH: u64 = u64::MAX / 0xff;
    const LOW: u64 = 0x7f * EACH;
    let (eights, _) = chunk.as_chunks::<8>();
    let mut marks = Marks::default();
    for (place, eight) in eights.iter().enumerate() {
        let bytes = u64::from_le_bytes(*eight);
        // The highest bits of eight bytes, as one byte.
        let bits = |bits: u64| {
            (((bits & !LOW) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * place)
        };
        let are = |byte: u8| {
            let other = bytes ^ (u64::from(byte) * EACH);
            bits(!(((other & LOW) + LOW) | other))
        };
        marks.destinations |= are(JUMPDEST);
        // From PUSH1 on, 0x20 more is 0x80 or more; PUSH32 is the last byte below 0x80.
        marks.pushes |= bits(((bytes & LOW) + 0x20 * EACH) & !bytes);
        marks.ones |= are(PUSH1);
        marks.twos |= are(PUSH2);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The definition, byte by byte.
    fn by_definition(code: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        let mut position = 0;
        while position < code.len() {
            match code[position] {
                0x5b => found.push(position),
                push @ 0x60..=0x7f => position += usize::from(push - 0x5f),
                _ => {}
            }
            position += 1;
        }
        found
    }

    fn contains(destinations: &JumpDestinations, code: &[u8], position: u64) -> bool {
        destinations.is_known(position) || destinations.look(code, position)
    }

    fn asked(code: &[u8], order: &[usize]) -> Vec<usize> {
        let destinations = JumpDestinations::default();
        let mut found: Vec<usize> = order
            .iter()
            .copied()
            .filter(|&position| contains(&destinations, code, position as u64))
            .collect();
        // What was found once is known.
        assert!(
            found
                .iter()
                .all(|&position| contains(&destinations, code, position as u64))
        );
        found.sort_unstable();
        found
    }

    fn codes() -> impl Strategy<Value = Vec<u8>> {
        let mixed = prop_oneof![Just(0x5bu8), 0x5au8..=0x80, any::<u8>()];
        let sparse = prop_oneof![8 => 0u8..=0x5b, 2 => Just(0x5bu8), 1 => 0x60u8..=0x7f];
        let short = prop_oneof![4 => 0u8..=0x5b, 2 => 0x60u8..=0x61, 1 => 0x5bu8..=0x64];
        prop_oneof![
            prop::collection::vec(mixed, 0..400),
            prop::collection::vec(sparse, 0..2000),
            prop::collection::vec(short, 0..1000),
            prop::collection::vec(0x7au8..=0x7f, 0..1500),
        ]
    }

    proptest! {
        #[test]
        fn destinations_are_those_of_the_definition(code in codes(), backwards: bool) {
            let mut order: Vec<usize> = (0..code.len() + 70).collect();
            if backwards {
                order.reverse();
            }
            prop_assert_eq!(asked(&code, &order), by_definition(&code));
        }

        #[test]
        fn a_single_question_is_answered_right(code in codes(), at: prop::sample::Index) {
            let position = at.index(code.len() + 1);
            let expected: Vec<usize> = by_definition(&code).into_iter().filter(|&found| found == position).collect();
            prop_assert_eq!(asked(&code, &[position]), expected);
        }

        #[test]
        fn marks_are_those_of_each_byte(chunk in prop::array::uniform32(any::<u8>()), other in codes()) {
            let mut bytes = [0; CHUNK];
            bytes[..32].copy_from_slice(&chunk);
            for (byte, other) in bytes[32..].iter_mut().zip(other) {
                *byte = other;
            }
            let marked = |is: fn(u8) -> bool| {
                bytes.iter().rev().fold(0, |word, &byte| word << 1 | u64::from(is(byte)))
            };
            let expected = Marks {
                destinations: marked(|byte| byte == JUMPDEST),
                pushes: marked(|byte| (PUSH1..=PUSH32).contains(&byte)),
                ones: marked(|byte| byte == PUSH1),
                twos: marked(|byte| byte == PUSH2),
            };
            prop_assert_eq!(marks(&bytes), expected);
            prop_assert_eq!(marks_of_eights(&bytes), expected);
        }

        #[test]
        fn all_are_those_of_the_definition(code in codes()) {
            let marked: Vec<u64> = all(&code).collect();
            let found: Vec<usize> = (0..code.len())
                .filter(|position| marked[position / 64] >> (position % 64) & 1 == 1)
                .collect();
            prop_assert_eq!(found, by_definition(&code));
        }
    }

    #[test]
    fn where_nothing_near_tells_all_is_read() {
        let mut code = vec![0x7f; 2 * FAR];
        code.push(0x5b);
        assert_eq!(begins_instruction(&code, 2 * FAR).0, None);
        let destinations = JumpDestinations::default();
        let expected = by_definition(&code).contains(&(2 * FAR));
        assert_eq!(contains(&destinations, &code, 2 * FAR as u64), expected);
        assert!(destinations.complete.load(Ordering::Relaxed));
    }

    #[test]
    fn who_asks_much_has_all_read() {
        let code = vec![0x5b; 3200];
        let destinations = JumpDestinations::default();
        assert!((0..100).all(|position| contains(&destinations, &code, position)));
        assert!(!destinations.complete.load(Ordering::Relaxed));
        assert!((0..3200).all(|position| contains(&destinations, &code, position)));
        assert!(destinations.complete.load(Ordering::Relaxed));
    }
}
