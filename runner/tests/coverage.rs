//! Coverage of `coverage/src/Counter.sol`, which `solc` 0.8.30 has compiled with its optimizer: once as always, once by way
//! of its intermediate language.

use std::path::Path;

use gasworks_runner::contracts::coverage::{Coverage, page, tracefile};
use gasworks_runner::contracts::{Runner, RunnerConfig};

fn coverage(file: &str, jobs: usize) -> Coverage {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/coverage")
        .join(file);
    let config = RunnerConfig {
        coverage: true,
        jobs,
        ..RunnerConfig::default()
    };
    let session = Runner::new(config).discover(&path).expect("artifacts");
    let summary = session.run(&mut ());
    assert!(summary.is_success(), "{summary:?}");
    session.coverage()
}

const TRACEFILE: &str = "\
TN:
SF:src/Counter.sol
FN:8,Counter.constructor
FN:12,Counter.add
FN:21,Counter.sum
FN:27,Counter.never
FNDA:1,Counter.constructor
FNDA:3,Counter.add
FNDA:1,Counter.sum
FNDA:0,Counter.never
FNF:4
FNH:3
BRDA:13,0,0,1
BRDA:13,0,1,2
BRDA:14,1,0,-
BRDA:16,1,1,2
BRF:4
BRH:3
DA:8,1
DA:9,1
DA:12,3
DA:13,3
DA:14,2
DA:15,0
DA:17,2
DA:21,1
DA:22,5
DA:23,4
DA:27,0
DA:28,0
LF:12
LH:9
end_of_record
";

#[test]
fn optimized_code_is_measured_by_its_source_map() {
    let coverage = coverage("legacy.json", 1);
    assert_eq!(tracefile(&coverage), TRACEFILE);
    let page = page(&coverage);
    assert!(page.contains("function never() external {</span>"));
    assert!(!page.contains("src=") && !page.contains("://"));
}

#[test]
fn code_of_the_intermediate_language_is_measured_alike() {
    let hits = |coverage: &Coverage| -> Vec<(usize, bool)> {
        let lines = coverage.files.iter().flat_map(|file| &file.lines);
        lines.map(|(line, hits)| (*line, *hits > 0)).collect()
    };
    let via_ir = coverage("via-ir.json", 2);
    assert_eq!(hits(&via_ir), hits(&coverage("legacy.json", 1)));
    assert_eq!(via_ir, coverage("via-ir.json", 1));
    let file = via_ir.files.first().expect("the counter");
    assert_eq!(file.function_ratio().text(), "75.00% (3/4)");
}

/// The same contracts as Hardhat lays them out.
#[test]
fn artifacts_of_hardhat_are_run() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/coverage/legacy.json");
    let output: serde_json::Value =
        serde_json::from_slice(&std::fs::read(own).expect("the output")).expect("JSON");
    let root = std::env::temp_dir().join(format!("gasworks-hardhat-{}", std::process::id()));
    for (source, contracts) in output["contracts"].as_object().expect("contracts") {
        let folder = root.join("artifacts").join(source);
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, contract) in contracts.as_object().expect("contracts") {
            let code = |part: &str| {
                let digits = contract["evm"][part]["object"].as_str().expect("code");
                format!("0x{digits}")
            };
            let artifact = serde_json::json!({
                "_format": "hh-sol-artifact-1",
                "contractName": name,
                "sourceName": source,
                "abi": contract["abi"],
                "bytecode": code("bytecode"),
                "deployedBytecode": code("deployedBytecode"),
                "linkReferences": {},
                "deployedLinkReferences": {},
            });
            let file = folder.join(format!("{name}.json"));
            std::fs::write(file, artifact.to_string()).expect("an artifact");
            let debug = folder.join(format!("{name}.dbg.json"));
            std::fs::write(debug, r#"{"_format":"hh-sol-dbg-1"}"#).expect("a file");
        }
    }
    std::fs::write(root.join("hardhat.config.js"), "").expect("a configuration");
    for path in [root.clone(), root.join("artifacts")] {
        let session = Runner::new(RunnerConfig::default()).discover(&path);
        let summary = session.expect("artifacts").run(&mut ());
        assert!(summary.is_success(), "{summary:?}");
        assert_eq!(summary.suites[0].name(), "test/Counter.t.sol:CounterTest");
        assert_eq!(summary.suites[0].tests.len(), 3);
    }
    std::fs::remove_dir_all(root).expect("the folder");
}
