//! Bytes that the user names: a file of hex or of raw bytes, hex itself, or standard input.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use gasworks::Bytes;

/// MiB of bytecode or call data at most, which is more than gas can pay for.
const LIMIT: u64 = 64;

/// Reads an argument that is a file, hex, or `-` for standard input. A file of that name wins over hex.
pub fn read(argument: &OsStr) -> Result<Bytes, String> {
    if argument == "-" {
        return decode(
            &read_all(io::stdin(), LIMIT).map_err(|error| format!("standard input: {error}"))?,
        )
        .map_err(|error| format!("standard input: {error}"));
    }
    let path = Path::new(argument);
    let folder = match fs::metadata(path) {
        Ok(found) if !found.is_dir() => return read_file(path),
        found => found.is_ok(),
    };
    let neither = |reason: String| {
        let shown: String = argument.to_string_lossy().chars().take(80).collect();
        format!("{shown:?} is neither a file that can be found nor hex: {reason}")
    };
    match argument.to_str() {
        Some("") => Err("an empty argument is neither a file nor hex; no bytes are 0x".to_owned()),
        Some(text) if folder => parse_hex(text)
            .map(Bytes::from)
            .map_err(|_| format!("{text}: is a directory")),
        Some(text) => parse_hex(text).map(Bytes::from).map_err(neither),
        None => Err(neither("it is no text".to_owned())),
    }
}

/// Reads a file of hex text or of raw bytes.
pub fn read_file(path: &Path) -> Result<Bytes, String> {
    let within = |error: String| format!("{}: {error}", path.display());
    let bytes = File::open(path)
        .and_then(|file| read_all(file, LIMIT))
        .map_err(|error| within(error.to_string()))?;
    decode(&bytes).map_err(within)
}

/// Reads to the end, but no more than so many MiB: a file without end must not fill the memory.
pub fn read_all(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take((limit << 20) + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit << 20 {
        return Err(io::Error::other(format!("more than {limit} MiB")));
    }
    Ok(bytes)
}

/// Text is hex, anything else is taken as it is.
fn decode(bytes: &[u8]) -> Result<Bytes, String> {
    match str::from_utf8(bytes) {
        Ok(text) if !text.contains(|c: char| c.is_control() && !c.is_whitespace()) => {
            if text.trim().is_empty() {
                return Err("there is nothing in it; no bytes are 0x".to_owned());
            }
            parse_hex(text).map(Bytes::from)
        }
        _ => Ok(Bytes::copy_from_slice(bytes)),
    }
}

/// Reads hex digits, with or without 0x before them, between which there may be white space.
pub fn parse_hex(text: &str) -> Result<Vec<u8>, String> {
    let start = text.len() - text.trim_start().len();
    let prefixed = text[start..].starts_with("0x") || text[start..].starts_with("0X");
    let digits_start = if prefixed { start + 2 } else { start };
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for (position, character) in text.char_indices() {
        if position < digits_start || character.is_whitespace() {
            continue;
        }
        let Some(digit) = character.to_digit(16) else {
            return Err(not_a_digit(text, position, character));
        };
        // A digit is below 16.
        let digit = digit as u8;
        match high.take() {
            None => high = Some(digit),
            Some(high) => bytes.push(high << 4 | digit),
        }
    }
    match high {
        None => Ok(bytes),
        Some(_) => Err(format!(
            "an odd number of hex digits ({})",
            2 * bytes.len() + 1
        )),
    }
}

fn not_a_digit(text: &str, position: usize, character: char) -> String {
    let before = &text[..position];
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    format!("line {line}, column {column}: {character:?} is no hex digit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_with_and_without_prefix_and_white_space() {
        for text in ["0x60aa", "60AA", " 0X60\n aA\r\n", "6\n0\ta a"] {
            assert_eq!(parse_hex(text), Ok(vec![0x60, 0xaa]), "{text:?}");
        }
        assert_eq!(parse_hex("0x"), Ok(vec![]));
    }

    #[test]
    fn errors_say_where() {
        let message = parse_hex("0x60\n6g").expect_err("g is no digit");
        assert_eq!(message, "line 2, column 2: 'g' is no hex digit");
        let message = parse_hex("0x60 0x60").expect_err("a second prefix is none");
        assert_eq!(message, "line 1, column 7: 'x' is no hex digit");
        let message = parse_hex("0x601").expect_err("odd");
        assert_eq!(message, "an odd number of hex digits (3)");
    }

    #[test]
    fn files_are_hex_where_they_are_text_and_raw_otherwise() {
        assert_eq!(decode(b"0x6001\n"), Ok(Bytes::from_static(&[0x60, 1])));
        let raw = Bytes::from_static(&[0x60, 0x00, 0xff]);
        assert_eq!(decode(&raw), Ok(raw.clone()));
        let control = Bytes::from_static(&[0x60, 0x01, 0x60]);
        assert_eq!(decode(&control), Ok(control.clone()));
        assert!(decode(b"").is_err());
        assert!(decode(b" \n").is_err());
        assert!(decode(b"PUSH1 42").is_err());
    }
}
