//! Hash functions, and the addresses that follow from hashes.

use gasworks::{Address, Hash, U256};
use ripemd::Ripemd160;
use sha2::Sha256;
use sha3::{Digest, Keccak256};

pub(super) fn keccak(bytes: &[u8]) -> Hash {
    Hash(Keccak256::digest(bytes).into())
}

pub(super) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

pub(super) fn ripemd160(bytes: &[u8]) -> [u8; 20] {
    Ripemd160::digest(bytes).into()
}

/// The last 20 bytes of a hash.
pub(super) fn address_of(hash: Hash) -> Address {
    Address::from_slice(&hash.0[12..])
}

/// A number as RLP writes it (Yellow Paper, appendix B), for numbers of at most 32 bytes.
pub(super) fn rlp_number(number: U256) -> Vec<u8> {
    let bytes = number.to_big_endian();
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(32);
    match &bytes[start..] {
        [byte] if *byte < 0x80 => vec![*byte],
        bytes => [&[0x80 + bytes.len() as u8], bytes].concat(),
    }
}

/// A list of less than 56 bytes.
fn rlp_list(items: &[u8]) -> Vec<u8> {
    [&[0xc0 + items.len() as u8], items].concat()
}

/// Yellow Paper, (87): what CREATE and creating transactions create.
pub(super) fn create_address(creator: Address, nonce: u64) -> Address {
    let items = [
        &[0x80 + 20],
        creator.as_bytes(),
        &rlp_number(U256::from(nonce)),
    ]
    .concat();
    address_of(keccak(&rlp_list(&items)))
}

/// EIP-1014.
pub(super) fn create2_address(creator: Address, salt: U256, init_code: &[u8]) -> Address {
    let salt = salt.to_big_endian();
    let bytes = [
        &[0xff],
        creator.as_bytes(),
        &salt,
        keccak(init_code).as_bytes(),
    ]
    .concat();
    address_of(keccak(&bytes))
}

/// EIP-7702: what an authority signs.
pub(super) fn authorization_hash(chain_id: U256, address: Address, nonce: u64) -> Hash {
    let items = [
        rlp_number(chain_id),
        [&[0x80 + 20], address.as_bytes()].concat(),
        rlp_number(U256::from(nonce)),
    ]
    .concat();
    // Only a chain of many bytes makes it longer.
    let list = if items.len() < 56 {
        rlp_list(&items)
    } else {
        [&[0xf8, items.len() as u8], items.as_slice()].concat()
    };
    keccak(&[&[0x05], list.as_slice()].concat())
}
