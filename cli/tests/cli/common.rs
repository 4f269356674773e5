//! Starts the tool as a user does.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The tool with nothing of the environment that could change its output.
pub fn gasworks() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gasworks"));
    command.env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

/// What the tool said and how it ended.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
    pub status: i32,
}

impl Said {
    fn of(output: Output) -> Said {
        Said {
            stdout: String::from_utf8(output.stdout).expect("results are text"),
            stderr: String::from_utf8(output.stderr).expect("talk is text"),
            status: output.status.code().expect("it was not killed"),
        }
    }
}

/// Runs the tool with arguments, and nothing on standard input.
pub fn run(arguments: &[&str]) -> Said {
    run_with_input(arguments, b"")
}

/// Runs the tool with arguments and standard input.
pub fn run_with_input(arguments: &[&str], input: &[u8]) -> Said {
    let mut child = gasworks()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the tool starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    // The tool may end without reading.
    let _ = stdin.write_all(input);
    drop(stdin);
    Said::of(child.wait_with_output().expect("the tool ends"))
}

/// A folder that is removed at the end of its test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("gasworks-cli-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path)
    }

    /// Writes a file; its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.join(name);
        fs::write(&path, bytes).expect("the temporary folder can be written");
        path.to_str().expect("the path is text").to_owned()
    }

    pub fn path(&self) -> &str {
        self.0.to_str().expect("the path is text")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
