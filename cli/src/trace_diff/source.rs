//! Traces that commands write.

use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::Path;
use std::process::{self, Stdio};
use std::thread;

/// What stands for the file in a command.
const FILE: &str = "{f}";

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

    /// What it writes about a file. How it ends does not matter: a test that fails has a trace, too.
    pub fn trace(&self, file: &Path) -> Result<Vec<u8>, String> {
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
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) = thread::scope(|scope| {
            let other = scope.spawn(|| read(stderr));
            (read(stdout), other.join().unwrap_or_default())
        });
        let status = child.wait().map_err(failed)?;
        // Some machines write traces to one, some to the other.
        match [stderr, stdout]
            .into_iter()
            .find(|output| has_steps(output))
        {
            Some(trace) => Ok(trace),
            None => Err(format!("{shown}: no step of a trace, {status}")),
        }
    }
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

/// All that there is; where reading fails, what was read until then.
fn read(output: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut output) = output {
        let _ = output.read_to_end(&mut bytes);
    }
    bytes
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
    fn what_is_no_command_is_refused() {
        for text in ["", "  ", "'evm {f}", "evm trace"] {
            assert!(Command::parse(text).is_err(), "{text:?}");
        }
    }
}
