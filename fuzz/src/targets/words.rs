//! Arithmetic on words against integers of any size.

use gasworks::{Address, BlockEnv, Bytes, Config, Core, Evm, Fork, MemoryDatabase, Message, U256};
use num_bigint::{BigInt, BigUint, Sign};

const CONTRACT: Address = Address::repeat_byte(0xcc);

/// Instructions on words, and how many they take.
const OPERATIONS: &[(u8, usize)] = &[
    (0x01, 2),
    (0x02, 2),
    (0x03, 2),
    (0x04, 2),
    (0x05, 2),
    (0x06, 2),
    (0x07, 2),
    (0x08, 3),
    (0x09, 3),
    (0x0a, 2),
    (0x0b, 2),
    (0x10, 2),
    (0x11, 2),
    (0x12, 2),
    (0x13, 2),
    (0x14, 2),
    (0x15, 1),
    (0x16, 2),
    (0x17, 2),
    (0x18, 2),
    (0x19, 1),
    (0x1a, 2),
    (0x1b, 2),
    (0x1c, 2),
    (0x1d, 2),
    (0x1e, 1),
];

/// The first byte chooses an instruction; the words follow, each as a size and so many bytes.
pub fn words(bytes: &[u8]) {
    let Some((choice, mut rest)) = bytes.split_first() else {
        return;
    };
    let (opcode, count) = OPERATIONS[usize::from(*choice) % OPERATIONS.len()];
    let words: Vec<U256> = (0..count).map(|_| word(&mut rest)).collect();
    let expected = expected(opcode, &words);
    for core in [Core::Plain, Core::Translated] {
        let result = result(opcode, &words, core);
        assert_eq!(result, expected, "{core:?}: {opcode:#04x} of {words:#x?}");
    }
}

/// A word: up to 32 bytes; the bits above are ones where the size says so.
fn word(bytes: &mut &[u8]) -> U256 {
    let Some((size, rest)) = bytes.split_first() else {
        return U256::zero();
    };
    let length = usize::from(size % 33).min(rest.len());
    let (taken, left) = rest.split_at(length);
    *bytes = left;
    let word = U256::from_big_endian(taken);
    if size & 0x80 == 0 || length == 32 {
        return word;
    }
    (U256::MAX << (8 * length)) | word
}

/// What the machine computes.
fn result(opcode: u8, words: &[U256], core: Core) -> U256 {
    let mut code = Vec::new();
    for word in words.iter().rev() {
        code.push(0x7f);
        code.extend_from_slice(&word.to_big_endian());
    }
    // The result to memory, and out.
    code.extend_from_slice(&[opcode, 0x5f, 0x52, 0x60, 0x20, 0x5f, 0xf3]);
    let mut database = MemoryDatabase::default();
    database.insert_account(CONTRACT, 1, U256::zero(), code.into());
    let config = Config {
        core,
        ..Config::default()
    };
    let mut evm = Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config);
    let message = Message::call(Address::zero(), CONTRACT, Bytes::new(), 1_000_000);
    let executed = evm.call(&message);
    let executed = executed.unwrap_or_else(|error| panic!("nothing fails here: {error}"));
    U256::from_big_endian(&executed.discard().output)
}

/// What mathematics says, by the Yellow Paper (appendix H).
fn expected(opcode: u8, words: &[U256]) -> U256 {
    let natural = |index: usize| {
        let word = words.get(index).copied().unwrap_or_default();
        BigUint::from_bytes_be(&word.to_big_endian())
    };
    let signed = |index: usize| to_signed(&natural(index));
    let (a, b) = (natural(0), natural(1));
    let zero = BigUint::ZERO;
    let truth = |truth: bool| BigUint::from(u8::from(truth));
    let ones = modulus() - 1_u8;
    let value: BigUint = match opcode {
        0x01 => a + b,
        0x02 => a * b,
        0x03 => a + modulus() - b,
        0x04 if b == zero => zero,
        0x04 => a / b,
        0x05 if b == zero => zero,
        0x05 => return of_signed(&(signed(0) / signed(1))),
        0x06 if b == zero => zero,
        0x06 => a % b,
        0x07 if b == zero => zero,
        0x07 => return of_signed(&(signed(0) % signed(1))),
        0x08 | 0x09 if natural(2) == zero => zero,
        0x08 => (a + b) % natural(2),
        0x09 => (a * b) % natural(2),
        0x0a => a.modpow(&b, &modulus()),
        0x0b => return sign_extend(&a, &b),
        0x10 => truth(a < b),
        0x11 => truth(a > b),
        0x12 => truth(signed(0) < signed(1)),
        0x13 => truth(signed(0) > signed(1)),
        0x14 => truth(a == b),
        0x15 => truth(a == zero),
        0x16 => a & b,
        0x17 => a | b,
        0x18 => a ^ b,
        0x19 => ones ^ a,
        0x1a => small(&a, 32).map_or(zero, |index| {
            (b >> (8 * (31 - index))) & BigUint::from(255_u8)
        }),
        0x1b => small(&a, 256).map_or(zero, |bits| b << bits),
        0x1c => small(&a, 256).map_or(zero, |bits| b >> bits),
        // A shift of an integer to the right rounds down, as it has to be.
        0x1d => return of_signed(&(signed(1) >> small(&a, 256).unwrap_or(256))),
        _ => BigUint::from(256 - a.bits()),
    };
    to_word(value)
}

fn modulus() -> BigUint {
    BigUint::from(1_u8) << 256_u32
}

/// The number, if it is below a bound.
fn small(number: &BigUint, bound: usize) -> Option<usize> {
    usize::try_from(number)
        .ok()
        .filter(|number| *number < bound)
}

fn to_word(number: BigUint) -> U256 {
    U256::from_big_endian(&(number % modulus()).to_bytes_be())
}

fn to_signed(number: &BigUint) -> BigInt {
    let number = BigInt::from(number.clone());
    if number.bits() == 256 {
        number - BigInt::from(modulus())
    } else {
        number
    }
}

fn of_signed(number: &BigInt) -> U256 {
    match number.sign() {
        Sign::Minus => to_word(modulus() - (number.magnitude() % modulus())),
        _ => to_word(number.magnitude().clone()),
    }
}

fn sign_extend(index: &BigUint, word: &BigUint) -> U256 {
    let Some(index) = small(index, 31) else {
        return to_word(word.clone());
    };
    let bits = 8 * (index + 1);
    let low = word % (BigUint::from(1_u8) << bits);
    if low.bit(bits as u64 - 1) {
        let above = modulus() - (BigUint::from(1_u8) << bits);
        return to_word(above + low);
    }
    to_word(low)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn instructions_compute_what_mathematics_says() {
        let mut random = Random::new(5, 0);
        for choice in 0..OPERATIONS.len() {
            for _ in 0..60 {
                let mut bytes = vec![choice as u8];
                for _ in 0..3 {
                    bytes.push(32);
                    bytes.extend_from_slice(&random.word().to_big_endian());
                }
                words(&bytes);
            }
        }
    }
}
