//! How the tool speaks: styles, numbers for people, errors, and what to do when nobody listens.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};

/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
/// What went wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Names of what is printed.
pub const LABEL: Style = Style::new().bold();

/// The exit status of bad usage and of input that cannot be read.
pub const BAD_INPUT: u8 = 2;

/// Says something on standard error; where nobody listens any more, nothing can be done about it.
pub fn complain(message: impl Display) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// Writes an error to standard error, and is the exit status for it.
pub fn error(message: impl Display) -> ExitCode {
    complain(format_args!("{BAD}error:{BAD:#} {message}"));
    ExitCode::from(BAD_INPUT)
}

/// Text from outside as a terminal may see it: what it would obey is written as an escape.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|character| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    });
    Cow::Owned(escaped.collect())
}

/// The exit status after results have been written. That their reader has gone, as `head` does, is no error.
pub fn finish(written: io::Result<()>, status: ExitCode) -> ExitCode {
    match written {
        Ok(()) => status,
        Err(reason) if reason.kind() == io::ErrorKind::BrokenPipe => status,
        Err(reason) => error(reason),
    }
}

/// A number with its digits in groups of three.
///
/// ```text
/// 30000000 -> 30,000,000
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(visible("plain \u{e9}"), "plain \u{e9}");
        assert_eq!(visible("a\u{1b}[2J\nb"), "a\\u{1b}[2J\\nb");
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (30_000_000, "30,000,000"),
            (u64::MAX, "18,446,744,073,709,551,615"),
        ] {
            assert_eq!(grouped(number), text);
        }
    }
}
