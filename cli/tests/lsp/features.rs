//! What an editor shows its user.

use serde_json::{Value, json};

use crate::editor::{Editor, Folder};

/// The places of an answer as `file:line:column`.
fn places(answer: &Value) -> Vec<String> {
    let list = answer.as_array().expect("a list");
    let places = list.iter().map(|place| {
        let uri = place["uri"].as_str().expect("an address");
        let start = &place["range"]["start"];
        let name = uri.rsplit('/').next().unwrap_or("");
        format!("{name}:{}:{}", start["line"], start["character"])
    });
    places.collect()
}

fn messages(found: &[Value]) -> Vec<(u64, u64, &str)> {
    let found = found.iter().map(|one| {
        let start = &one["range"]["start"];
        (
            start["line"].as_u64().expect("a line"),
            start["character"].as_u64().expect("a column"),
            one["code"].as_str().expect("a kind"),
        )
    });
    found.collect()
}

#[test]
fn what_is_wrong_is_told_while_one_types() {
    let mut editor = Editor::open(&[]);
    let uri = "file:///nowhere/a.eas";
    assert_eq!(messages(&editor.show(uri, "push 1\npop\n")), []);
    editor.edit(
        uri,
        2,
        &[
            (0, 5, 0, 6, "äöü\u{1f600}"),
            (1, 0, 1, 3, "push \"\u{1f600}\" + nothing"),
        ],
    );
    let found = editor.diagnostics(uri);
    assert!(!found.is_empty());
    assert!(
        found
            .iter()
            .all(|one| one["severity"] == 1 && one["source"] == "gasworks")
    );
    editor.edit(uri, 3, &[(0, 5, 0, 10, "1"), (1, 0, 9, 0, "stop\nadd\n")]);
    let found = editor.diagnostics(uri);
    assert_eq!(messages(&found)[0], (2, 0, "unreachable"));
    assert_eq!(found[0]["severity"], 2);
    assert_eq!(found[0]["tags"], json!([1]));
    let document = json!({ "uri": uri, "version": 4 });
    let whole = json!({ "textDocument": document, "contentChanges": [{ "text": "stop\n" }] });
    editor.tell("textDocument/didChange", whole);
    assert_eq!(messages(&editor.diagnostics(uri)), []);
}

#[test]
fn a_file_that_others_include_belongs_to_their_programs() {
    let folder = Folder::new("programs");
    let part = folder.write("common/part.eas", "push Fee\npop\n");
    let main = folder.write(
        "main.eas",
        "#include \"common/part.eas\"\n#define Fee = 1\n",
    );
    let mut editor = Editor::open(&[&folder]);
    // By itself it would have no Fee.
    assert_eq!(messages(&editor.show(&part, "push Fee\npop\n")), []);
    editor.edit(&part, 2, &[(0, 5, 0, 8, "Fees")]);
    let found = editor.diagnostics(&part);
    assert_eq!(messages(&found)[0].2, "undefined", "{found:?}");
    // What is not saved counts.
    editor.show(&main, "#include \"common/part.eas\"\n#define Fees = 1\n");
    assert_eq!(messages(&editor.diagnostics(&part)), []);
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": main } }),
    );
    assert_eq!(messages(&editor.diagnostics(&part)).len(), 1);
    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": part } }),
    );
    assert_eq!(messages(&editor.diagnostics(&part)), []);
}

const PROGRAM: &str = "\
;;; How much.
#define Fee = 7
#define %take(x) {
    push $x + Fee
again:
    jump @again
}
start:
    push \"\u{1f600}\" + Fee
    %take(1)
    jump @start
";

#[test]
fn hovering() {
    let mut editor = Editor::open(&[]);
    let uri = "untitled:Untitled-1";
    editor.show(uri, PROGRAM);
    let mut said = |line, column| {
        let answer = editor.ask_at("hover", uri, line, column);
        let range = answer["range"]["start"]["character"].as_u64();
        (
            answer["contents"]["value"]
                .as_str()
                .unwrap_or("")
                .to_owned(),
            range,
        )
    };
    let (text, start) = said(8, 16);
    assert!(
        text.contains("#define Fee = 7") && text.contains("How much."),
        "{text}"
    );
    // The smiling face counts twice.
    assert_eq!(start, Some(16));
    assert!(said(10, 5).0.contains("`JUMP` (`0x56`)"));
    assert!(said(10, 12).0.contains("at `0x0`"), "{}", said(10, 12).0);
    assert!(
        said(9, 6).0.contains("6 bytes at `0x6`"),
        "{}",
        said(9, 6).0
    );
    assert!(said(9, 10).0.contains("`0x1`"));
    assert!(said(3, 11).0.contains("parameter `$x`"));
    assert!(said(1, 2).0.contains("Defines a macro"));
    assert_eq!(said(0, 3).0, "");
}

#[test]
fn definitions_references_and_new_names() {
    let folder = Folder::new("names");
    let part = folder.write("part.eas", "again: jump @again\npush Fee\n");
    let other = folder.write("other.eas", "#include \"fee.eas\"\npush Fee\n");
    let fee = folder.write("fee.eas", "#define Fee = 1\n");
    let text =
        "#include \"fee.eas\"\n#include \"part.eas\"\nagain:\n  push Fee + 7%Fee\n  jump @again\n";
    let main = folder.write("main.eas", text);
    let mut editor = Editor::open(&[&folder]);
    editor.show(&main, text);
    assert_eq!(
        places(&editor.ask_at("definition", &main, 3, 8)),
        ["fee.eas:0:8"]
    );
    assert_eq!(
        places(&editor.ask_at("definition", &main, 4, 10)),
        ["main.eas:2:0"]
    );
    assert_eq!(
        places(&editor.ask_at("definition", &main, 1, 12)),
        ["part.eas:0:0"]
    );
    assert_eq!(places(&editor.ask_at("definition", &main, 4, 3)), [""; 0]);
    let parameters = |name: &str, line: u32, column: u32| {
        json!({
            "textDocument": { "uri": main },
            "position": { "line": line, "character": column },
            "context": { "includeDeclaration": false },
            "newName": name,
        })
    };
    let found = editor
        .ask("textDocument/references", parameters("", 3, 8))
        .expect("an answer");
    let mut found = places(&found);
    found.sort();
    assert_eq!(
        found,
        [
            "main.eas:3:15",
            "main.eas:3:7",
            "other.eas:1:5",
            "part.eas:1:5"
        ]
    );

    // A name of the whole program is changed in every program that has it.
    let edits = editor
        .ask("textDocument/rename", parameters("Price", 3, 8))
        .expect("an answer");
    let changes = edits["changes"].as_object().expect("files");
    let counts: Vec<usize> = [&main, &part, &other, &fee]
        .iter()
        .map(|uri| changes[*uri].as_array().expect("edits").len())
        .collect();
    assert_eq!(counts, [2, 1, 1, 1]);
    assert_eq!(changes[&fee][0]["newText"], "Price");
    assert_eq!(changes[&fee][0]["range"]["end"]["character"], 11);
    // A label is its file's.
    let edits = editor
        .ask("textDocument/rename", parameters("@once_more", 4, 10))
        .expect("an answer");
    let changes = edits["changes"].as_object().expect("files");
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[&main].as_array().map(Vec::len), Some(2));
    assert_eq!(changes[&main][0]["newText"], "once_more");

    let prepared = editor.ask_at("prepareRename", &main, 3, 8);
    assert_eq!(prepared["placeholder"], "Fee");
    assert_eq!(editor.ask_at("prepareRename", &main, 3, 3), Value::Null);
    for (name, line, column, why) in [
        ("price", 3, 8, "first letter"),
        ("7", 3, 8, "is not a name"),
        ("a b", 3, 8, "is not a name"),
        ("", 3, 8, "is not a name"),
        ("pop", 3, 3, "nothing that the program defines"),
        ("x", 3, 13, "nothing that the program defines"),
    ] {
        let refused = editor.ask("textDocument/rename", parameters(name, line, column));
        let (code, message) = refused.expect_err("it is refused");
        assert_eq!(code, -32803, "{name}");
        assert!(message.contains(why), "{name}: {message}");
    }
}

#[test]
fn a_new_name_must_not_mean_something_else() {
    let mut editor = Editor::open(&[]);
    let uri = "file:///nowhere/names.eas";
    let text = "#define one = 1\n#define two = 2\npush one + two + len(\"\")\n#define %m() {\ninner:\n  jump @outer\n}\nouter:\n%m\n";
    editor.show(uri, text);
    let mut renamed = |line: u32, column: u32, name: &str| {
        let parameters = json!({
            "textDocument": { "uri": uri },
            "position": { "line": line, "character": column },
            "newName": name,
        });
        editor.ask("textDocument/rename", parameters)
    };
    for (line, column, name) in [
        // Defined already, hidden by what is within the macro, hiding what is outside of it, or built in.
        (0, 8, "two"),
        (7, 0, "inner"),
        (4, 0, "outer"),
        (0, 8, "len"),
    ] {
        let (_, message) = renamed(line, column, name).expect_err("it is refused");
        assert!(
            message.contains("means something else"),
            "{name}: {message}"
        );
    }
    // Labels, macros and instructions do not get into each other's way.
    for name in ["one", "m", "add"] {
        assert!(renamed(7, 0, name).is_ok(), "{name}");
    }
}

#[test]
fn symbols_formatting_and_completion() {
    let mut editor = Editor::open(&[]);
    let uri = "file:///nowhere/all.eas";
    editor.show(uri, PROGRAM);
    let document = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 4, "insertSpaces": true } });
    let symbols = editor
        .ask("textDocument/documentSymbol", document.clone())
        .expect("an answer");
    let names = |symbols: &Value| -> Vec<String> {
        let list = symbols.as_array().expect("a list").iter();
        list.map(|one| one["name"].as_str().expect("a name").to_owned())
            .collect()
    };
    assert_eq!(names(&symbols), ["Fee", "%take", "start:"]);
    assert_eq!(names(&symbols[1]["children"]), ["again:"]);
    assert_eq!(symbols[1]["range"]["end"]["line"], 6);

    assert_eq!(
        editor.ask("textDocument/formatting", document.clone()),
        Ok(json!([]))
    );
    editor.edit(uri, 2, &[(10, 0, 10, 4, ""), (7, 0, 7, 0, "\n\n\n")]);
    let edits = editor
        .ask("textDocument/formatting", document.clone())
        .expect("an answer");
    // From the last edit on, so that the others stay where they are.
    let mut lines: Vec<String> = format!(
        "{}\n\n\n{}",
        &PROGRAM[..PROGRAM.find("start").unwrap()],
        &PROGRAM[PROGRAM.find("start").unwrap()..]
    )
    .replace("    jump @start", "jump @start")
    .split_inclusive('\n')
    .map(str::to_owned)
    .collect();
    for edit in edits.as_array().expect("a list").iter().rev() {
        let line = |end: &str| edit["range"][end]["line"].as_u64().expect("a line") as usize;
        let text = edit["newText"].as_str().expect("a text").to_owned();
        assert_eq!(edit["range"]["start"]["character"], 0);
        lines.splice(line("start")..line("end"), [text]);
    }
    let expected = PROGRAM.replace("start:", "\nstart:");
    assert_eq!(lines.concat(), expected);
    editor.edit(uri, 3, &[(0, 0, 0, 0, "push (1\n")]);
    assert_eq!(
        editor.ask("textDocument/formatting", document),
        Ok(Value::Null)
    );

    editor.edit(
        uri,
        4,
        &[(
            0,
            0,
            99,
            0,
            "#define Fee = 1\nla:\n  push F\n  jump @\n  calld\n",
        )],
    );
    let mut labels = |line, column| -> Vec<(String, Value)> {
        let answer = editor.ask_at("completion", uri, line, column);
        let items = answer.as_array().expect("a list").clone();
        items
            .into_iter()
            .map(|item| {
                (
                    item["label"].as_str().expect("a label").to_owned(),
                    item["textEdit"]["range"]["start"]["character"].clone(),
                )
            })
            .collect()
    };
    assert!(labels(2, 8).contains(&("Fee".to_owned(), json!(7))));
    assert_eq!(labels(3, 8), [("la".to_owned(), json!(8))]);
    assert!(labels(4, 7).contains(&("calldataload".to_owned(), json!(2))));
}
