//! Modular exponentiation at 0x05: EIP-198, repriced by EIP-2565, bounded by EIP-7823 and repriced by EIP-7883.
//!
//! The input is three lengths (32 bytes each) and then base, exponent and modulus of those lengths; what lies beyond
//! the end of the input reads as zero. Lengths may be anything up to 2^256 - 1.

#[cfg(target_arch = "x86_64")]
mod digits;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod limbs;
mod power;
mod product;
#[cfg(target_arch = "x86_64")]
mod radix;
mod reduction;
mod ring;
mod series;
mod short;

use super::{PrecompileError, charge, padded};

/// Where base, exponent and modulus begin.
const HEADER: usize = 96;
/// The longest operand that EIP-7823 accepts, in bytes.
const LONGEST_OPERAND: u128 = 1_024;

/// The lengths of the operands, in bytes, and the first 32 bytes of the exponent.
///
/// A length of 2^128 or more is kept as `u128::MAX`, and prices are computed with saturation. Neither loses
/// anything: whenever one of them acts, the exact price, too, is above 2^120 and so beyond any gas that could be
/// passed, unless it is multiplied by a complexity of zero.
struct Sizes {
    base: u128,
    exponent: u128,
    modulus: u128,
    /// Bits of the first 32 bytes of the exponent without its leading zeros.
    exponent_head_bits: u32,
}

impl Sizes {
    fn read(input: &[u8]) -> Self {
        let base = length(&padded(input, 0));
        let exponent = length(&padded(input, 32));
        let modulus = length(&padded(input, 64));
        let mut head: [u8; 32] = padded(input, position(&[base]));
        if exponent < 32 {
            head[exponent as usize..].fill(0);
        }
        // A shorter exponent is the leading part of those 32 bytes.
        let unused_bits = 32u32.saturating_sub(u32::try_from(exponent).unwrap_or(32)) * 8;
        let exponent_head_bits = match head.iter().position(|byte| *byte != 0) {
            None => 0,
            Some(first) => 256 - first as u32 * 8 - head[first].leading_zeros() - unused_bits,
        };
        Self {
            base,
            exponent,
            modulus,
            exponent_head_bits,
        }
    }

    fn longest(&self) -> u128 {
        self.base.max(self.modulus)
    }

    /// The number of squarings: the length of the exponent in bits less one, where each byte after the first 32
    /// counts `per_byte` whatever it contains.
    fn iterations(&self, per_byte: u128) -> u128 {
        let head = u128::from(self.exponent_head_bits.saturating_sub(1));
        let tail = self.exponent.saturating_sub(32).saturating_mul(per_byte);
        tail.saturating_add(head).max(1)
    }

    /// EIP-198: the complexity is a polynomial in three pieces, the quotient 20.
    fn price_byzantium(&self) -> u128 {
        let x = self.longest();
        let square = x.saturating_mul(x);
        let complexity = match x {
            0..=64 => square,
            65..=1_024 => square / 4 + 96 * x - 3_072,
            _ => (square / 16).saturating_add(x.saturating_mul(480)) - 199_680,
        };
        complexity.saturating_mul(self.iterations(8)) / 20
    }

    /// EIP-2565: the complexity is the square of the words, the quotient 3, the least price 200.
    fn price_berlin(&self) -> u128 {
        let words = self.longest().div_ceil(8);
        let complexity = words.saturating_mul(words);
        (complexity.saturating_mul(self.iterations(8)) / 3).max(200)
    }

    /// EIP-7883: twice the square of the words above 32 bytes and 16 up to there, no quotient, the least price 500.
    fn price_osaka(&self) -> u128 {
        let words = self.longest().div_ceil(8);
        let complexity = if self.longest() <= 32 {
            16
        } else {
            words.saturating_mul(words).saturating_mul(2)
        };
        complexity.saturating_mul(self.iterations(16)).max(500)
    }
}

pub(super) fn run_byzantium(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let sizes = Sizes::read(input);
    run(input, gas, output, &sizes, sizes.price_byzantium())
}

pub(super) fn run_berlin(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let sizes = Sizes::read(input);
    run(input, gas, output, &sizes, sizes.price_berlin())
}

pub(super) fn run_osaka(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
) -> Result<u64, PrecompileError> {
    let sizes = Sizes::read(input);
    // EIP-7823.
    if sizes.longest().max(sizes.exponent) > LONGEST_OPERAND {
        return Err(PrecompileError::InvalidInput);
    }
    run(input, gas, output, &sizes, sizes.price_osaka())
}

fn run(
    input: &[u8],
    gas: u64,
    output: &mut Vec<u8>,
    sizes: &Sizes,
    price: u128,
) -> Result<u64, PrecompileError> {
    let price = u64::try_from(price).map_err(|_| PrecompileError::OutOfGas)?;
    let used = charge(gas, price)?;
    // A price that fits in 64 bits is for base and modulus of fewer than 2^40 bytes.
    let modulus_length = usize::try_from(sizes.modulus).map_err(|_| PrecompileError::OutOfGas)?;

    let base = operand(input, HEADER, position(&[sizes.base]));
    let exponent = operand(
        input,
        position(&[sizes.base]),
        position(&[sizes.base, sizes.exponent]),
    );
    let modulus = operand(
        input,
        position(&[sizes.base, sizes.exponent]),
        position(&[sizes.base, sizes.exponent, sizes.modulus]),
    );

    output.resize(modulus_length, 0);
    // Modulus zero: EIP-198 defines the result as zero. It is also the only case in which base or exponent could
    // reach beyond the input, so they are complete below, and a huge length never becomes an allocation.
    if modulus.iter().all(|byte| *byte == 0) {
        return Ok(used);
    }
    if modulus.len() < modulus_length {
        let mut whole = modulus.to_vec();
        whole.resize(modulus_length, 0);
        power::power(base, exponent, &whole, output);
    } else {
        power::power(base, exponent, modulus, output);
    }
    Ok(used)
}

/// A length field as a number; see [`Sizes`] for what happens to those that do not fit.
fn length(field: &[u8; 32]) -> u128 {
    let mut high = [0; 16];
    let mut low = [0; 16];
    high.copy_from_slice(&field[..16]);
    low.copy_from_slice(&field[16..]);
    if u128::from_be_bytes(high) == 0 {
        u128::from_be_bytes(low)
    } else {
        u128::MAX
    }
}

/// The position after the header and operands of these lengths; one that cannot be in any input is `usize::MAX`.
fn position(lengths: &[u128]) -> usize {
    let position = lengths
        .iter()
        .fold(HEADER as u128, |sum, length| sum.saturating_add(*length));
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// The part of an operand that lies within the input.
fn operand(input: &[u8], start: usize, end: usize) -> &[u8] {
    &input[start.min(input.len())..end.min(input.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(value: u128) -> [u8; 32] {
        let mut field = [0; 32];
        field[16..].copy_from_slice(&value.to_be_bytes());
        field
    }

    fn input(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
        let mut input = Vec::new();
        for part in [base, exponent, modulus] {
            input.extend_from_slice(&field(part.len() as u128));
        }
        for part in [base, exponent, modulus] {
            input.extend_from_slice(part);
        }
        input
    }

    fn header(base: [u8; 32], exponent: [u8; 32], modulus: [u8; 32]) -> Vec<u8> {
        [base, exponent, modulus].concat()
    }

    fn berlin(input: &[u8], gas: u64) -> (Result<u64, PrecompileError>, Vec<u8>) {
        let mut output = Vec::new();
        (run_berlin(input, gas, &mut output), output)
    }

    #[test]
    fn small_powers() {
        let (gas, output) = berlin(&input(&[3], &[5], &[0, 100]), 200);
        assert_eq!((gas, output), (Ok(200), vec![0, 43]));
        // 0^0 is 1, and anything modulo 1 is 0.
        assert_eq!(berlin(&input(&[], &[], &[7]), 200).1, [1]);
        assert_eq!(berlin(&input(&[], &[], &[1]), 200).1, [0]);
        assert_eq!(berlin(&input(&[0], &[3], &[7]), 200).1, [0]);
        // Even modulus, and one with leading zeros.
        assert_eq!(berlin(&input(&[7], &[3], &[0, 0, 12]), 200).1, [0, 0, 7]);
    }

    #[test]
    fn modulus_zero_or_absent() {
        assert_eq!(berlin(&input(&[3], &[5], &[0, 0]), 200).1, [0, 0]);
        assert_eq!(berlin(&input(&[3], &[5], &[]), 200).1, [0; 0]);
        let absent = header(field(1), field(1), field(32));
        assert_eq!(berlin(&absent, 200).1, [0; 32]);
    }

    #[test]
    fn modulus_cut_by_the_end_of_the_input_is_padded_on_the_right() {
        let mut cut = header(field(1), field(1), field(2));
        cut.extend_from_slice(&[3, 5, 1]);
        // 3^5 mod 0x0100.
        assert_eq!(berlin(&cut, 200).1, [0, 243]);
    }

    #[test]
    fn huge_lengths_never_overflow() {
        let huge = [0xff; 32];
        let none = field(0);
        let one = field(1);
        type Run = fn(&[u8], u64, &mut Vec<u8>) -> Result<u64, PrecompileError>;
        let runs: [Run; 2] = [run_byzantium, run_berlin];
        for run in runs {
            for header in [
                header(huge, none, none),
                header(huge, huge, huge),
                header(none, none, huge),
                header(none, huge, one),
                header(one, huge, none),
                header(field(1 << 64), none, none),
                header(field(1 << 64), field(1 << 64), field(1 << 64)),
                header(none, field(1 << 70), one),
            ] {
                let mut output = Vec::new();
                assert_eq!(
                    run(&header, u64::MAX, &mut output),
                    Err(PrecompileError::OutOfGas)
                );
                assert!(output.is_empty());
            }
        }
        // Complexity zero makes any exponent free, or as good as free.
        let mut output = Vec::new();
        let free = header(none, huge, none);
        assert_eq!(run_byzantium(&free, 0, &mut output), Ok(0));
        assert_eq!(run_berlin(&free, 200, &mut output), Ok(200));
        assert!(output.is_empty());
    }

    #[test]
    fn price_above_2_to_the_62_is_exact() {
        // One byte of modulus, absent and so zero, and an exponent of 2^64 bytes: 8 * (2^64 - 32) / 20.
        let input = header(field(0), field(1 << 64), field(1));
        let price = 7_378_697_629_483_820_633;
        let mut output = Vec::new();
        assert_eq!(
            run_byzantium(&input, price - 1, &mut output),
            Err(PrecompileError::OutOfGas)
        );
        assert_eq!(run_byzantium(&input, price, &mut output), Ok(price));
        assert_eq!(output, [0]);
    }

    #[test]
    fn byzantium_complexity_has_three_pieces() {
        let price = |length: u128| {
            let sizes = Sizes {
                base: length,
                exponent: 33,
                modulus: 0,
                exponent_head_bits: 13,
            };
            // 8 + 12 iterations make the price the complexity.
            sizes.price_byzantium()
        };
        assert_eq!(price(64), 4_096);
        assert_eq!(price(65), 65 * 65 / 4 + 96 * 65 - 3_072);
        assert_eq!(price(1_024), 1_024 * 1_024 / 4 + 96 * 1_024 - 3_072);
        assert_eq!(price(1_025), 1_025 * 1_025 / 16 + 480 * 1_025 - 199_680);
    }

    #[test]
    fn osaka_bounds_each_operand() {
        let longest = field(1_024);
        let longer = field(1_025);
        let none = field(0);
        for header in [
            header(longer, none, none),
            header(none, longer, none),
            header(none, none, longer),
            header([0xff; 32], [0xff; 32], [0xff; 32]),
        ] {
            let mut output = Vec::new();
            assert_eq!(
                run_osaka(&header, u64::MAX, &mut output),
                Err(PrecompileError::InvalidInput)
            );
        }
        let mut output = Vec::new();
        // 128 words: 2 * 128^2 for each of 16 * (1024 - 32) iterations.
        assert_eq!(
            run_osaka(&header(longest, longest, longest), u64::MAX, &mut output),
            Ok(2 * 128 * 128 * 16 * 992)
        );
        assert_eq!(output, [0; 1_024]);
    }

    #[test]
    fn exponent_bits_are_counted_from_its_first_byte() {
        // 0x8000 is 15 squarings; the length of the base must not matter for where the exponent is read.
        let sizes = Sizes::read(&input(&[1; 5], &[0x80, 0x00], &[3]));
        assert_eq!((sizes.exponent_head_bits, sizes.iterations(8)), (16, 15));
        let sizes = Sizes::read(&input(&[1; 5], &[0, 1, 0xff], &[3]));
        assert_eq!(sizes.exponent_head_bits, 9);
        let mut long = [0; 40];
        long[31] = 1;
        let sizes = Sizes::read(&input(&[], &long, &[3]));
        assert_eq!(sizes.iterations(8), 64);
        assert_eq!(sizes.iterations(16), 128);
    }
}
