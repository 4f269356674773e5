//! `gasworks test --watch`: runs again after a change, until it is stopped.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::common::{Folder, gasworks};

/// A run that waits for changes. It is killed if its test fails.
struct Watching {
    child: Child,
    talk: BufReader<ChildStderr>,
}

impl Watching {
    fn new(path: &str) -> Watching {
        let mut child = gasworks()
            .args(["test", path, "--watch"])
            .env_remove("GITHUB_ACTIONS")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        let talk = BufReader::new(child.stderr.take().expect("it was piped"));
        Watching { child, talk }
    }

    /// Waits until it waits.
    fn wait(&mut self) {
        let mut line = String::new();
        while !line.contains("waiting for changes") {
            line.clear();
            let length = self.talk.read_line(&mut line).expect("talk is text");
            assert_ne!(length, 0, "it has ended");
        }
    }

    /// Ends it, with what it has printed. A shell that runs tests in the background has them ignore Ctrl-C, hence another
    /// signal.
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status();
        assert!(sent.expect("there is a `kill`").success());
        let status = self.child.wait().expect("it ends");
        assert_eq!(status.signal(), Some(15), "{status}");
        let output = self.child.stdout.take().expect("it was piped");
        std::io::read_to_string(output).expect("results are text")
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn source(expected: u8) -> String {
    format!(
        "push 1\npush 0\nmstore\npush 32\npush 0\nreturn\n#test \"one\" {{\n    #call\n    #expect output = {expected}\n}}\n"
    )
}

#[test]
fn a_change_is_a_new_run_and_a_signal_the_end() {
    let folder = Folder::new("watch");
    let file = folder.write("one.eas", source(1));
    let mut watching = Watching::new(folder.path());
    watching.wait();
    fs::write(&file, source(2)).expect("written");
    watching.wait();
    // A source that makes no sense, in an editor's way: another file takes the place of the old one.
    let new = folder.write("new.tmp", "push\n");
    fs::rename(new, &file).expect("renamed");
    watching.wait();
    fs::write(&file, source(1)).expect("written");
    watching.wait();
    let output = watching.stop();
    let results: Vec<&str> = output
        .lines()
        .filter(|line| line.starts_with("[PASS]") || line.starts_with("[FAIL"))
        .map(|line| &line[..5])
        .collect();
    // The report tells failures a second time.
    assert_eq!(results.first(), Some(&"[PASS"), "{output}");
    assert_eq!(results.last(), Some(&"[PASS"), "{output}");
    assert!(results.contains(&"[FAIL"), "{output}");
}

#[test]
fn a_single_file_is_watched_through_its_folder() {
    let folder = Folder::new("watch-file");
    let file = folder.write("one.eas", source(1));
    let mut watching = Watching::new(&file);
    watching.wait();
    let new = folder.write("new.tmp", source(2));
    fs::rename(new, &file).expect("renamed");
    watching.wait();
    let output = watching.stop();
    assert!(
        output.contains("[PASS]") && output.contains("[FAIL"),
        "{output}"
    );
}
