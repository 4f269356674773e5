//! What is fuzzed: the contracts of a project, or bytecode.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use gasworks::Bytes;
use gasworks_fuzz::contracts::Tested;
use gasworks_runner::contracts::abi::JsonAbi;
use gasworks_runner::contracts::harness::of_code;
use gasworks_runner::contracts::project::{Environment, Patterns};
use gasworks_runner::contracts::run::Options;
use gasworks_runner::contracts::{Runner, RunnerConfig};

use crate::bytecode;
use crate::terminal::{complain, visible};

/// Which contracts, and how they are compiled.
#[derive(clap::Args, Debug, Clone, Default)]
#[command(next_help_heading = "What is fuzzed")]
pub struct SourceArgs {
    /// Fuzz only contracts whose name matches
    #[arg(long, visible_aliases = ["mc", "contract"], value_name = "REGEX")]
    pub match_contract: Option<String>,

    /// The functions of bytecode, as JSON; without them, they are guessed
    #[arg(long, value_name = "FILE")]
    pub abi: Option<PathBuf>,

    /// Bytecode is init code
    #[arg(long)]
    pub deploy: bool,

    /// The Solidity compiler: a program, a version, or the folder of the npm package
    #[arg(long, visible_alias = "use", value_name = "PATH")]
    pub solc: Option<String>,

    /// Take the artifacts that are there, without looking at sources
    #[arg(long)]
    pub no_compile: bool,
}

/// Everything at a path that can be fuzzed. What cannot be set up is told and left out, unless it is all.
pub fn tested(arguments: &SourceArgs, path: &Path) -> Result<Vec<Tested>, String> {
    if let Some(code) = code(arguments, path)? {
        return of_bytecode(arguments, path, &code);
    }
    let config = RunnerConfig {
        environment: Environment::of_process(),
        solc: arguments.solc.clone(),
        no_compile: arguments.no_compile,
        patterns: Patterns {
            contract: arguments.match_contract.clone(),
            ..Patterns::default()
        },
        told: Arc::new(|message: &str| complain(message)),
        ..RunnerConfig::default()
    };
    let session = Runner::new(config).discover(path);
    let session = session.map_err(|error| error.to_string())?;
    let contracts = session.harnesses().into_iter();
    let contracts = contracts.map(|one| one.map(Tested::from).map_err(|error| error.to_string()));
    let tests = session.fuzzed_tests().into_iter();
    let tests = tests.map(|one| one.map(Tested::from));
    let mut found = Vec::new();
    let mut has_failed = false;
    for tested in contracts.chain(tests) {
        match tested {
            Ok(tested) => found.push(tested),
            Err(reason) => {
                complain(format_args!("not fuzzed: {}", visible(&reason)));
                has_failed = true;
            }
        }
    }
    match (found.is_empty(), has_failed) {
        (true, true) => Err("nothing could be set up".to_owned()),
        (true, false) => Err(format!(
            "{}: nothing to fuzz was found: a contract with invariant_*, property_* or echidna_* functions, one that can be \
             deployed without arguments, or a #test of assembly with parameters and without a #case",
            path.display()
        )),
        (false, _) => Ok(found),
    }
}

/// The bytecode that is named, if it is bytecode.
fn code(arguments: &SourceArgs, path: &Path) -> Result<Option<Bytes>, String> {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let is_of_project = matches!(ending, Some("sol" | "vy" | "json" | "eas"));
    let is_meant = arguments.abi.is_some() || arguments.deploy;
    if is_meant || (path.is_file() && !is_of_project) || (!path.exists() && looks_like_hex(path)) {
        let code = bytecode::read(path.as_os_str())?;
        return match code.is_empty() {
            true => Err(format!("{}: there is no code in it", path.display())),
            false => Ok(Some(code)),
        };
    }
    if !path.exists() {
        return Err(format!(
            "{}: there is no such file or folder, and it is no hex; a project, a folder of artifacts, a source, or bytecode is \
             expected",
            path.display()
        ));
    }
    Ok(None)
}

/// Whether it is hex, or somebody meant it to be.
fn looks_like_hex(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.starts_with("0x")
        || (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn of_bytecode(arguments: &SourceArgs, path: &Path, code: &Bytes) -> Result<Vec<Tested>, String> {
    let abi = arguments.abi.as_ref().map(|file| {
        let within = |error: String| format!("{}: {error}", file.display());
        let text = std::fs::read_to_string(file).map_err(|error| within(error.to_string()))?;
        let abi: JsonAbi = serde_json::from_str(&text)
            .map_err(|error| within(format!("not the ABI of a contract: {error}")))?;
        Ok::<JsonAbi, String>(abi)
    });
    let abi = abi.transpose()?;
    // A file by its name, whatever folder it is in.
    let name = match path.is_file() {
        true => path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        false => "code".to_owned(),
    };
    let options = Options::default();
    let harness = of_code(&name, code, arguments.deploy, abi.as_ref(), &options);
    harness
        .map(|harness| vec![Tested::from(harness)])
        .map_err(|error| error.to_string())
}
