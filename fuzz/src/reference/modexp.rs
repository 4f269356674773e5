//! Modular exponentiation (EIP-198, EIP-2565, EIP-7823, EIP-7883).

use gasworks::U256;
use num_bigint::BigUint;

use super::frame::padded;
use super::precompiles::{Answer, ModExpPrice};

/// The number of `size` bytes at an offset.
fn number(input: &[u8], offset: usize, size: usize) -> BigUint {
    BigUint::from_bytes_be(&padded(input, U256::from(offset), size))
}

/// EIP-198: what x² costs.
fn eip198_complexity(x: &BigUint) -> BigUint {
    if *x <= BigUint::from(64_u8) {
        x * x
    } else if *x <= BigUint::from(1_024_u16) {
        x * x / 4_u8 + x * 96_u8 - 3_072_u16
    } else {
        x * x / 16_u8 + x * 480_u16 - 199_680_u32
    }
}

fn price(kind: ModExpPrice, base: &BigUint, modulus: &BigUint, iterations: BigUint) -> BigUint {
    let longest = base.max(modulus);
    let words = (longest + 7_u8) / 8_u8;
    let one = BigUint::from(1_u8);
    match kind {
        ModExpPrice::Eip198 => eip198_complexity(longest) * iterations.max(one) / 20_u8,
        ModExpPrice::Eip2565 => {
            (&words * &words * iterations.max(one) / 3_u8).max(BigUint::from(200_u8))
        }
        ModExpPrice::Eip7883 => {
            let complexity = if *longest <= BigUint::from(32_u8) {
                BigUint::from(16_u8)
            } else {
                &words * &words * 2_u8
            };
            (complexity * iterations.max(one)).max(BigUint::from(500_u16))
        }
    }
}

pub(super) fn run(kind: ModExpPrice, input: &[u8], gas: u64) -> Answer {
    let [base_size, exponent_size, modulus_size] =
        std::array::from_fn(|at| number(input, 32 * at, 32));
    if matches!(kind, ModExpPrice::Eip7883) {
        let most = BigUint::from(1_024_u16);
        if base_size > most || exponent_size > most || modulus_size > most {
            return None;
        }
    }
    // The first 32 bytes of the exponent stand for all of it, the rest for its size.
    let head_size = exponent_size.clone().min(BigUint::from(32_u8));
    let head = U256::from_big_endian(&{
        let offset = U256::from(96).saturating_add(to_word(&base_size));
        let head_size = usize::try_from(&head_size).ok()?;
        let bytes = padded(input, offset, head_size);
        [vec![0; 32 - head_size], bytes].concat()
    });
    let rest = exponent_size.clone() - head_size;
    let each = match kind {
        ModExpPrice::Eip198 | ModExpPrice::Eip2565 => 8_u8,
        ModExpPrice::Eip7883 => 16_u8,
    };
    let iterations = rest * each + head.bits().saturating_sub(1);
    let price = u64::try_from(price(kind, &base_size, &modulus_size, iterations)).ok()?;
    if price > gas {
        return None;
    }
    let zero = BigUint::ZERO;
    if base_size == zero && modulus_size == zero {
        return Some((price, Vec::new()));
    }
    let base_size = usize::try_from(base_size).ok()?;
    let modulus_size = usize::try_from(modulus_size).ok()?;
    let exponent_size = usize::try_from(exponent_size).ok()?;
    let base = number(input, 96, base_size);
    let exponent = number(input, 96 + base_size, exponent_size);
    let modulus = number(input, 96 + base_size + exponent_size, modulus_size);
    let power = if modulus == zero {
        zero
    } else {
        base.modpow(&exponent, &modulus)
    };
    let bytes = if power == BigUint::ZERO {
        Vec::new()
    } else {
        power.to_bytes_be()
    };
    Some((price, [vec![0; modulus_size - bytes.len()], bytes].concat()))
}

/// The largest word for what is larger: no input has so many bytes.
fn to_word(number: &BigUint) -> U256 {
    let bytes = number.to_bytes_be();
    if bytes.len() > 32 {
        U256::MAX
    } else {
        U256::from_big_endian(&bytes)
    }
}
