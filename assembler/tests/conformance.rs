//! The language, as the cases of the tool that Ethereum's system contracts were written with decide it.

use std::collections::BTreeMap;
use std::path::Path;

use gasworks_assembler::{Diagnostic, Diagnostics, MemoryFiles, Options, assemble};
use yaml_rust2::{Yaml, YamlLoader};

const CASES: &str = "../../shared/fixtures/assembler/cases.yaml";

/// The place of a finding as the cases write it: `file:line:column`.
fn places<'a>(found: &'a Diagnostics, list: impl Iterator<Item = &'a Diagnostic>) -> Vec<String> {
    let places = list.map(|one| {
        let (file, position) = found.place(one);
        format!("{file}:{}:{}", position.line, position.column)
    });
    sorted(places)
}

fn sorted(places: impl Iterator<Item = String>) -> Vec<String> {
    let mut places: Vec<String> = places.collect();
    places.sort();
    places
}

fn expected(case: &Yaml, kind: &str) -> Vec<String> {
    let list = case["output"][kind].as_vec().cloned().unwrap_or_default();
    sorted(list.iter().filter_map(Yaml::as_str).map(|text| {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().unwrap_or("");
        format!("{}:{}:{}", part(), part(), part())
    }))
}

fn check(case: &Yaml) -> Result<(), String> {
    let mut files = BTreeMap::new();
    if let Some(list) = case["input"]["files"].as_hash() {
        for (name, text) in list {
            let (name, text) = (
                name.as_str().ok_or("a name")?,
                text.as_str().ok_or("a text")?,
            );
            files.insert(name.to_owned(), text.as_bytes().to_vec());
        }
    }
    let mut globals = Vec::new();
    if let Some(list) = case["input"]["globals"].as_hash() {
        for (name, value) in list {
            let value = value.as_i64().ok_or("a number")?;
            globals.push((name.as_str().ok_or("a name")?.to_owned(), value.into()));
        }
    }
    let files = MemoryFiles(files);
    let options = Options {
        files: &files,
        globals: &globals,
        ..Options::default()
    };
    let source = case["input"]["code"].as_str().ok_or("no source")?;
    let (code, found) = match assemble(source, &options) {
        Ok(program) => (Some(program.code), program.warnings),
        Err(found) => (None, found),
    };
    let wanted = match &case["output"]["bytecode"] {
        Yaml::BadValue => None,
        Yaml::String(text) => Some(text.replace([' ', '\n'], "")),
        other => Some(format!(
            "{}",
            other.as_i64().ok_or("bytecode that is not text")?
        )),
    };
    let code = code.map(|code| {
        code.iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    });
    if code != wanted {
        return Err(format!("bytecode {code:?}, expected {wanted:?}\n{found}"));
    }
    let errors = (places(&found, found.errors()), expected(case, "errors"));
    if errors.0 != errors.1 {
        return Err(format!(
            "errors at {:?}, expected at {:?}\n{found}",
            errors.0, errors.1
        ));
    }
    let warnings = (places(&found, found.warnings()), expected(case, "warnings"));
    if wanted.is_some() && warnings.0 != warnings.1 {
        return Err(format!(
            "warnings at {:?}, expected at {:?}\n{found}",
            warnings.0, warnings.1
        ));
    }
    Ok(())
}

#[test]
fn the_cases_of_the_older_tool() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(CASES);
    let Ok(text) = std::fs::read_to_string(&path) else {
        println!("not run: the assembler's cases (no {CASES})");
        return;
    };
    let documents = YamlLoader::load_from_str(&text).expect("YAML");
    let cases = documents[0].as_hash().expect("cases by name");
    let mut failed = Vec::new();
    for (name, case) in cases {
        if let Err(reason) = check(case) {
            failed.push(format!("{}: {reason}", name.as_str().unwrap_or("?")));
        }
    }
    assert!(cases.len() > 100, "only {} cases", cases.len());
    assert!(
        failed.is_empty(),
        "{} of {} cases failed\n{}",
        failed.len(),
        cases.len(),
        failed.join("\n")
    );
}
