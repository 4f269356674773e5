//! `gasworks fmt`: what it writes, names and leaves alone.

use std::fs;

use crate::common::{Folder, run, run_with_input};

const UGLY: &str = "a:  PUSH 1 ;[one]\r\njump   @a\r\n";
const PRETTY: &str = "a:\n    push 1             ;[one]\n    jump @a\n";

#[test]
fn files_are_rewritten_only_where_they_differ() {
    let folder = Folder::new("fmt-files");
    let (ugly, pretty) = (
        folder.write("ugly.eas", UGLY),
        folder.write("p.eas", PRETTY),
    );
    let before = fs::metadata(&pretty)
        .and_then(|found| found.modified())
        .expect("a time");
    let said = run(&["fmt", &ugly, &pretty]);
    assert_eq!(
        (said.status, said.stdout.as_str(), said.stderr.as_str()),
        (0, "", "")
    );
    assert_eq!(fs::read_to_string(&ugly).expect("it is there"), PRETTY);
    let after = fs::metadata(&pretty)
        .and_then(|found| found.modified())
        .expect("a time");
    assert_eq!(before, after);
}

#[test]
fn standard_input_goes_to_standard_output() {
    let said = run_with_input(&["fmt", "-"], UGLY.as_bytes());
    assert_eq!(
        (said.status, said.stdout.as_str(), said.stderr.as_str()),
        (0, PRETTY, "")
    );
    let said = run_with_input(&["fmt", "-", "--check"], UGLY.as_bytes());
    assert_eq!((said.status, said.stdout.as_str()), (1, "-\n"));
    let said = run_with_input(&["fmt", "-", "--check"], PRETTY.as_bytes());
    assert_eq!((said.status, said.stdout.as_str()), (0, ""));
    let said = run_with_input(&["fmt", "-"], b"push (1");
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("is never closed"), "{}", said.stderr);
}

#[test]
fn checks_name_files_of_folders_in_order_and_change_nothing() {
    let folder = Folder::new("fmt-check");
    for name in ["b", ".hidden"] {
        fs::create_dir_all(format!("{}/{name}", folder.path())).expect("it can be written");
    }
    let inner = folder.write("b/inner.eas", UGLY);
    let outer = folder.write("a.eas", UGLY);
    folder.write("c.eas", PRETTY);
    folder.write("d.txt", UGLY);
    folder.write(".hidden/e.eas", UGLY);
    let said = run(&["fmt", "--check", folder.path()]);
    assert_eq!(
        (said.status, said.stdout),
        (1, format!("{outer}\n{inner}\n"))
    );
    let said = run(&["fmt", "--diff", &outer]);
    assert_eq!(said.status, 1);
    assert!(said.stdout.contains("\n+    jump @a\n"), "{}", said.stdout);
    assert_eq!(fs::read_to_string(&outer).expect("it is there"), UGLY);
    assert_eq!(run(&["fmt", folder.path()]).status, 0);
    assert_eq!(run(&["fmt", "--check", folder.path()]).status, 0);
    let hidden = format!("{}/.hidden/e.eas", folder.path());
    assert_eq!(fs::read_to_string(hidden).expect("it is there"), UGLY);
}

#[test]
fn what_cannot_be_formatted_is_left_and_the_rest_is_done() {
    let folder = Folder::new("fmt-broken");
    let broken = folder.write("broken.eas", "#define %m {\n push   1\n");
    let binary = folder.write("binary.eas", b"push 1\xff\n");
    let ugly = folder.write("ugly.eas", UGLY);
    let said = run(&["fmt", &broken, "nowhere.eas", &binary, &ugly]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    for part in [
        "broken.eas:1:12",
        "is never closed",
        "nowhere.eas: ",
        "not valid UTF-8",
    ] {
        assert!(said.stderr.contains(part), "{part}: {}", said.stderr);
    }
    assert_eq!(
        fs::read_to_string(&broken).expect("it is there"),
        "#define %m {\n push   1\n"
    );
    assert_eq!(fs::read_to_string(&ugly).expect("it is there"), PRETTY);
    let empty = Folder::new("fmt-empty");
    let said = run(&["fmt", empty.path()]);
    assert_eq!(said.status, 2);
    assert!(said.stderr.contains("no .eas files"), "{}", said.stderr);
}
