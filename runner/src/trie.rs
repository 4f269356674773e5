//! The root of a secure Merkle Patricia trie (Yellow Paper, appendix D), from leaves at once.
//!
//! Fixtures ask for a root hundreds of thousands of times and never for a proof or an update, so nothing is stored: the
//! sorted leaves are folded into a root, and callers keep leaves between calls. It is a few lines here, where the crates
//! that were looked at build node stores. The recursion is bounded by the 64 nibbles of a key, never by the input.

use gasworks::{Hash, keccak256};

use crate::rlp;

/// The longest value: an account of a 64-bit nonce, a 256-bit balance and two hashes.
const MAX_VALUE: usize = 110;

/// A hashed key and its RLP value.
#[derive(Clone)]
pub(crate) struct Leaf {
    key: [u8; 32],
    value: [u8; MAX_VALUE],
    length: u8,
}

impl Leaf {
    /// An account: nonce, balance, storage root, code hash (Yellow Paper, equation 12).
    pub(crate) fn account(
        key: Hash,
        nonce: u64,
        balance: [u8; 32],
        storage_root: Hash,
        code_hash: Hash,
    ) -> Leaf {
        let mut items = Vec::with_capacity(MAX_VALUE);
        rlp::append_integer(&mut items, &nonce.to_be_bytes());
        rlp::append_integer(&mut items, &balance);
        rlp::append_bytes(&mut items, storage_root.as_bytes());
        rlp::append_bytes(&mut items, code_hash.as_bytes());
        let mut value = Vec::with_capacity(MAX_VALUE);
        rlp::append_list_header(&mut value, items.len());
        value.extend_from_slice(&items);
        Leaf::new(key, &value)
    }

    /// A storage slot that holds `value`, big-endian and not zero.
    pub(crate) fn slot(key: Hash, value: [u8; 32]) -> Leaf {
        let mut bytes = Vec::with_capacity(33);
        rlp::append_integer(&mut bytes, &value);
        Leaf::new(key, &bytes)
    }

    fn new(key: Hash, bytes: &[u8]) -> Leaf {
        let mut value = [0; MAX_VALUE];
        value[..bytes.len()].copy_from_slice(bytes);
        Leaf {
            key: key.0,
            value,
            length: bytes.len() as u8,
        }
    }

    /// The hashed key, which orders leaves.
    pub(crate) fn key(&self) -> Hash {
        Hash(self.key)
    }

    fn value(&self) -> &[u8] {
        &self.value[..usize::from(self.length)]
    }

    fn nibble(&self, depth: usize) -> u8 {
        let byte = self.key[depth / 2];
        if depth.is_multiple_of(2) {
            byte >> 4
        } else {
            byte & 0x0f
        }
    }
}

/// The root of the trie that holds `leaves`, which must ascend by key without repeats.
pub(crate) fn root(leaves: &[&Leaf]) -> Hash {
    debug_assert!(leaves.windows(2).all(|pair| pair[0].key < pair[1].key));
    if leaves.is_empty() {
        return empty_root();
    }
    let mut node = Vec::with_capacity(600);
    append_node(&mut node, leaves, 0);
    keccak256(&node)
}

/// The root of a trie without leaves: the hash of the empty string's RLP.
pub(crate) fn empty_root() -> Hash {
    const EMPTY_ROOT: [u8; 32] = [
        0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8,
        0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63,
        0xb4, 0x21,
    ];
    Hash(EMPTY_ROOT)
}

/// Appends the RLP of the node that holds `leaves`, all of which share their first `depth` nibbles.
fn append_node(out: &mut Vec<u8>, leaves: &[&Leaf], depth: usize) {
    let mut items = Vec::with_capacity(560);
    match leaves {
        [] => return,
        [leaf] => {
            append_path(&mut items, leaf, depth, 64, true);
            rlp::append_bytes(&mut items, leaf.value());
        }
        [first, .., last] => {
            // Leaves are sorted: what the first and the last share, all share. Keys differ, so this stops before 64.
            let shared = (depth..64)
                .find(|at| first.nibble(*at) != last.nibble(*at))
                .unwrap_or(64);
            if shared > depth {
                append_path(&mut items, first, depth, shared, false);
                append_reference(&mut items, leaves, shared);
            } else {
                append_children(&mut items, leaves, depth);
            }
        }
    }
    rlp::append_list_header(out, items.len());
    out.extend_from_slice(&items);
}

/// The sixteen children of a branch, and its value, which fixed-length keys never have.
fn append_children(items: &mut Vec<u8>, leaves: &[&Leaf], depth: usize) {
    let mut rest = leaves;
    for nibble in 0..16 {
        let count = rest
            .iter()
            .take_while(|leaf| leaf.nibble(depth) == nibble)
            .count();
        let (child, others) = rest.split_at(count);
        append_reference(items, child, depth + 1);
        rest = others;
    }
    items.push(0x80);
}

/// A child by its hash, or as it is where its RLP is shorter than a hash.
fn append_reference(items: &mut Vec<u8>, leaves: &[&Leaf], depth: usize) {
    if leaves.is_empty() {
        items.push(0x80);
        return;
    }
    let start = items.len();
    append_node(items, leaves, depth);
    if items.len() - start >= 32 {
        let hash = keccak256(&items[start..]);
        items.truncate(start);
        rlp::append_bytes(items, hash.as_bytes());
    }
}

/// Nibbles `from..to` of the key in the compact encoding (Yellow Paper, appendix C): a flag nibble says leaf and odd.
fn append_path(items: &mut Vec<u8>, leaf: &Leaf, from: usize, to: usize, is_leaf: bool) {
    let mut path = [0_u8; 33];
    let odd = (to - from) % 2 == 1;
    path[0] = (u8::from(is_leaf) << 5) | (u8::from(odd) << 4);
    let mut next = from;
    if odd {
        path[0] |= leaf.nibble(from);
        next += 1;
    }
    let mut length = 1;
    while next < to {
        path[length] = (leaf.nibble(next) << 4) | leaf.nibble(next + 1);
        length += 1;
        next += 2;
    }
    rlp::append_bytes(items, &path[..length]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(key: [u8; 32], value: u8) -> Leaf {
        let mut word = [0; 32];
        word[31] = value;
        Leaf::slot(Hash(key), word)
    }

    fn hex(hash: Hash) -> String {
        format!("{hash:?}")
    }

    #[test]
    fn no_leaves_is_the_hash_of_an_empty_string() {
        assert_eq!(root(&[]), keccak256(&[0x80]));
    }

    #[test]
    fn one_leaf_is_the_hash_of_its_node() {
        // list[path 0x20 ++ key, value 1]: 33 bytes of path, one of value.
        let mut node = vec![0xe3, 0xa1, 0x20];
        node.extend_from_slice(&[7; 32]);
        node.push(1);
        assert_eq!(root(&[&leaf([7; 32], 1)]), keccak256(&node));
    }

    #[test]
    fn short_nodes_are_embedded_and_long_ones_hashed() {
        // Two keys that differ in the last nibble only: an extension of 63 nibbles over a branch of two short leaves.
        let (mut low, mut high) = ([0x11; 32], [0x11; 32]);
        low[31] = 0x10;
        high[31] = 0x1f;
        let mut branch = vec![0xd5];
        branch.extend_from_slice(&[0xc2, 0x20, 5]);
        branch.extend_from_slice(&[0x80; 14]);
        branch.extend_from_slice(&[0xc2, 0x20, 6]);
        branch.push(0x80);
        let mut extension = vec![0xa0, 0x11];
        extension.extend_from_slice(&[0x11; 31]);
        extension.extend_from_slice(&branch);
        let mut node = vec![0xc0 + extension.len() as u8];
        if extension.len() > 55 {
            node = vec![0xf8, extension.len() as u8];
        }
        node.extend_from_slice(&extension);
        assert_eq!(
            hex(root(&[&leaf(low, 5), &leaf(high, 6)])),
            hex(keccak256(&node))
        );
    }
}
