//! Traces that commands write.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;
use std::process::{self, Child, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// What stands for the file in a command.
const FILE: &str = "{f}";

/// The most bytes of an output.
const MOST: u64 = 1 << 30;

/// A command and its arguments. No shell sees them.
#[derive(Clone, Debug)]
pub struct Command {
    words: Vec<String>,
}

impl Command {
    /// Splits a command as a shell would, with quotes and backslashes, and nothing else of what a shell does.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words = shlex::split(text).ok_or("a quote is not closed")?;
        if words.is_empty() {
            return Err("a command is needed".to_owned());
        }
        if !words.iter().any(|word| word.contains(FILE)) {
            return Err(format!("say where the file is to be: {FILE}"));
        }
        Ok(Self { words })
    }

    /// What it writes about a file. How it ends does not matter, for a test that fails has a trace, too; but it must end
    /// within some time.
    pub fn trace(&self, file: &Path, limit: Duration) -> Result<Vec<u8>, String> {
        let words: Vec<OsString> = self
            .words
            .iter()
            .map(|word| with_file(word, file))
            .collect();
        let (name, arguments) = words.split_first().ok_or("a command is needed")?;
        let shown = self.words.join(" ");
        let failed = |error: std::io::Error| format!("{shown}: {error}");
        let mut child = process::Command::new(name)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let ended = run(&mut child, limit);
        if ended.is_err() {
            let _ = child.kill();
            let _ = child.wait();
        }
        let (outputs, status) = ended.map_err(|reason| format!("{shown}: {reason}"))?;
        // Some machines write traces to one, some to the other.
        match outputs.into_iter().find(|output| has_steps(output)) {
            Some(trace) => Ok(trace),
            None => Err(format!("{shown}: no step of a trace, {status}")),
        }
    }
}

/// What a process writes to its outputs, and how it ended; or why nobody waits for it any longer.
fn run(child: &mut Child, limit: Duration) -> Result<([Vec<u8>; 2], ExitStatus), String> {
    let end = now() + limit;
    let left = || end.saturating_duration_since(now());
    let late = || format!("it did not end within {} s (--timeout)", limit.as_secs());
    let (tell, told) = channel();
    // Whoever it has started may hold its outputs open: nobody waits for these threads.
    if let Some(output) = child.stderr.take() {
        let tell = tell.clone();
        thread::spawn(move || tell.send((0, read(output))));
    }
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || tell.send((1, read(output))));
    }
    let mut outputs = [Vec::new(), Vec::new()];
    for _ in 0..outputs.len() {
        let (place, read) = told.recv_timeout(left()).map_err(|_| late())?;
        outputs[place] = read.ok_or_else(|| format!("it writes more than {MOST} bytes"))?;
    }
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok((outputs, status));
        }
        if left().is_zero() {
            return Err(late());
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "a command that does not end is ended"
)]
fn now() -> Instant {
    Instant::now()
}

fn with_file(word: &str, file: &Path) -> OsString {
    let mut result = OsString::new();
    for (position, part) in word.split(FILE).enumerate() {
        if position > 0 {
            result.push(file);
        }
        result.push(OsStr::new(part));
    }
    result
}

/// All that there is, and where reading fails, what was read until then; nothing if it is too much.
fn read(output: impl Read) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let _ = output.take(MOST + 1).read_to_end(&mut bytes);
    (bytes.len() as u64 <= MOST).then_some(bytes)
}

fn has_steps(output: &[u8]) -> bool {
    let is_item = |line: &[u8]| !matches!(super::line::parse(line), Ok(None));
    output.split(|byte| *byte == b'\n').any(is_item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_name_is_one_word_whatever_is_in_it() {
        let command = Command::parse("'an evm' --file={f} 'a b'").expect("a command");
        assert_eq!(command.words, ["an evm", "--file={f}", "a b"]);
        let file = Path::new("x; rm -rf $HOME");
        assert_eq!(with_file(&command.words[1], file), "--file=x; rm -rf $HOME");
    }

    #[test]
    fn a_command_that_does_not_end_is_ended() {
        let of = |text| Command::parse(text).expect("a command");
        let limit = Duration::from_millis(200);
        // The second leaves somebody behind who holds its outputs open.
        for text in ["sh -c 'sleep 1000' {f}", "sh -c 'sleep 20 & exit 0' {f}"] {
            let late = of(text).trace(Path::new(""), limit);
            let late = late.expect_err("there is no trace");
            assert!(late.contains("did not end"), "{late}");
        }
        let step = r#"{"pc":0,"op":1,"gas":5}"#;
        let command = of(&format!("printf '%s\\n' '{step}' {{f}}"));
        let trace = command.trace(Path::new("x"), Duration::from_secs(60));
        assert_eq!(trace, Ok(format!("{step}\nx\n").into_bytes()));
    }

    #[test]
    fn what_is_no_command_is_refused() {
        for text in ["", "  ", "'evm {f}", "evm trace"] {
            assert!(Command::parse(text).is_err(), "{text:?}");
        }
    }
}
