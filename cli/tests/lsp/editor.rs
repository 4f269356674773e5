//! An editor, as far as the server can tell.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// A server and what has come from it.
pub struct Editor {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    next: i64,
    /// Notifications that nobody has waited for yet.
    told: Vec<Value>,
}

impl Editor {
    /// Starts a server that has not been initialized.
    pub fn start() -> Editor {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gasworks"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool starts");
        Editor {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().expect("it was piped")),
            child,
            next: 1,
            told: Vec::new(),
        }
    }

    /// Starts a session in folders.
    pub fn open(folders: &[&Folder]) -> Editor {
        let mut editor = Editor::start();
        let folders = folders
            .iter()
            .map(|folder| json!({ "uri": folder.uri(""), "name": "x" }));
        let folders: Vec<Value> = folders.collect();
        let parameters = json!({ "capabilities": {}, "workspaceFolders": folders });
        editor
            .ask("initialize", parameters)
            .expect("it is initialized");
        editor.tell("initialized", json!({}));
        editor
    }

    pub fn send(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("it is open");
        input
            .write_all(bytes)
            .and_then(|()| input.flush())
            .expect("the server reads");
    }

    pub fn send_message(&mut self, message: &Value) {
        let text = message.to_string();
        let framed = format!("Content-Length: {}\r\n\r\n{text}", text.len());
        self.send(framed.as_bytes());
    }

    pub fn tell(&mut self, method: &str, parameters: Value) {
        self.send_message(&json!({ "jsonrpc": "2.0", "method": method, "params": parameters }));
    }

    /// The next message from the server.
    pub fn receive(&mut self) -> Value {
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).expect("it is text");
            assert!(line.ends_with("\r\n"), "the server has ended: {line:?}");
            match line.trim().split_once(": ") {
                Some(("Content-Length", value)) => length = value.parse().expect("a number"),
                Some(_) => {}
                None => break,
            }
        }
        let mut text = vec![0; length];
        self.output
            .read_exact(&mut text)
            .expect("it is as long as it says");
        serde_json::from_slice(&text).expect("it is JSON")
    }

    /// Asks, and waits for the answer: a result, or the code and the text of an error.
    pub fn ask(&mut self, method: &str, parameters: Value) -> Result<Value, (i64, String)> {
        let id = self.next;
        self.next += 1;
        self.send_message(
            &json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": parameters }),
        );
        loop {
            let message = self.receive();
            if message["id"] != json!(id) {
                self.told.push(message);
                continue;
            }
            return match message.get("error") {
                None => Ok(message["result"].clone()),
                Some(error) => Err((
                    error["code"].as_i64().expect("a code"),
                    error["message"].as_str().expect("a message").to_owned(),
                )),
            };
        }
    }

    /// Opens a document; what is wrong with it.
    pub fn show(&mut self, uri: &str, text: &str) -> Vec<Value> {
        let document = json!({ "uri": uri, "languageId": "eas", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics(uri)
    }

    /// Waits for the next news of what is wrong with a file.
    pub fn diagnostics(&mut self, uri: &str) -> Vec<Value> {
        loop {
            let is_news = |message: &Value| {
                message["method"] == "textDocument/publishDiagnostics"
                    && message["params"]["uri"] == uri
            };
            if let Some(index) = self.told.iter().position(is_news) {
                let news = self.told.remove(index);
                return news["params"]["diagnostics"]
                    .as_array()
                    .expect("a list")
                    .clone();
            }
            let message = self.receive();
            self.told.push(message);
        }
    }

    /// Changes a document by pieces: `(line, column, line, column, text)`.
    pub fn edit(&mut self, uri: &str, version: i32, edits: &[(u32, u32, u32, u32, &str)]) {
        let changes = edits
            .iter()
            .map(|(line, column, end_line, end_column, text)| {
                json!({
                    "range": {
                        "start": { "line": line, "character": column },
                        "end": { "line": end_line, "character": end_column },
                    },
                    "text": text,
                })
            });
        let changes: Vec<Value> = changes.collect();
        let document = json!({ "uri": uri, "version": version });
        let parameters = json!({ "textDocument": document, "contentChanges": changes });
        self.tell("textDocument/didChange", parameters);
    }

    /// Asks something about a place.
    pub fn ask_at(&mut self, method: &str, uri: &str, line: u32, column: u32) -> Value {
        let parameters = json!({
            "textDocument": { "uri": uri },
            "position": { "line": line, "character": column },
        });
        self.ask(&format!("textDocument/{method}"), parameters)
            .expect("an answer")
    }

    /// Closes the pipe; how the server ended and what it said on standard error.
    pub fn hang_up(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let mut said = String::new();
        let stderr = self.child.stderr.take();
        stderr
            .expect("it was piped")
            .read_to_string(&mut said)
            .expect("it is text");
        let status = self.child.wait().expect("it ends");
        (status.code(), said)
    }
}

/// A folder that is removed at the end of its test.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("gasworks-lsp-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).expect("the temporary folder can be written");
        Folder(path.canonicalize().expect("it is there"))
    }

    /// Writes a file; its address.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        let parent = path.parent().expect("a folder");
        std::fs::create_dir_all(parent).expect("the temporary folder can be written");
        std::fs::write(path, text).expect("the temporary folder can be written");
        self.uri(name)
    }

    pub fn uri(&self, name: &str) -> String {
        format!("file://{}/{name}", self.0.display())
            .trim_end_matches('/')
            .to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
