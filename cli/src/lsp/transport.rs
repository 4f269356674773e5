//! Messages over standard input and output, as the protocol frames them. The only file that reads or writes them, and
//! that names `lsp-server`.
//!
//! The library's own reader trusts its client: it makes room for whatever length a header names, and ends at the first
//! message that is no JSON. An editor is not to lose its server over one such message.

use std::io::{self, BufRead, Read, Write};

pub use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};

/// The longest line of a header that is read.
const LONGEST_LINE: u64 = 1 << 12;
/// The longest message that is read.
const LONGEST_MESSAGE: u64 = 1 << 28;

/// What came in.
#[derive(Debug)]
pub enum Incoming {
    Message(Message),
    /// Something that is no message, and why not.
    Malformed(String),
    End,
}

/// Reads the next message. Errors are those of the stream, after which there is nothing more to come.
pub fn read(input: &mut impl BufRead) -> io::Result<Incoming> {
    let length = match header(input)? {
        Header::Length(length) => length,
        Header::Malformed(why) => return Ok(Incoming::Malformed(why)),
        Header::End => return Ok(Incoming::End),
    };
    let mut body = input.take(length);
    if length > LONGEST_MESSAGE {
        io::copy(&mut body, &mut io::sink())?;
        let why = format!("a message of {length} bytes is too long");
        return Ok(Incoming::Malformed(why));
    }
    let mut text = Vec::new();
    body.read_to_end(&mut text)?;
    if (text.len() as u64) < length {
        return Ok(Incoming::End);
    }
    Ok(match serde_json::from_slice(&text) {
        Ok(message) => Incoming::Message(message),
        Err(why) => Incoming::Malformed(why.to_string()),
    })
}

enum Header {
    Length(u64),
    Malformed(String),
    End,
}

fn header(input: &mut impl BufRead) -> io::Result<Header> {
    let mut length = None;
    let mut wrong = None;
    let mut line = Vec::new();
    // Whether what is read is the rest of a line that was too long.
    let mut is_rest = false;
    loop {
        line.clear();
        input.take(LONGEST_LINE).read_until(b'\n', &mut line)?;
        if !line.ends_with(b"\n") {
            if (line.len() as u64) < LONGEST_LINE {
                return Ok(Header::End);
            }
            wrong = Some("a line of the header is too long".to_owned());
            is_rest = true;
            continue;
        }
        if std::mem::take(&mut is_rest) {
            continue;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            break;
        }
        match text.split_once(':') {
            Some((name, value)) if name.trim().eq_ignore_ascii_case("content-length") => {
                match value.trim().parse() {
                    Ok(value) => length = Some(value),
                    Err(_) => wrong = Some("Content-Length is not a number".to_owned()),
                }
            }
            Some(_) => {}
            None => wrong = Some("a line of the header has no colon".to_owned()),
        }
    }
    Ok(match (length, wrong) {
        (Some(length), _) => Header::Length(length),
        (None, wrong) => {
            Header::Malformed(wrong.unwrap_or_else(|| "there is no Content-Length".to_owned()))
        }
    })
}

/// Writes a message.
pub fn write(message: &Message) -> io::Result<()> {
    message.write(&mut io::stdout().lock())
}

/// Answers what is no message, and so has no number to answer to.
pub fn write_malformed(why: &str) -> io::Result<()> {
    let answer = serde_json::json!({
        "jsonrpc": "2.0",
        "id": null,
        "error": { "code": ErrorCode::ParseError as i32, "message": why },
    });
    let text = answer.to_string();
    let mut stdout = io::stdout().lock();
    write!(stdout, "Content-Length: {}\r\n\r\n{text}", text.len())?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut input: &[u8]) -> Vec<Incoming> {
        let mut found = Vec::new();
        while let Ok(incoming) = read(&mut input) {
            if matches!(incoming, Incoming::End) {
                break;
            }
            found.push(incoming);
        }
        found
    }

    #[test]
    fn after_what_is_no_message_comes_the_next_one() {
        let body = "{\"jsonrpc\":\"2.0\",\"method\":\"a\"}";
        let good = format!("Content-Length: {}\r\n\r\n{body}", body.len());
        for bad in [
            "Content-Length: 3\r\n\r\n{\"a",
            "Content-Length: x\r\n\r\n",
            "Nonsense\r\n\r\n",
            "Content-Type: text\r\n\r\n",
            "Content-Length: 0\r\n\r\n",
        ] {
            let found = all(format!("{bad}{good}").as_bytes());
            assert!(
                matches!(found[..], [Incoming::Malformed(_), Incoming::Message(_)]),
                "{bad}: {found:?}"
            );
        }
        let long = format!("{}\r\n\r\n{good}", "x".repeat(3 * LONGEST_LINE as usize));
        assert!(matches!(
            all(long.as_bytes())[..],
            [Incoming::Malformed(_), Incoming::Message(_)]
        ));
    }

    #[test]
    fn a_length_that_is_not_there_takes_no_memory() {
        assert!(all(b"Content-Length: 18446744073709551615\r\n\r\n{}").len() <= 1);
        assert!(all(b"Content-Length: 200000000\r\n\r\n{}").is_empty());
    }
}
