//! Constants that are written in the sources of a project: conditions are often about them.

use std::collections::{BTreeMap, BTreeSet};

use gasworks::{U256, keccak256};

use super::dictionary::{Kind, Word};
use super::solidity::{Lexer, Token};
use crate::contracts::abi;

/// The sizes of integers for which numbers are kept, in bits.
const SIZES: [usize; 6] = [8, 16, 32, 64, 128, 256];

/// No more constants than this are kept of all sources together.
const MOST: usize = 1 << 20;

/// The constants of sources.
#[derive(Clone, Debug, Default)]
pub struct Literals {
    words: BTreeMap<Kind, Vec<Word>>,
    known: BTreeSet<(Kind, Word)>,
    strings: Vec<String>,
    known_strings: BTreeSet<String>,
    bytes: Vec<Vec<u8>>,
    known_bytes: BTreeSet<Vec<u8>>,
}

impl Literals {
    /// Values of one type.
    pub fn words(&self, kind: Kind) -> &[Word] {
        self.words.get(&kind).map_or(&[], Vec::as_slice)
    }

    /// Texts.
    pub fn strings(&self) -> &[String] {
        &self.strings
    }

    /// Texts that are written as hexadecimal digits.
    pub fn bytes(&self) -> &[Vec<u8>] {
        &self.bytes
    }

    /// Takes up the constants of a source.
    pub fn read(&mut self, source: &str) {
        let mut before = [None, None];
        for token in Lexer::new(source) {
            if self.known.len() + self.strings.len() + self.bytes.len() >= MOST {
                return;
            }
            match token {
                Token::Number(digits) => {
                    // A sign that follows a name or a number is a subtraction.
                    let is_negative = before[1] == Some(Token::Sign(b'-'))
                        && !matches!(before[0], Some(Token::Word(_) | Token::Number(_)));
                    self.insert_number(digits, is_negative);
                }
                Token::Text(digits) if before[1] == Some(Token::Word("hex")) => {
                    if let Some(bytes) = abi::unhex(&digits.replace('_', ""))
                        && self.known_bytes.insert(bytes.clone())
                    {
                        self.bytes.push(bytes);
                    }
                }
                // What is imported is no constant.
                Token::Text(_) if matches!(before[1], Some(Token::Word("import" | "from"))) => {}
                Token::Text(text) => self.insert_text(&unescaped(text)),
                _ => {}
            }
            before = [before[1], Some(token)];
        }
    }

    fn insert(&mut self, kind: Kind, word: Word) {
        if self.known.insert((kind, word)) {
            self.words.entry(kind).or_default().push(word);
        }
    }

    fn insert_number(&mut self, digits: &str, is_negative: bool) {
        if digits.len() == 42
            && let Some(bytes) = digits.strip_prefix("0x").and_then(abi::unhex)
        {
            let word = U256::from_big_endian(&bytes).to_big_endian();
            return self.insert(Kind::Address, word);
        }
        let Some(number) = number(digits) else {
            return;
        };
        for bits in SIZES {
            if is_negative && bits > 8 && number.bits() < bits {
                let negative = (!number).overflowing_add(U256::one()).0;
                self.insert(Kind::Int(bits), negative.to_big_endian());
            }
            if number.bits() <= bits {
                self.insert(Kind::Uint(bits), number.to_big_endian());
            }
        }
    }

    /// A text, its hash, and itself as a word if it fits.
    fn insert_text(&mut self, text: &str) {
        if !self.known_strings.insert(text.to_owned()) {
            return;
        }
        self.strings.push(text.to_owned());
        let kind = Kind::FixedBytes(32);
        self.insert(kind, keccak256(text.as_bytes()).0);
        if text.len() <= 32 {
            let mut word = [0; 32];
            word[..text.len()].copy_from_slice(text.as_bytes());
            self.insert(kind, word);
        }
    }
}

/// An integer as Solidity writes it; `None` where it is a fraction or does not fit into a word.
fn number(text: &str) -> Option<U256> {
    let text = text.replace('_', "");
    if let Some(digits) = text.strip_prefix("0x") {
        return U256::from_str_radix(digits, 16).ok();
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
        None => (text.as_str(), 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let zeros = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let zeros = usize::try_from(zeros).ok()?;
    if zeros > 77 || whole.len() + fraction.len() > 78 {
        return None;
    }
    let number = U256::from_dec_str(&format!("{whole}{fraction}")).ok()?;
    number.checked_mul(U256::from(10).checked_pow(zeros.into())?)
}

/// A text without the backslashes of the most usual escapes.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some(other) => other,
                None => break,
            },
            other => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Literals {
        let mut literals = Literals::default();
        literals.read(source);
        literals
    }

    fn word(number: u64) -> Word {
        U256::from(number).to_big_endian()
    }

    #[test]
    fn numbers_are_kept_for_every_size_that_they_fit_into() {
        let literals = of("uint64 constant MAGIC = 1122334455; x = a - 300;");
        assert_eq!(
            literals.words(Kind::Uint(64)),
            [word(1_122_334_455), word(300)]
        );
        assert_eq!(literals.words(Kind::Uint(16)), [word(300)]);
        assert!(literals.words(Kind::Uint(8)).is_empty());
        assert!(literals.words(Kind::Int(256)).is_empty());
    }

    #[test]
    fn negative_numbers_and_addresses_have_types_of_their_own() {
        let literals =
            of("int32 constant X = -777; DAI = 0x6B175474E89094C44Da98b954EedeAC495271d0F;");
        let negative = (!U256::from(777)).overflowing_add(U256::one()).0;
        assert_eq!(literals.words(Kind::Int(32)), [negative.to_big_endian()]);
        assert_eq!(literals.words(Kind::Address).len(), 1);
        assert_eq!(literals.words(Kind::Address)[0][12], 0x6b);
    }

    #[test]
    fn texts_are_kept_with_their_hashes() {
        let literals = of(
            r#"import "a.sol"; import {B} from "b.sol"; s = "xyzzy"; t = 'xyzzy'; h = hex"dead_beef"; "#,
        );
        assert_eq!(literals.strings(), ["xyzzy"]);
        assert_eq!(literals.bytes(), [[0xde, 0xad, 0xbe, 0xef]]);
        let words = literals.words(Kind::FixedBytes(32));
        assert!(words.contains(&keccak256(b"xyzzy").0));
        assert_eq!(words.len(), 2);
        assert_eq!(unescaped(r#"a\n\"b\"#), "a\n\"b");
    }

    #[test]
    fn numbers_are_those_of_solidity() {
        assert_eq!(number("1e18"), Some(U256::from(10u64.pow(18))));
        assert_eq!(number("1.5e3"), Some(1_500.into()));
        assert_eq!(number("25e-1"), None);
        assert_eq!(number("1.50"), None);
        assert_eq!(number("1_000"), Some(1_000.into()));
        assert_eq!(number("0xff"), Some(255.into()));
        for none in ["1e99", "1e999999999999", "12x", "1e-2147483648", "..", "e"] {
            assert_eq!(number(none), None, "{none}");
        }
    }
}
