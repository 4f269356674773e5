//! Keys of phrases (BIP-39) by derivation paths (BIP-32).

use coins_bip32::path::DerivationPath;
use coins_bip32::prelude::SigningKey;
use coins_bip32::xkeys::XPriv;
use coins_bip39::{
    ChineseSimplified, ChineseTraditional, Czech, English, French, Italian, Japanese, Korean,
    Mnemonic, Portuguese, Spanish, Wordlist,
};

use crate::contracts::abi::Value;

use super::super::arguments;

/// Where Ethereum's wallets have their keys (BIP-44).
const USUAL_PATH: &str = "m/44'/60'/0'/0/";
/// How many keys one call may derive.
const MOST_KEYS: u32 = 10_000;

/// The key of `deriveKey(mnemonic[, path], index[, language])`.
pub(super) fn key(of: &[Value]) -> Result<[u8; 32], String> {
    let phrase = arguments::text(of, 0)?;
    let (path, index_at) = match of.get(1) {
        Some(Value::String(path)) => (path.as_str(), 2),
        _ => (USUAL_PATH, 1),
    };
    let index = arguments::number(of, index_at)?.saturating_to::<u32>();
    let root = root(phrase, of.get(index_at + 1))?;
    child(&root, path, index)
}

/// The keys of `rememberKeys(mnemonic, path[, language], count)`.
pub(super) fn keys(of: &[Value]) -> Result<Vec<[u8; 32]>, String> {
    let (phrase, path) = (arguments::text(of, 0)?, arguments::text(of, 1)?);
    let count = arguments::number(of, of.len().saturating_sub(1))?.saturating_to::<u32>();
    if count > MOST_KEYS {
        return Err(format!(
            "more than {MOST_KEYS} keys cannot be derived at once"
        ));
    }
    let root = root(phrase, of.get(2))?;
    (0..count).map(|index| child(&root, path, index)).collect()
}

fn root(phrase: &str, language: Option<&Value>) -> Result<XPriv, String> {
    let language = match language {
        Some(Value::String(language)) => language,
        _ => "english",
    };
    match language {
        "chinese_simplified" => root_in::<ChineseSimplified>(phrase),
        "chinese_traditional" => root_in::<ChineseTraditional>(phrase),
        "czech" => root_in::<Czech>(phrase),
        "english" => root_in::<English>(phrase),
        "french" => root_in::<French>(phrase),
        "italian" => root_in::<Italian>(phrase),
        "japanese" => root_in::<Japanese>(phrase),
        "korean" => root_in::<Korean>(phrase),
        "portuguese" => root_in::<Portuguese>(phrase),
        "spanish" => root_in::<Spanish>(phrase),
        _ => Err(format!("unsupported mnemonic language: {language:?}")),
    }
}

fn root_in<W: Wordlist>(phrase: &str) -> Result<XPriv, String> {
    let mnemonic = Mnemonic::<W>::new_from_phrase(phrase).map_err(|error| error.to_string())?;
    mnemonic.master_key(None).map_err(|error| error.to_string())
}

fn child(root: &XPriv, path: &str, index: u32) -> Result<[u8; 32], String> {
    let slash = if path.ends_with('/') { "" } else { "/" };
    let path: DerivationPath = format!("{path}{slash}{index}")
        .parse()
        .map_err(|error: coins_bip32::Bip32Error| error.to_string())?;
    let key = root.derive_path(path).map_err(|error| error.to_string())?;
    Ok(AsRef::<SigningKey>::as_ref(&key).to_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{call, call_with, fails};
    use super::*;
    use crate::contracts::abi::{self, Unsigned};

    const PHRASE: &str = "test test test test test test test test test test test junk";

    fn text(of: &str) -> Value {
        Value::String(of.to_owned())
    }

    fn uint(of: u64) -> Value {
        Value::Uint(Unsigned::from(of), 32)
    }

    /// The first addresses of the phrase that every tool of the field uses for development.
    const ADDRESSES: [&str; 2] = [
        "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
        "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
    ];

    #[test]
    fn the_phrase_of_development() {
        for (index, address) in (0..).zip(ADDRESSES) {
            let key = call("deriveKey(string,uint32)", &[text(PHRASE), uint(index)]);
            assert_eq!(abi::plain(&call("addr(uint256)", &key)[0]), address);
            let path = text("m/44'/60'/0'/0");
            assert_eq!(
                call(
                    "deriveKey(string,string,uint32)",
                    &[text(PHRASE), path, uint(index)]
                ),
                key
            );
        }
        let mut values = super::super::Values::default();
        let remembered = call_with(
            &mut values,
            "rememberKeys(string,string,uint32)",
            &[text(PHRASE), text("m/44'/60'/0'/0/"), uint(2)],
        );
        assert_eq!(
            abi::plain(&remembered[0]),
            format!("[{}]", ADDRESSES.join(", "))
        );
        assert_eq!(call_with(&mut values, "getWallets()", &[]), remembered);
    }

    #[test]
    fn other_languages() {
        let phrase = "abaisser abaisser abaisser abaisser abaisser abaisser abaisser abaisser abaisser abaisser abaisser abeille";
        let arguments = [text(phrase), uint(0), text("french")];
        call("deriveKey(string,uint32,string)", &arguments);
        assert_eq!(
            fails(
                "deriveKey(string,uint32,string)",
                &[text(PHRASE), uint(0), text("latin")]
            ),
            "unsupported mnemonic language: \"latin\""
        );
        fails("deriveKey(string,uint32)", &[text("test test"), uint(0)]);
        fails("deriveKey(string,uint32)", &[text(PHRASE), uint(1 << 31)]);
    }
}
