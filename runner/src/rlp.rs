//! The few lines of RLP that trie nodes, accounts and logs are hashed in (Yellow Paper, appendix B).
//!
//! Writes only, straight into a buffer: a fixture run encodes millions of small nodes. Transactions are decoded and
//! encoded by `gasworks`.

/// Appends a byte string.
pub(crate) fn append_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    match bytes {
        [byte] if *byte < 0x80 => out.push(*byte),
        _ => {
            append_header(out, 0x80, bytes.len());
            out.extend_from_slice(bytes);
        }
    }
}

/// Appends an integer: big-endian bytes without leading zeros.
pub(crate) fn append_integer(out: &mut Vec<u8>, big_endian: &[u8]) {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    append_bytes(out, &big_endian[zeros..]);
}

/// Appends the header of a list whose items take `length` bytes.
pub(crate) fn append_list_header(out: &mut Vec<u8>, length: usize) {
    append_header(out, 0xc0, length);
}

fn append_header(out: &mut Vec<u8>, base: u8, length: usize) {
    // Up to 55 bytes the length is part of the first byte; beyond that the first byte says how long the length is.
    if length <= 55 {
        out.push(base + length as u8);
        return;
    }
    let bytes = (length as u64).to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    out.push(base + 55 + (bytes.len() - zeros) as u8);
    out.extend_from_slice(&bytes[zeros..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(input: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        append_bytes(&mut out, input);
        out
    }

    #[test]
    fn strings_of_each_length_class() {
        assert_eq!(bytes(b""), [0x80]);
        assert_eq!(bytes(&[0x7f]), [0x7f]);
        assert_eq!(bytes(&[0x80]), [0x81, 0x80]);
        assert_eq!(bytes(b"dog"), [0x83, b'd', b'o', b'g']);
        assert_eq!(bytes(&[1; 55])[..2], [0xb7, 1]);
        assert_eq!(bytes(&[1; 56])[..3], [0xb8, 56, 1]);
        assert_eq!(bytes(&[1; 1024])[..4], [0xb9, 4, 0, 1]);
    }

    #[test]
    fn integers_have_no_leading_zeros() {
        let mut out = Vec::new();
        append_integer(&mut out, &[0, 0]);
        append_integer(&mut out, &[0, 15]);
        append_integer(&mut out, &[4, 0]);
        assert_eq!(out, [0x80, 0x0f, 0x82, 4, 0]);
    }
}
