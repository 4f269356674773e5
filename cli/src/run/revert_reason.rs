//! What a contract means by the data that it reverts with: the Solidity ABI's `Error(string)`, `Panic(uint256)` and errors
//! of the contract's own.

use gasworks::U256;

/// The selector of `Error(string)`, which `require` and `revert` with a text use.
const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
/// The selector of `Panic(uint256)`, which checks of the compiler use.
const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];

/// A reason in words; `None` where the data is empty or has no known form.
pub fn decode(data: &[u8]) -> Option<String> {
    let (selector, arguments) = data.split_first_chunk::<4>()?;
    match *selector {
        ERROR => string(arguments),
        PANIC => panic(arguments),
        // The ABI pads arguments to whole words.
        [a, b, c, d] if arguments.len().is_multiple_of(32) => {
            Some(format!("custom error 0x{a:02x}{b:02x}{c:02x}{d:02x}"))
        }
        _ => None,
    }
}

fn word(data: &[u8], at: usize) -> Option<U256> {
    let bytes = data.get(at..at.checked_add(32)?)?;
    Some(U256::from_big_endian(bytes))
}

/// A word as a position or length within memory.
fn size(data: &[u8], at: usize) -> Option<usize> {
    usize::try_from(word(data, at)?).ok()
}

fn string(arguments: &[u8]) -> Option<String> {
    let start = size(arguments, 0)?;
    let length = size(arguments, start)?;
    let text = start.checked_add(32)?;
    let bytes = arguments.get(text..text.checked_add(length)?)?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn panic(arguments: &[u8]) -> Option<String> {
    let code = word(arguments, 0)?;
    let known = if code.bits() <= 8 {
        code.low_u64()
    } else {
        u64::MAX
    };
    // The Solidity documentation, "Panic via assert and Error via require".
    let meaning = match known {
        0x00 => "generic panic of the compiler",
        0x01 => "assertion failed",
        0x11 => "arithmetic overflow or underflow",
        0x12 => "division or modulo by zero",
        0x21 => "value is not of the enumeration",
        0x22 => "storage byte array is incorrectly encoded",
        0x31 => "pop from an empty array",
        0x32 => "index out of bounds",
        0x41 => "too much memory allocated",
        0x51 => "call of a function that was never set",
        _ => "unknown code",
    };
    Some(format!("panic {code:#04x}: {meaning}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abi(selector: [u8; 4], words: &[u64], tail: &[u8]) -> Vec<u8> {
        let mut data = selector.to_vec();
        for word in words {
            data.extend(U256::from(*word).to_big_endian());
        }
        data.extend(tail);
        data
    }

    #[test]
    fn texts() {
        let data = abi(ERROR, &[32, 5], b"no!\xff\n\0\0\0");
        assert_eq!(decode(&data).as_deref(), Some("no!\u{fffd}\n"));
    }

    #[test]
    fn panics_have_meanings() {
        assert_eq!(
            decode(&abi(PANIC, &[0x11], &[])).as_deref(),
            Some("panic 0x11: arithmetic overflow or underflow")
        );
        assert_eq!(
            decode(&abi(PANIC, &[0x01], &[])).as_deref(),
            Some("panic 0x01: assertion failed")
        );
        let mut unknown = PANIC.to_vec();
        unknown.extend(U256::MAX.to_big_endian());
        assert!(decode(&unknown).is_some_and(|text| text.ends_with("unknown code")));
    }

    #[test]
    fn errors_of_the_contract() {
        assert_eq!(
            decode(&abi([1, 2, 3, 0xff], &[7], &[])).as_deref(),
            Some("custom error 0x010203ff")
        );
    }

    #[test]
    fn what_is_cut_short_or_points_outside_is_no_reason() {
        let data = abi(ERROR, &[32, 5], b"hello");
        for length in 0..data.len() {
            assert_eq!(decode(&data[..length]), None, "{length}");
        }
        for words in [&[u64::MAX, 1][..], &[32, u64::MAX], &[33, 1]] {
            assert_eq!(decode(&abi(ERROR, words, b"")), None);
        }
        let mut huge = ERROR.to_vec();
        huge.extend([0xff; 64]);
        assert_eq!(decode(&huge), None);
    }
}
