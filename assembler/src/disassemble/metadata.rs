//! What compilers leave behind the code: a CBOR map (RFC 8949) with their version and the hash of the source's
//! description, and two bytes with the map's length.
//!
//! It is looked for everywhere, because the code of a constructor or of a factory contains other contracts.

use std::fmt;

/// A compiler's metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Its first byte.
    pub start: usize,
    /// The byte after its length.
    pub end: usize,
    /// The compiler.
    pub compiler: &'static str,
    /// Its version, if that was left.
    pub version: Option<String>,
    /// Where the description of the source is, if that was left.
    pub source: Option<String>,
}

impl fmt::Display for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.compiler)?;
        if let Some(version) = &self.version {
            write!(f, " {version}")?;
        }
        if let Some(source) = &self.source {
            write!(f, ", {source}")?;
        }
        Ok(())
    }
}

/// Names of entries. A map that begins with another is not taken for metadata.
const KEYS: [&str; 6] = ["ipfs", "bzzr0", "bzzr1", "solc", "experimental", "vyper"];

/// Bytes of a multihash of SHA-256.
const IPFS_HASH: usize = 34;
/// Bytes of a hash of Swarm.
const SWARM_HASH: usize = 32;
/// Characters of a version that are still one.
const LONGEST_VERSION: usize = 100;

/// Finds all metadata in code, in its order.
pub(super) fn find(code: &[u8]) -> Vec<Metadata> {
    let mut found: Vec<Metadata> = Vec::new();
    let mut position = 0;
    while let Some(byte) = code.get(position) {
        let last = found.last().map_or(0, |metadata| metadata.end);
        let metadata = matches!(byte, 0xa1..=0xa4).then(|| read(code, position));
        match metadata.flatten().filter(|metadata| metadata.start >= last) {
            Some(metadata) => {
                position = metadata.end;
                found.push(metadata);
            }
            None => position += 1,
        }
    }
    found
}

/// Reads a map that begins at a position, with the length behind it.
fn read(code: &[u8], start: usize) -> Option<Metadata> {
    let mut reader = Reader {
        rest: code.get(start..)?,
    };
    let (_, entries) = reader.head()?;
    let mut metadata = Metadata {
        start,
        end: start,
        compiler: "solc",
        version: None,
        source: None,
    };
    for entry in 0..entries {
        let Item::Text(key) = reader.item()? else {
            return None;
        };
        if entry == 0 && !KEYS.iter().any(|known| known.as_bytes() == key) {
            return None;
        }
        metadata.note(key, reader.item()?);
    }
    let map = code.len() - start - reader.rest.len();
    let length = u16::from_be_bytes(*reader.take()?);
    metadata.end = start + map + 2;
    // From 0.3.10 on Vyper's map is the last of an array, and the length counts itself.
    let array = metadata.end.checked_sub(usize::from(length));
    match array {
        _ if usize::from(length) == map => Some(metadata),
        Some(array)
            if metadata.compiler == "vyper"
                && array < start
                && matches!(code.get(array), Some(0x84 | 0x85)) =>
        {
            metadata.start = array;
            Some(metadata)
        }
        _ => None,
    }
}

impl Metadata {
    fn note(&mut self, key: &[u8], item: Item<'_>) {
        match (key, item) {
            (b"ipfs", Item::Bytes(hash)) if hash.len() == IPFS_HASH => {
                // A CID of version 1 in base 16, of a node in the format of version 0.
                self.source = Some(format!("ipfs://f0170{}", Hex(hash)));
            }
            (b"bzzr0" | b"bzzr1", Item::Bytes(hash)) if hash.len() == SWARM_HASH => {
                self.source = Some(format!("bzz-raw://{}", Hex(hash)));
            }
            (b"solc", Item::Bytes(version)) | (b"vyper", Item::Numbers(version))
                if version.len() == 3 =>
            {
                let numbers: Vec<_> = version.iter().map(u8::to_string).collect();
                self.version = Some(numbers.join("."));
            }
            // Of a nightly version. It goes into a comment, and to terminals.
            (b"solc", Item::Text(version))
                if version.len() <= LONGEST_VERSION && version.iter().all(u8::is_ascii_graphic) =>
            {
                self.version = String::from_utf8(version.to_vec()).ok();
            }
            _ => {}
        }
        if key == b"vyper" {
            self.compiler = "vyper";
        }
    }
}

/// Bytes as hex digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

enum Item<'a> {
    Bytes(&'a [u8]),
    Text(&'a [u8]),
    /// An array of numbers below 24, which CBOR writes as they are.
    Numbers(&'a [u8]),
    Simple,
}

/// Reads the few kinds of items that compilers write.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(taken)
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// The major type of an item and its number.
    fn head(&mut self) -> Option<(u8, usize)> {
        let [first] = self.take()?;
        let number = match first & 0x1f {
            small @ 0..=23 => usize::from(small),
            24 => usize::from(u8::from_be_bytes(*self.take()?)),
            25 => usize::from(u16::from_be_bytes(*self.take()?)),
            _ => return None,
        };
        Some((first >> 5, number))
    }

    fn item(&mut self) -> Option<Item<'a>> {
        match self.head()? {
            (2, length) => self.bytes(length).map(Item::Bytes),
            (3, length) => self.bytes(length).map(Item::Text),
            (4, length) => {
                let numbers = self.bytes(length)?;
                let small = numbers.iter().all(|number| *number < 24);
                small.then_some(Item::Numbers(numbers))
            }
            (7, 20 | 21) => Some(Item::Simple),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.bytes().filter(|digit| *digit != b' ').collect();
        let pairs = digits.chunks(2);
        let byte = |pair| u8::from_str_radix(str::from_utf8(pair).expect("text"), 16);
        pairs.map(byte).collect::<Result<_, _>>().expect("hex")
    }

    fn said(hex: &str) -> Vec<String> {
        let code = bytes(hex);
        let found = find(&code);
        for metadata in &found {
            assert!(metadata.start < metadata.end && metadata.end <= code.len());
        }
        found.iter().map(Metadata::to_string).collect()
    }

    #[test]
    fn what_compilers_of_all_ages_write() {
        let hash = "11".repeat(32);
        let solc_0_4 = format!("fea165 627a7a7230 5820 {hash} 0029");
        assert_eq!(said(&solc_0_4), [format!("solc, bzz-raw://{hash}")]);
        let solc_0_8 = format!("a264 69706673 5822 1220{hash} 64 736f6c63 43 000813 0033");
        let source = format!("ipfs://f01701220{hash}");
        assert_eq!(said(&solc_0_8), [format!("solc 0.8.19, {source}")]);
        let two = format!("00{solc_0_8}00{solc_0_8}60");
        assert_eq!(said(&two).len(), 2);
        assert_eq!(said("a1 64 736f6c63 43 00081a 000a"), ["solc 0.8.26"]);
        assert_eq!(said("a1 64 736f6c63 63 302e39 000a"), ["solc 0.9"]);
        assert_eq!(said("a1 65 7679706572 83 000306 000b"), ["vyper 0.3.6"]);
        let vyper_0_3_10 = "84 1902c0 80 00 a1 65 7679706572 83 00030a 0013";
        assert_eq!(said(vyper_0_3_10), ["vyper 0.3.10"]);
        assert_eq!(find(&bytes(vyper_0_3_10))[0].start, 0);
    }

    #[test]
    fn what_only_looks_like_it() {
        // A hash that is none is not told.
        let long = format!("a1 64 69706673 59 8000 {} 8009", "11".repeat(0x8000));
        assert_eq!(said(&long), ["solc"]);
        for hex in [
            "",
            "a1",
            "a164",
            "a1 64 736f6c63 43 0008",
            "a1 64 736f6c63 43 00081a",
            "a1 64 736f6c63 43 00081a 000b",
            "a1 64 736f6c63 5b ffffffffffffffff 000b",
            "a1 64 6e6f6e65 43 00081a 000a",
            "a1 65 7679706572 83 00ff06 000b",
            "a1 65 7679706572 83 000306 ffff",
        ] {
            assert_eq!(said(hex), Vec::<String>::new(), "{hex}");
        }
        // Nothing in a version gets out of its comment.
        assert_eq!(said("a1 64 736f6c63 63 300a39 000a"), ["solc"]);
    }
}
