//! Configurations as projects have them, with and without an environment.

use std::fs;
use std::path::{Path, PathBuf};

use gasworks::{Fork, U256};

use super::{ConfigError, DiscoverError, Project, Testable, discover};

/// A folder that goes away with the value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("gasworks-project-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("a temporary folder");
        Folder(folder)
    }

    fn file(&self, name: &str, text: &str) -> &Folder {
        let file = self.0.join(name);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        fs::write(file, text).expect("a file");
        self
    }

    fn load(&self, environment: &[(&str, &str)]) -> Result<Project, ConfigError> {
        let pairs = environment.iter();
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Project::load(&self.0, pairs.map(owned).collect())
    }

    fn project(&self, environment: &[(&str, &str)]) -> Project {
        self.load(environment).expect("a good configuration")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_folder_without_a_configuration_has_usual_values() {
    let folder = Folder::new("bare");
    folder.file("contracts/A.sol", "");
    let Project { config, .. } = folder.project(&[]);
    assert_eq!(config.src, Path::new("contracts"));
    assert_eq!(config.out, Path::new("out"));
    assert_eq!(config.libs, [Path::new("lib")]);
    assert_eq!(
        (config.optimizer, config.optimizer_runs),
        (Some(false), Some(200))
    );
    assert_eq!((config.fuzz.runs, config.invariant.depth), (256, 500));
    assert_eq!(config.initial_balance, (U256::one() << 96) - 1);
}

#[test]
fn a_profile_lies_over_sections_and_the_default_profile() {
    let folder = Folder::new("profiles");
    folder.file(
        "foundry.toml",
        "[profile.default]
         solc_version = '0.8.15'
         optimizer_runs = 1000
         fuzz.runs = 10
         libs = ['lib']
         [profile.ci.fuzz]
         runs = 30
         [fuzz]
         max-test-rejects = 7
         runs = 20
         [invariant]
         depth = 3",
    );
    let Project {
        config, warnings, ..
    } = folder.project(&[]);
    assert_eq!(config.solc.as_deref(), Some("0.8.15"));
    assert_eq!(
        (config.optimizer, config.optimizer_runs),
        (Some(true), Some(1000))
    );
    assert_eq!(config.fuzz.runs, 10);
    assert_eq!(
        (config.invariant.runs, config.invariant.depth),
        (20, 3),
        "as [fuzz] has it"
    );
    assert!(warnings.is_empty(), "{warnings:?}");
    let ci = folder.project(&[("FOUNDRY_PROFILE", "ci")]).config;
    assert_eq!((ci.fuzz.runs, ci.optimizer_runs), (30, Some(1000)));
}

#[test]
fn the_environment_is_stronger_than_files() {
    let folder = Folder::new("environment");
    folder.file(
        "foundry.toml",
        "[profile.default]\nfuzz.runs = 1\nlibs = ['a']\nffi = false",
    );
    let environment = [
        ("FOUNDRY_FUZZ_RUNS", "5"),
        ("FOUNDRY_LIBS", "['b', 'c']"),
        ("FOUNDRY_SOLC", "some/solc"),
        ("FOUNDRY_VIA_IR", "true"),
        ("FOUNDRY_FFI", "true"),
        ("FOUNDRY_BLOCK_NUMBER", "0x10"),
        ("FOUNDRY_NOBODY_KNOWS", "1"),
    ];
    let Project {
        config, warnings, ..
    } = folder.project(&environment);
    assert_eq!(config.fuzz.runs, 5);
    assert_eq!(config.libs, [Path::new("b"), Path::new("c")]);
    assert_eq!(config.solc.as_deref(), Some("some/solc"));
    assert!(config.via_ir && !config.ffi);
    assert_eq!(config.block_number, 16);
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn what_is_unknown_is_warned_about_and_what_is_wrong_is_refused_by_name() {
    let folder = Folder::new("unknown");
    folder.file(
        "foundry.toml",
        "[profile.default]\nsorce = 'x'\nffi = true\n[fuzz]\nrnus = 1\n[something]\nx = 1",
    );
    let warnings = folder
        .project(&[("FOUNDRY_PROFILE", "ci")])
        .warnings
        .join("\n");
    for name in ["`sorce`", "`rnus`", "[something]", "`ci`", "`ffi`"] {
        assert!(warnings.contains(name), "{name}: {warnings}");
    }
    for (text, name) in [
        ("[profile.default]\nfuzz.runs = 'many'", "fuzz.runs"),
        ("[profile.default]\nsender = '0x12'", "sender"),
        ("[profile.default]\nblock_number = -1", "block_number"),
        (
            "[profile.default]\ngas_limit = '18446744073709551616'",
            "gas_limit",
        ),
        (
            "[profile.default]\nfs_permissions = [{ access = 'eat', path = '.' }]",
            "fs_permissions",
        ),
        ("[profile.default", "foundry.toml"),
        ("[profile.default]\nextends = 'none.toml'", "none.toml"),
    ] {
        folder.file("foundry.toml", text);
        let error = folder.load(&[]).expect_err(text).to_string();
        assert!(error.contains(name), "{text}: {error}");
    }
}

#[test]
fn a_file_may_extend_another_one() {
    let folder = Folder::new("extends");
    folder.file(
        "base.toml",
        "[profile.default]\nlibs = ['a']\noptimizer_runs = 9\nvia_ir = true",
    );
    let own = "[profile.default]\nlibs = ['b']\noptimizer_runs = 8\n";
    folder.file("foundry.toml", &format!("{own}extends = 'base.toml'"));
    let config = folder.project(&[]).config;
    assert_eq!(config.libs, [Path::new("a"), Path::new("b")]);
    assert_eq!((config.optimizer_runs, config.via_ir), (Some(8), true));
    let strategy =
        |name: &str| format!("{own}extends = {{ path = 'base.toml', strategy = '{name}' }}");
    folder.file("foundry.toml", &strategy("replace-arrays"));
    assert_eq!(folder.project(&[]).config.libs, [Path::new("b")]);
    folder.file("foundry.toml", &strategy("no-collision"));
    assert!(folder.load(&[]).is_err());
}

#[test]
fn permissions_are_absolute_and_say_what_may_be_done() {
    let folder = Folder::new("permissions");
    folder.file(
        "foundry.toml",
        "[profile.default]\nfs_permissions = [{ access = 'read-write', path = './data' }]",
    );
    let Project { config, root, .. } = folder.project(&[]);
    let [permission] = config.fs_permissions.as_slice() else {
        panic!("{:?}", config.fs_permissions);
    };
    assert_eq!(permission.path, root.join("./data"));
    assert!(permission.read && permission.write);
}

#[test]
fn libraries_are_found_by_their_folders_and_by_what_they_say() {
    let folder = Folder::new("remappings");
    folder
        .file(
            "foundry.toml",
            "[profile.default]\nremappings = ['tokens/=lib/one/src/tokens/']",
        )
        .file("remappings.txt", "mine/=elsewhere/\n\n")
        .file("src/A.sol", "")
        .file(
            "lib/one/foundry.toml",
            "[profile.default]\nsrc = 'code'\nremappings = ['deep/=lib/two/src/']",
        )
        .file("lib/one/code/One.sol", "")
        .file("lib/one/lib/two/src/Two.sol", "")
        .file("lib/three/src/Three.sol", "")
        .file("lib/three/contracts/Other.sol", "");
    let remappings = folder.project(&[]).config.remappings;
    for expected in [
        "mine/=elsewhere/",
        "tokens/=lib/one/src/tokens/",
        "deep/=lib/one/lib/two/src/",
        "one/=lib/one/code/",
        "two/=lib/one/lib/two/src/",
        "three/=lib/three/src/",
    ] {
        assert!(
            remappings.iter().any(|line| line == expected),
            "{expected}: {remappings:?}"
        );
    }
    let environment = [("FOUNDRY_REMAPPINGS", "mine/=stronger/")];
    let remappings = folder.project(&environment).config.remappings;
    assert_eq!(
        remappings.first().map(String::as_str),
        Some("mine/=stronger/")
    );
    assert_eq!(
        remappings
            .iter()
            .filter(|line| line.starts_with("mine/"))
            .count(),
        1
    );
    let environment = [("FOUNDRY_AUTO_DETECT_REMAPPINGS", "false")];
    assert_eq!(folder.project(&environment).config.remappings.len(), 2);
}

#[test]
fn a_missing_compiler_is_one_clear_error() {
    let folder = Folder::new("compilers");
    folder.file("src/A.sol", "pragma solidity 0.8.15; contract A {}");
    let told = std::sync::Arc::new(|_: &str| {});
    let errors = |environment: &[(&str, &str)]| {
        let project = folder.project(environment);
        let sources = project.sources(&|_| true);
        assert_eq!(sources.len(), 1);
        project
            .build(&sources, told.clone())
            .expect_err("nothing to compile with")
            .to_string()
    };
    assert!(errors(&[]).contains("no Solidity compiler was found"));
    assert!(errors(&[("FOUNDRY_SOLC", "no/such/solc")]).contains("no/such/solc"));
    folder.file(
        "node_modules/solc/package.json",
        r#"{"name": "solc", "version": "0.8.9"}"#,
    );
    assert!(errors(&[]).contains("needs `node`"));
    folder.file("bin/node", "");
    let path = folder.0.join("bin");
    let path = path.to_str().expect("a path that is text");
    let error = errors(&[("PATH", path), ("FOUNDRY_SOLC", "0.8.15")]);
    assert!(
        error.contains("0.8.15") && error.contains("0.8.9"),
        "{error}"
    );
}

#[test]
fn tests_run_on_the_newest_fork_that_the_configured_compiler_knows() {
    let folder = Folder::new("forks");
    for (settings, fork) in [
        ("", Fork::Osaka),
        ("solc = '0.8.15'", Fork::London),
        ("solc = '0.8.15'\nevm_version = 'cancun'", Fork::Cancun),
        ("evm_version = 'tangerineWhistle'", Fork::Tangerine),
        ("evm_version = 'paris'\nhardfork = 'prague'", Fork::Prague),
        ("solc = '0.8.28'", Fork::Prague),
    ] {
        folder.file("foundry.toml", &format!("[profile.default]\n{settings}"));
        assert_eq!(
            folder.project(&[]).fork().expect(settings),
            fork,
            "{settings}"
        );
    }
    // A program is not asked where artifacts are all of one version.
    folder.file("foundry.toml", "[profile.default]\nsolc = 'no/such/solc'");
    for (compilers, fork) in [
        (
            &["0.8.15+commit.e14f2714", "0.8.15+commit.e14f2714"][..],
            Fork::London,
        ),
        (&["0.8.15+commit.e14f2714", "0.8.28"], Fork::Osaka),
        (&[], Fork::Osaka),
    ] {
        let found = folder.project(&[]).fork_of(compilers.iter().copied());
        assert_eq!(found.expect("a fork"), fork, "{compilers:?}");
    }
    folder.file(
        "foundry.toml",
        "[profile.default]\nevm_version = 'atlantis'",
    );
    let error = folder
        .project(&[])
        .fork()
        .expect_err("no such fork")
        .to_string();
    assert!(error.contains("atlantis"), "{error}");
}

#[test]
fn what_can_be_tested_is_found_at_a_path_and_below_it() {
    let folder = Folder::new("discover");
    folder
        .file("b/foundry.toml", "")
        .file("b/test/A.t.sol", "")
        .file("b/lib/other/foundry.toml", "")
        .file("a/x.eas", "")
        .file("a/node_modules/y.eas", "")
        .file("out/A.sol/A.json", "{}")
        .file("hard/hardhat.config.ts", "")
        .file("hard/artifacts/contracts/A.sol/A.json", "{}")
        .file("none/readme.md", "")
        .file("lone/A.sol", "");
    let root = folder.0.canonicalize().expect("a folder");
    let at = |path: &str| discover(&root.join(path));
    let foundry = |only: Option<&str>| Testable::Foundry {
        root: root.join("b"),
        only: only.map(|only| root.join(only)),
    };
    let found = |path: &str| at(path).expect(path);
    assert_eq!(found("b"), [foundry(None)]);
    assert_eq!(found("b/test"), [foundry(Some("b/test"))]);
    assert_eq!(found("b/test/A.t.sol"), [foundry(Some("b/test/A.t.sol"))]);
    assert_eq!(found("out"), [Testable::Artifacts(root.join("out"))]);
    assert_eq!(
        found("out/A.sol/A.json"),
        [Testable::Artifacts(root.join("out/A.sol/A.json"))]
    );
    assert_eq!(
        found("hard"),
        [Testable::Artifacts(root.join("hard/artifacts"))]
    );
    let assembly = |folder: &str| Testable::Assembly {
        root: root.join(folder),
        files: vec![root.join("a/x.eas")],
    };
    assert_eq!(found("a"), [assembly("a")]);
    assert_eq!(found("a/x.eas"), [assembly("a")]);
    assert!(matches!(at("none"), Err(DiscoverError::Nothing(_))));
    assert!(matches!(at("none/readme.md"), Err(DiscoverError::Kind(_))));
    assert!(matches!(at("lone/A.sol"), Err(DiscoverError::NoProject(_))));
    assert!(matches!(at("nowhere"), Err(DiscoverError::Read(..))));
}
