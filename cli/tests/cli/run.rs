//! `gasworks run` as its users meet it: output, exit status, errors.

use crate::common::{Folder, Said, gasworks, run, run_with_input};
use serde_json::Value;

/// PUSH1 42, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
const ANSWER: &str = "602a5f5260205ff3";
/// Init code that deploys `ANSWER` and what follows it.
const DEPLOY: &str = "600880600a5f395ff3";
/// Adds one to slot 0.
const COUNT: &str = "5f546001015f55";
const CONTRACT: &str = "0x00000000000000000000000000000000000000cc";
const OWNER: &str = "0x00000000000000000000000000000000000000aa";

fn json(arguments: &[&str]) -> (Value, i32) {
    let mut all = vec!["run", "--json"];
    all.extend(arguments);
    let said = run(&all);
    let value = serde_json::from_str(&said.stdout).unwrap_or_else(|error| {
        panic!(
            "{arguments:?}: {error}: {:?} {:?}",
            said.stdout, said.stderr
        )
    });
    (value, said.status)
}

/// The complaint of a run that must not start.
fn refused(arguments: &[&str]) -> String {
    let mut all = vec!["run"];
    all.extend(arguments);
    let Said {
        stdout,
        stderr,
        status,
    } = run(&all);
    assert_eq!(
        (status, stdout.as_str()),
        (2, ""),
        "{arguments:?}: {stderr}"
    );
    assert!(stderr.starts_with("error: "), "{arguments:?}: {stderr}");
    stderr
}

/// Bytecode that reverts with data of at most 255 bytes.
fn reverting(data: &[u8]) -> String {
    // PUSH1 length, DUP1, PUSH1 11, PUSH0, CODECOPY, PUSH1 length, PUSH0, REVERT, padding up to 12.
    let length = data.len();
    let mut code = format!("60{length:02x}80600c5f3960{length:02x}5ffd00");
    assert_eq!(code.len(), 24);
    code.extend(data.iter().map(|byte| format!("{byte:02x}")));
    code
}

fn abi(selector: [u8; 4], words: &[u8], tail: &[u8]) -> Vec<u8> {
    let mut data = selector.to_vec();
    for word in words {
        data.extend([0; 31]);
        data.push(*word);
    }
    data.extend(tail);
    data
}

#[test]
fn hex_files_raw_files_and_standard_input_run_alike() {
    let folder = Folder::new("sources");
    let raw = [0x60, 42, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3];
    let expected = "\
status       success
return data  0x000000000000000000000000000000000000000000000000000000000000002a (42)
gas used     16 of 30,000,000
";
    let sources = [
        ANSWER.to_owned(),
        format!("0x{ANSWER}"),
        folder.write("prefix.hex", format!("0x{ANSWER}\n")),
        folder.write("lines.hex", "602a 5f52\r\n6020\n5ff3"),
        folder.write("raw.bin", raw),
    ];
    for source in sources {
        let said = run(&["run", &source]);
        assert_eq!(said.stdout, expected, "{source}: {}", said.stderr);
        assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{source}");
    }
    assert_eq!(run_with_input(&["run", "-"], &raw).stdout, expected);
    assert_eq!(
        run_with_input(&["run", "-"], ANSWER.as_bytes()).stdout,
        expected
    );
}

#[test]
fn a_file_wins_over_hex() {
    let folder = Folder::new("ambiguous");
    folder.write("00", ANSWER);
    std::fs::create_dir(format!("{}/01", folder.path())).expect("the folder can be written");
    let stdout = |argument: &str| {
        let output = gasworks()
            .args(["run", argument])
            .current_dir(folder.path())
            .output()
            .expect("the tool runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(stdout("00").contains("(42)"));
    // A folder is no file: this is ADD on an empty stack.
    assert!(stdout("01").contains("halted: stack underflow"));
}

#[test]
fn reverts_say_why() {
    let cases = [
        (vec![], "status       reverted\n"),
        (
            abi(
                [0x08, 0xc3, 0x79, 0xa0],
                &[32, 4],
                b"\x1b[2Jxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            ),
            "status       reverted: \\u{1b}[2J\n",
        ),
        (
            abi([0x4e, 0x48, 0x7b, 0x71], &[0x12], &[]),
            "status       reverted: panic 0x12: division or modulo by zero\n",
        ),
        (
            abi([0xde, 0xad, 0xbe, 0xef], &[1], &[]),
            "status       reverted: custom error 0xdeadbeef\n",
        ),
    ];
    for (data, line) in cases {
        let said = run(&["run", &reverting(&data)]);
        assert!(said.stdout.starts_with(line), "{}", said.stdout);
        assert_eq!(said.status, 1);
    }
}

#[test]
fn halts_say_why_and_take_all_gas() {
    let said = run(&["run", "5b5f56", "--gas", "0x3e8"]);
    assert!(
        said.stdout.starts_with("status       halted: out of gas\n"),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains("gas used     1,000 of 1,000\n"),
        "{}",
        said.stdout
    );
    assert_eq!(said.status, 1);
    let (value, status) = json(&["fe"]);
    assert_eq!((value["status"].as_str(), status), (Some("halt"), 1));
    assert_eq!(value["reason"], "invalid opcode");
}

#[test]
fn a_creation_deploys_and_passes_arguments_on() {
    let init_code = format!("{DEPLOY}00{ANSWER}");
    let (value, status) = json(&[&init_code, "--create", "--dump"]);
    assert_eq!((value["status"].as_str(), status), (Some("success"), 0));
    let created = value["created"].as_str().expect("a contract was created");
    assert_eq!(value["output"], format!("0x{ANSWER}"));
    assert_eq!(value["alloc"][created]["code"], format!("0x{ANSWER}"));
    let said = run(&["run", &init_code, "--create"]);
    assert!(
        said.stdout.contains(&format!("created      {created}\n")),
        "{}",
        said.stdout
    );
    assert!(
        said.stdout.contains(&format!("code         0x{ANSWER}\n")),
        "{}",
        said.stdout
    );
    // The init code returns what follows it, which here is the constructor's argument.
    let (value, _) = json(&[&format!("{DEPLOY}00"), "--create", "--input", ANSWER]);
    assert_eq!(value["output"], format!("0x{ANSWER}"));
}

#[test]
fn storage_is_shown_before_and_after_and_a_dump_is_a_prestate() {
    let folder = Folder::new("prestate");
    let prestate = format!(
        r#"{{"config": {{"chainId": 7}}, "number": "0x64", "alloc": {{"{CONTRACT}": {{"balance": "1", "code": "0x{COUNT}", "storage": {{"0x00": "0x29"}}}}}}}}"#
    );
    let path = folder.write("genesis.json", prestate);
    let said = run(&["run", "--receiver", CONTRACT, "--prestate", &path]);
    let lines = format!("storage      {CONTRACT}\n    0x0: 0x29 -> 0x2a\n");
    assert!(
        said.stdout.contains(&lines),
        "{} {}",
        said.stdout,
        said.stderr
    );
    let (mut value, _) = json(&["--receiver", CONTRACT, "--prestate", &path, "--dump"]);
    for expected in ["0x2b", "0x2c"] {
        let dump = folder.write("dump.json", value.to_string());
        let arguments = ["--receiver", CONTRACT, "--prestate", &dump, "--dump"];
        (value, _) = json(&arguments);
        let slot = format!("0x{}", "0".repeat(64));
        assert_eq!(value["storage"][CONTRACT][slot]["after"], expected);
    }
    // CHAINID and NUMBER are those of the file, and code given replaces the account's.
    let code = "465f5243602052 60405ff3";
    let arguments = [code, "--receiver", CONTRACT, "--prestate", &path];
    let (value, _) = json(&arguments);
    assert_eq!(value["output"], format!("0x{:064x}{:064x}", 7, 100));
}

#[test]
fn a_bare_map_of_accounts_is_a_prestate() {
    let folder = Folder::new("bare");
    let path = folder.write(
        "alloc.json",
        format!(r#"{{"{OWNER}": {{"balance": "0x10"}}}}"#),
    );
    // CALLER, BALANCE.
    let code = "33315f5260205ff3";
    let arguments = [code, "--sender", OWNER, "--value", "6", "--prestate", &path];
    let (value, _) = json(&arguments);
    assert_eq!(value["output"], format!("0x{:064x}", 10));
    assert_eq!(value["balances"][OWNER]["before"], "0x10");
    assert_eq!(value["balances"][OWNER]["after"], "0xa");
    let (value, status) = json(&[
        code,
        "--sender",
        OWNER,
        "--value",
        "17",
        "--prestate",
        &path,
    ]);
    assert_eq!(value["reason"], "insufficient balance for transfer");
    assert_eq!(status, 1);
}

#[test]
fn what_a_contract_sees_of_the_call() {
    // ADDRESS, CALLER, ORIGIN, CALLVALUE, GASPRICE, CALLDATASIZE, each in a word of memory.
    let code = "305f5233602052326040523460605 23a60805236 60a05260c05ff3";
    let folder = Folder::new("input");
    let input = folder.write("input.bin", [0xff; 5]);
    let arguments = [
        code,
        "--receiver",
        CONTRACT,
        "--sender",
        OWNER,
        "--value",
        "3",
        "--price",
        "4",
        "--input-file",
        &input,
    ];
    let (value, _) = json(&arguments);
    let words: String = [0xcc, 0xaa, 0xaa, 3, 4, 5]
        .map(|word| format!("{word:064x}"))
        .concat();
    assert_eq!(value["output"], format!("0x{words}"));
}

#[test]
fn logs_and_refunds() {
    // SSTORE 1 and back to 0 in slot 0, then LOG1 of topic 7 with one byte.
    let code = "60015f555f5f5560075f60205fa1";
    let said = run(&["run", code, "--receiver", CONTRACT]);
    assert!(
        said.stdout.contains("refund       19,900 gas\n"),
        "{}",
        said.stdout
    );
    let (value, _) = json(&["600760015fa1", "--receiver", CONTRACT]);
    assert_eq!(value["logs"][0]["address"], CONTRACT);
    assert_eq!(value["logs"][0]["topics"][0], format!("0x{:064x}", 7));
    assert_eq!(value["logs"][0]["data"], "0x00");
    let said = run(&["run", "600760015fa1", "--receiver", CONTRACT]);
    let lines = format!(
        "log          {CONTRACT}\n    topic 0x{:064x}\n    data  0x00\n",
        7
    );
    assert!(said.stdout.contains(&lines), "{}", said.stdout);
}

#[test]
fn a_precompiled_contract_can_be_called() {
    let identity = "0x0000000000000000000000000000000000000004";
    let (value, status) = json(&["--receiver", identity, "--input", "0xabcd"]);
    assert_eq!((value["output"].as_str(), status), (Some("0xabcd"), 0));
    let message = refused(&["00", "--receiver", identity]);
    assert!(message.contains("precompiled"), "{message}");
}

#[test]
fn the_fork_decides() {
    // PUSH0 came with Shanghai.
    let (value, _) = json(&["5f", "--fork", "Paris"]);
    assert_eq!(
        (value["status"].as_str(), value["fork"].as_str()),
        (Some("halt"), Some("Paris"))
    );
    let (value, _) = json(&["5f", "--fork", "merge"]);
    assert_eq!(value["fork"], "Paris");
    assert_eq!(json(&["5f"]).0["fork"], "Osaka");
}

#[test]
fn a_trace_goes_to_standard_error_as_lines_of_json() {
    let said = run(&["run", ANSWER, "--trace"]);
    let lines: Vec<Value> = said
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).expect("each line is JSON"))
        .collect();
    // Six instructions and the end of the frame.
    assert_eq!(lines.len(), 7);
    assert_eq!(
        (&lines[0]["opName"], &lines[0]["gas"]),
        (&"PUSH1".into(), &"0x1c9c380".into())
    );
    let end = serde_json::json!({"gasUsed": "0x10", "output": format!("{:064x}", 42)});
    assert_eq!(lines[6], end);
    assert_eq!(said.stdout, run(&["run", ANSWER]).stdout);
}

#[test]
fn a_benchmark_tells_time_and_speed() {
    let (value, status) = json(&[ANSWER, "--bench"]);
    let bench = &value["bench"];
    assert!(
        bench["runs"].as_u64() >= Some(5) && bench["gasPerSecond"].as_u64() > Some(0),
        "{bench}"
    );
    assert!(bench["medianNanoseconds"].is_u64());
    assert_eq!((value["gasUsed"].as_u64(), status), (Some(16), 0));
}

#[test]
fn bad_arguments_are_refused_with_a_reason() {
    let folder = Folder::new("bad");
    let assembly = folder.write("code.asm", "PUSH1 1\nSTOP");
    let odd = folder.write("odd.hex", "0x6001\n60\n0\n");
    let empty = folder.write("empty.hex", "\n");
    let cases: [(&[&str], &str); 16] = [
        (&[], "FILE|HEX|-"),
        (&["missing.hex"], "neither a file that can be found nor hex"),
        (&["0x601"], "an odd number of hex digits (3)"),
        (&[""], "neither a file nor hex"),
        (&["-"], "standard input: there is nothing in it"),
        (&[folder.path()], "directory"),
        (
            &[&assembly],
            "code.asm: line 1, column 1: 'P' is no hex digit",
        ),
        (&[&odd], "odd.hex: an odd number of hex digits (7)"),
        (&[&empty], "empty.hex: there is nothing in it"),
        (
            &["00", "--gas", "18446744073709551616"],
            "more than 64 bits",
        ),
        (&["00", "--value", "0x"], "is needed"),
        (
            &["00", "--sender", "0x1234"],
            "4 hex digits where 40 are needed",
        ),
        (&["00", "--input", "0xabc"], "odd number of hex digits"),
        (&["00", "--fork", "Atlantis"], "the forks are Frontier"),
        (
            &["00", "--fork", "ParisToShanghaiAtTime15k"],
            "transition between forks",
        ),
        (
            &["00", "--create", "--receiver", CONTRACT],
            "cannot be used with",
        ),
    ];
    for (arguments, reason) in cases {
        let message = refused(arguments);
        assert!(message.contains(reason), "{arguments:?}: {message}");
    }
}

#[test]
fn a_bad_prestate_is_refused_with_file_path_and_place() {
    let folder = Folder::new("bad-prestate");
    let cases: [(&[u8], &str); 5] = [
        (b"", "line 1 column 0"),
        (b"\xff\xfe", "line 1 column 1"),
        (b"{}", "neither `alloc` nor an account"),
        (
            b"{\"alloc\": {\"0x12\": {}}}",
            "2 hex digits where 40 are needed",
        ),
        (
            b"{\"alloc\": {\"00000000000000000000000000000000000000cc\": {\"nonce\": \"-1\"}}}",
            "alloc.00000000000000000000000000000000000000cc.nonce: \"-1\" is not a number at line 1",
        ),
    ];
    for (text, reason) in cases {
        let path = folder.write("pre.json", text);
        let message = refused(&["00", "--prestate", &path]);
        assert!(
            message.contains("pre.json: ") && message.contains(reason),
            "{message}"
        );
    }
    let message = refused(&["00", "--prestate", folder.path()]);
    assert!(message.contains("directory"), "{message}");
    refused(&["00", "--prestate", "/nonexistent/genesis.json"]);
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;
    let argument = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let output = gasworks()
        .arg("run")
        .arg(argument)
        .output()
        .expect("the tool runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("it is no text"));
}

#[test]
fn the_examples_contracts_run() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/contracts");
    let fibonacci = format!("{folder}/fibonacci.hex");
    let said = run(&["run", &fibonacci, "--input", "0x5a"]);
    assert!(
        said.stdout.contains("(2880067194370816120)"),
        "{}",
        said.stdout
    );
    let counter = format!("{folder}/counter.hex");
    let (value, _) = json(&[&counter, "--create", "--dump"]);
    let created = value["created"].as_str().expect("a contract was created");
    let folder = Folder::new("counter");
    let dump = folder.write("dump.json", value.to_string());
    let increment = [
        "--receiver",
        created,
        "--prestate",
        &dump,
        "--input",
        "d09de08a",
    ];
    let (value, _) = json(&increment);
    assert_eq!(value["output"], format!("0x{:064x}", 1));
    assert_eq!(value["logs"][0]["address"], created);
}
