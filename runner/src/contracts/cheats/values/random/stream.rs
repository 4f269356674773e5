//! The stream of random numbers that forge draws from: ChaCha with 20 rounds (RFC 8439, with a counter of 64 bits), whose key
//! is the seed.

use gasworks::U256;

/// Numbers of a seed, one after another.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Stream {
    key: [u32; 8],
    /// Words of 32 bits that were drawn.
    drawn: u64,
    /// The last block of the stream that was looked at, with its number.
    block: Option<(u64, [u32; 16])>,
}

const WORDS_OF_BLOCK: u64 = 16;
const DOUBLE_ROUNDS: usize = 10;
/// "expand 32-byte k".
const CONSTANTS: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

fn quarter_round(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    for (turns, [a, b, d]) in [
        (16, [a, b, d]),
        (12, [c, d, b]),
        (8, [a, b, d]),
        (7, [c, d, b]),
    ] {
        state[a] = state[a].wrapping_add(state[b]);
        state[d] = (state[d] ^ state[a]).rotate_left(turns);
    }
}

fn block(key: &[u32; 8], number: u64) -> [u32; 16] {
    let mut start = [0; 16];
    start[..4].copy_from_slice(&CONSTANTS);
    start[4..12].copy_from_slice(key);
    start[12] = number as u32;
    start[13] = (number >> 32) as u32;
    let mut state = start;
    for _ in 0..DOUBLE_ROUNDS {
        for column in 0..4 {
            quarter_round(&mut state, [column, column + 4, column + 8, column + 12]);
        }
        for row in 0..4 {
            let diagonal = [
                row,
                4 + (row + 1) % 4,
                8 + (row + 2) % 4,
                12 + (row + 3) % 4,
            ];
            quarter_round(&mut state, diagonal);
        }
    }
    for (word, start) in state.iter_mut().zip(start) {
        *word = word.wrapping_add(start);
    }
    state
}

impl Stream {
    pub(in super::super) fn new(seed: U256) -> Self {
        let mut key = [0; 8];
        for (word, bytes) in key.iter_mut().zip(seed.to_big_endian().as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        Self {
            key,
            ..Self::default()
        }
    }

    /// 32 bits.
    pub(super) fn next_u32(&mut self) -> u32 {
        let number = self.drawn / WORDS_OF_BLOCK;
        let words = match self.block {
            Some((known, words)) if known == number => words,
            _ => block(&self.key, number),
        };
        self.block = Some((number, words));
        let word = words[(self.drawn % WORDS_OF_BLOCK) as usize];
        self.drawn = self.drawn.wrapping_add(1);
        word
    }

    /// Bytes; what remains of their last 32 bits is lost.
    pub(super) fn fill(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length.next_multiple_of(4));
        while bytes.len() < length {
            bytes.extend(self.next_u32().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    /// 256 bits.
    pub(in super::super) fn next_word(&mut self) -> U256 {
        U256::from_little_endian(&self.fill(32))
    }

    /// A number below a bound that is not zero; with a bias of less than 2^-32, as forge has it.
    fn below(&mut self, bound: u32) -> u32 {
        let mut wide = || u64::from(self.next_u32()) * u64::from(bound);
        let product = wide();
        let (high, low) = ((product >> 32) as u32, product as u32);
        let carries =
            low > bound.wrapping_neg() && low.checked_add((wide() >> 32) as u32).is_none();
        high + u32::from(carries)
    }

    /// Puts a list in another order.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        // One number serves for as many places as fit into 32 bits.
        let (mut number, mut left) = (0, 1);
        for place in 0..u32::try_from(list.len()).unwrap_or(u32::MAX) {
            let choices = place + 1;
            if left == 0 {
                let (bound, places) = product_from(choices);
                (number, left) = (self.below(bound), places);
            }
            left -= 1;
            let other = if left == 0 { number } else { number % choices };
            number /= choices;
            list.swap(place as usize, other as usize);
        }
    }
}

/// The greatest product of a number and those that follow it which has 32 bits, and how many factors it has.
fn product_from(first: u32) -> (u32, u32) {
    let mut product = first;
    for next in first.saturating_add(1).. {
        match product.checked_mul(next) {
            Some(more) => product = more,
            None => return (product, next - first),
        }
    }
    (product, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        crate::contracts::abi::hex(bytes)
    }

    #[test]
    fn it_is_the_stream_of_the_standard() {
        // Test vector 1 of RFC 8439, appendix A.1.
        assert_eq!(
            hex(&Stream::default().fill(16)),
            "0x76b8e0ada0f13d90405d6ae55386bd28"
        );
        let mut long = Stream::default();
        long.fill(64);
        // Test vector 2: the block after it.
        assert_eq!(hex(&long.fill(8)), "0x9f07e7be5551387a");
    }

    #[test]
    fn forge_has_the_same_numbers_for_a_seed() {
        let hundred = || Stream::new(100.into());
        let word = hundred().next_word();
        assert_eq!(
            hex(&word.to_big_endian()),
            "0x94e74241409c83fae0f5e3f26a2bdceeebc10d234d95fe9170636c61388f6d62"
        );
        let mut after = hundred();
        assert_eq!(hex(&after.fill(9)), "0x626d8f38616c637091");
        assert_eq!(after.next_u32(), 0xeb_c10d23);
        let mut list: Vec<u8> = (0..10).collect();
        hundred().shuffle(&mut list);
        assert_eq!(list, [0, 9, 2, 1, 4, 8, 6, 5, 7, 3]);
        let mut short = [0, 1, 2];
        hundred().shuffle(&mut short);
        assert_eq!(short, [0, 1, 2]);
    }

    #[test]
    fn shuffling_loses_nothing() {
        let mut stream = Stream::new(3.into());
        for length in [0, 1, 2, 13, 200] {
            let mut list: Vec<u32> = (0..length).collect();
            stream.shuffle(&mut list);
            list.sort_unstable();
            assert!(list.into_iter().eq(0..length));
        }
    }
}
