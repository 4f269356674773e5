//! Values that are worth trying because the contracts know them: constants of their code, their storage and addresses,
//! and what they return and log.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use gasworks::{Address, U256};

use super::literals::Literals;
use super::options::DictionaryOptions;
use crate::contracts::abi::{self, Type, Value};

/// A word of the machine, big-endian.
pub type Word = [u8; 32];

/// No more of a code than this is looked at: tests may deploy code of any size.
const CODE_LIMIT: usize = 24 * 1024;

const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// What is known, in the order in which it became known.
#[derive(Clone, Debug)]
pub struct Dictionary {
    options: DictionaryOptions,
    values: Vec<Word>,
    known: HashSet<Word>,
    /// Accounts whose code was looked at.
    accounts: Vec<Address>,
    known_accounts: HashSet<Address>,
    /// Values by their type, of the run so far.
    samples: BTreeMap<Kind, Vec<Word>>,
    /// Constants of the sources.
    literals: Arc<Literals>,
    /// How many values and accounts outlive a run.
    kept: (usize, usize),
}

/// The types whose values are words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// `uintN`.
    Uint(usize),
    /// `intN`.
    Int(usize),
    /// `bytesN`.
    FixedBytes(usize),
    /// `address`.
    Address,
}

impl Kind {
    fn of(value: &Value) -> Option<(Self, Word)> {
        Some(match value {
            Value::Uint(number, bits) => (Self::Uint(*bits), number.to_be_bytes()),
            Value::Int(number, bits) => (Self::Int(*bits), number.to_be_bytes()),
            Value::FixedBytes(word, size) => (Self::FixedBytes(*size), word.0),
            Value::Address(address) => (Self::Address, address.into_word().0),
            _ => return None,
        })
    }

    /// The kind of a type whose values are words.
    pub fn of_type(of: &Type) -> Option<Self> {
        Some(match of {
            Type::Uint(bits) => Self::Uint(*bits),
            Type::Int(bits) => Self::Int(*bits),
            Type::FixedBytes(size) => Self::FixedBytes(*size),
            Type::Address => Self::Address,
            _ => return None,
        })
    }
}

impl Dictionary {
    /// A dictionary that knows zero, and the constants of the sources.
    pub fn new(options: DictionaryOptions, literals: Arc<Literals>) -> Self {
        let mut dictionary = Self {
            options,
            values: Vec::new(),
            known: HashSet::new(),
            accounts: Vec::new(),
            known_accounts: HashSet::new(),
            samples: BTreeMap::new(),
            literals,
            kept: (0, 0),
        };
        dictionary.insert([0; 32]);
        dictionary.keep();
        dictionary
    }

    /// How many times out of a hundred values come from here.
    pub fn weight(&self) -> u32 {
        self.options.weight
    }

    /// Everything that is known.
    pub fn values(&self) -> &[Word] {
        &self.values
    }

    /// The constants of the sources.
    pub fn literals(&self) -> &Literals {
        &self.literals
    }

    /// What is known of values of one type: constants of the sources, and what was returned and logged.
    pub fn samples(&self, kind: Kind) -> [&[Word]; 2] {
        let seen = self.samples.get(&kind);
        [self.literals.words(kind), seen.map_or(&[], Vec::as_slice)]
    }

    /// Takes up a word. Zero is always known.
    pub fn insert(&mut self, word: Word) {
        let has_room = self.values.len() < self.options.max_values.max(1);
        if has_room && self.known.insert(word) {
            self.values.push(word);
        }
    }

    /// Takes up a number and its neighbours, where conditions change.
    pub fn insert_number(&mut self, number: U256) {
        let one = U256::one();
        for number in [
            number,
            number.overflowing_sub(one).0,
            number.overflowing_add(one).0,
        ] {
            self.insert(number.to_big_endian());
        }
    }

    /// Takes up an address.
    pub fn insert_address(&mut self, address: Address) {
        let mut word = [0; 32];
        word[12..].copy_from_slice(&address.0);
        self.insert(word);
    }

    /// Takes up an account: its address, and the constants of its code when it is first seen.
    pub fn insert_account(&mut self, address: Address, code: &[u8]) {
        self.insert_address(address);
        let wanted = self.options.include_push_bytes
            && !code.is_empty()
            && self.accounts.len() < self.options.max_addresses;
        if wanted && self.known_accounts.insert(address) {
            self.accounts.push(address);
            self.insert_code(code);
        }
    }

    /// Whether the code of an account was looked at, or never will be.
    pub fn knows_code_of(&self, address: &Address) -> bool {
        !self.options.include_push_bytes || self.known_accounts.contains(address)
    }

    /// Takes up a slot of a storage and what is in it.
    pub fn insert_storage(&mut self, slot: U256, value: U256) {
        if self.options.include_storage {
            self.insert(slot.to_big_endian());
            self.insert_number(value);
        }
    }

    /// Takes up the words of a log that could not be decoded.
    pub fn insert_words(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(32) {
            let mut word = [0; 32];
            word[..chunk.len()].copy_from_slice(chunk);
            self.insert(word);
        }
    }

    /// Takes up values that something returned or logged: as samples of their types while there are fewer of those than a
    /// limit, as words otherwise.
    pub fn insert_samples(&mut self, values: &[Value], limit: usize) {
        for value in values {
            match (Kind::of(value), value) {
                (Some((kind, word)), _) => {
                    let samples = self.samples.entry(kind).or_default();
                    if samples.len() >= limit {
                        self.insert(word);
                    } else if !samples.contains(&word) {
                        samples.push(word);
                    }
                }
                (None, Value::Tuple(inner) | Value::Array(inner) | Value::FixedArray(inner)) => {
                    // Long lists would drive out everything else.
                    let some = inner.len().min(8);
                    self.insert_samples(&inner[..some], limit);
                }
                _ => {}
            }
        }
    }

    fn insert_code(&mut self, code: &[u8]) {
        let code = &code[..code.len().min(CODE_LIMIT)];
        let code = &code[..without_metadata(code)];
        let mut position = 0;
        while let Some(&opcode) = code.get(position) {
            position += 1;
            if (PUSH1..=PUSH32).contains(&opcode) {
                let end = code.len().min(position + usize::from(opcode - PUSH1) + 1);
                let number = U256::from_big_endian(&code[position..end]);
                if !number.is_zero() {
                    self.insert_number(number);
                }
                position = end;
            }
        }
    }

    /// Keeps what is known now for all runs.
    pub fn keep(&mut self) {
        self.kept = (self.values.len(), self.accounts.len());
    }

    /// Forgets what was taken up since [`Dictionary::keep`], and all samples.
    pub fn forget(&mut self) {
        self.samples.clear();
        for word in self.values.drain(self.kept.0..) {
            self.known.remove(&word);
        }
        for account in self.accounts.drain(self.kept.1..) {
            self.known_accounts.remove(&account);
        }
    }
}

/// Where the metadata begin that compilers put behind the code: two bytes at the end say how long they are.
fn without_metadata(code: &[u8]) -> usize {
    let Some((rest, length)) = code.split_last_chunk::<2>() else {
        return code.len();
    };
    let length = usize::from(u16::from_be_bytes(*length));
    match rest.len().checked_sub(length) {
        // A map of CBOR.
        Some(start) if length > 0 && rest[start] >> 5 == 5 => start,
        _ => code.len(),
    }
}

/// The address in the low bytes of a word.
pub fn address_in(word: &Word) -> Address {
    abi::address(abi::AbiAddress::from_word(abi::AbiWord::new(*word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contracts::abi::{Unsigned, address_value};

    fn number(number: u64) -> Word {
        U256::from(number).to_big_endian()
    }

    fn dictionary() -> Dictionary {
        Dictionary::new(DictionaryOptions::default(), Arc::default())
    }

    #[test]
    fn constants_of_code_are_taken_up_with_their_neighbours_and_metadata_are_not() {
        // PUSH2 0x1234, PUSH1 0, PUSH3 that is cut off; then metadata with a PUSH1 0x77 in them.
        let mut code = vec![0x61, 0x12, 0x34, 0x60, 0x00, 0x5b];
        code.extend([0xa1, 0x60, 0x77, 0x00, 0x03]);
        let mut known = dictionary();
        known.insert_account(Address::repeat_byte(1), &code);
        for expected in [0x1233, 0x1234, 0x1235] {
            assert!(known.values().contains(&number(expected)));
        }
        assert!(!known.values().contains(&number(0x77)));
        known.insert_account(Address::repeat_byte(2), &[0x62, 0xff]);
        assert!(known.values().contains(&number(0xff)));
    }

    #[test]
    fn what_a_run_added_is_forgotten() {
        let mut known = dictionary();
        known.insert_storage(5.into(), 10.into());
        known.keep();
        let before = known.values().to_vec();
        known.insert_account(Address::repeat_byte(3), &[0x60, 0x99]);
        known.insert_samples(&[Value::Uint(Unsigned::from(7u64), 256)], 1);
        known.insert_samples(&[Value::Uint(Unsigned::from(8u64), 256)], 1);
        known.insert_words(&[1; 40]);
        assert!(known.values().contains(&number(8)));
        assert!(known.knows_code_of(&Address::repeat_byte(3)));
        assert_eq!(known.samples(Kind::Uint(256)), [&[][..], &[number(7)]]);
        known.forget();
        assert_eq!(known.values(), before);
        assert!(!known.knows_code_of(&Address::repeat_byte(3)));
        let none: [&[Word]; 2] = [&[], &[]];
        assert_eq!(known.samples(Kind::Uint(256)), none);
        known.insert_account(Address::repeat_byte(3), &[0x60, 0x99]);
        assert!(known.values().contains(&number(0x99)));
    }

    #[test]
    fn it_is_bounded_and_can_be_told_what_to_leave_out() {
        let options = DictionaryOptions {
            max_values: 3,
            include_storage: false,
            include_push_bytes: false,
            ..DictionaryOptions::default()
        };
        let mut known = Dictionary::new(options, Arc::default());
        known.insert_storage(1.into(), 2.into());
        known.insert_account(Address::repeat_byte(1), &[0x60, 0x55]);
        assert_eq!(known.values().len(), 2);
        known.insert_number(100.into());
        assert_eq!(known.values().len(), 3);
        let many = vec![address_value(Address::repeat_byte(9)); 100];
        known.insert_samples(&[Value::Array(many)], 50);
        let [_, seen] = known.samples(Kind::Address);
        assert_eq!(seen.len(), 1);
        assert_eq!(address_in(&seen[0]), Address::repeat_byte(9));
    }
}
