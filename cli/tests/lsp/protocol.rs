//! The order of events, and messages that are none.

use serde_json::{Value, json};

use crate::editor::Editor;

const NOT_INITIALIZED: i64 = -32002;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const PARSE_ERROR: i64 = -32700;

#[test]
fn a_session_from_start_to_end() {
    let mut editor = Editor::start();
    let early = editor.ask("textDocument/hover", json!({}));
    assert_eq!(early.expect_err("too early").0, NOT_INITIALIZED);
    let begun = editor.ask("initialize", json!({ "capabilities": {}, "rootUri": null }));
    let capabilities = &begun.expect("it begins")["capabilities"];
    for name in [
        "hoverProvider",
        "definitionProvider",
        "referencesProvider",
        "documentFormattingProvider",
        "documentSymbolProvider",
    ] {
        assert_eq!(capabilities[name], true, "{name}");
    }
    assert_eq!(capabilities["textDocumentSync"]["change"], 2);
    assert_eq!(capabilities["renameProvider"]["prepareProvider"], true);
    editor.tell("initialized", json!({}));
    let again = editor.ask("initialize", json!({}));
    assert_eq!(again.expect_err("it has begun").0, INVALID_REQUEST);
    assert_eq!(editor.ask("shutdown", Value::Null), Ok(Value::Null));
    let late = editor.ask("textDocument/hover", json!({}));
    assert_eq!(late.expect_err("too late").0, INVALID_REQUEST);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.hang_up(), (Some(0), String::new()));
}

#[test]
fn an_end_without_a_shutdown_is_a_failure() {
    let mut editor = Editor::open(&[]);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.hang_up(), (Some(1), String::new()));
    let editor = Editor::open(&[]);
    assert_eq!(editor.hang_up(), (Some(1), String::new()));
    let editor = Editor::start();
    assert_eq!(editor.hang_up(), (Some(1), String::new()));
    // In the midst of a message.
    let mut editor = Editor::open(&[]);
    editor.send(b"Content-Length: 1000000\r\n\r\n{");
    assert_eq!(editor.hang_up(), (Some(1), String::new()));
}

#[test]
fn what_is_no_message_is_answered_and_the_session_goes_on() {
    let mut editor = Editor::open(&[]);
    for bytes in [
        &b"Content-Length: 5\r\n\r\n{\"a\":"[..],
        b"Content-Length: 2\r\n\r\n\xff\xfe",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: minus one\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"\r\n",
    ] {
        editor.send(bytes);
        let answer = editor.receive();
        assert_eq!(answer["error"]["code"], PARSE_ERROR, "{bytes:?}");
        assert_eq!(answer["id"], Value::Null);
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    editor.send(format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).as_bytes());
    assert_eq!(editor.receive()["error"]["code"], PARSE_ERROR);
    let unknown = editor.ask("textDocument/fly", json!({}));
    assert_eq!(
        unknown.expect_err("there is no such method").0,
        METHOD_NOT_FOUND
    );
    for method in [
        "hover",
        "definition",
        "references",
        "prepareRename",
        "rename",
        "completion",
        "documentSymbol",
        "formatting",
    ] {
        for parameters in [
            json!(null),
            json!([1]),
            json!({ "textDocument": 5, "position": {} }),
        ] {
            let wrong = editor.ask(&format!("textDocument/{method}"), parameters);
            assert_eq!(
                wrong.expect_err("parameters are wrong").0,
                INVALID_PARAMS,
                "{method}"
            );
        }
    }
    for method in ["didOpen", "didChange", "didClose", "didSave"] {
        editor.tell(
            &format!("textDocument/{method}"),
            json!({ "textDocument": [] }),
        );
    }
    editor.tell("$/cancelRequest", json!({ "id": 7 }));
    editor.send_message(&json!({ "jsonrpc": "2.0", "id": 99, "result": null }));
    // Nothing is known of documents that are not open.
    for method in ["hover", "completion", "prepareRename"] {
        assert_eq!(
            editor.ask_at(method, "file:///nowhere.eas", 3, 4),
            Value::Null
        );
    }
    editor.edit("file:///nowhere.eas", 2, &[(0, 0, 0, 0, "add")]);
    assert_eq!(editor.ask("shutdown", Value::Null), Ok(Value::Null));
}
