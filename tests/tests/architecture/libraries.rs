//! Which library is named where, and which package depends on which.

use crate::scan::{Line, code, has_word, read, refuse};

/// Libraries of the machine and of the runner with the files that may name them.
const WRAPPERS: &[(&str, &[&str])] = &[
    (
        "sha3",
        &["vm/src/keccak.rs", "assembler/src/evaluate/builtins.rs"],
    ),
    ("annotate_snippets", &["assembler/src/diagnostic/render.rs"]),
    (
        "num_bigint",
        &["assembler/src/value.rs", "assembler/src/assemble.rs"],
    ),
    ("hashbrown", &["vm/src/state/index.rs"]),
    (
        "multiversion",
        &[
            "vm/src/keccak.rs",
            "vm/src/precompiles/blake2f.rs",
            "vm/src/precompiles/modexp/digits.rs",
            "vm/src/precompiles/modexp/lanes.rs",
        ],
    ),
    ("rlp", &["vm/src/rlp.rs"]),
    ("secp256k1", &["vm/src/secp256k1.rs"]),
    (
        "blst",
        &[
            "vm/src/precompiles/bls12/affine.rs",
            "vm/src/precompiles/bls12/curve.rs",
            "vm/src/precompiles/bls12/foreign.rs",
            "vm/src/precompiles/bls12/map.rs",
            "vm/src/precompiles/bls12/pairing.rs",
        ],
    ),
    (
        "ark_bn254",
        &[
            "vm/src/precompiles/bn254.rs",
            "vm/src/precompiles/bn254/pairing.rs",
        ],
    ),
    // The traits of arkworks go along with each of its curves.
    (
        "ark_ec",
        &[
            "vm/src/precompiles/bn254.rs",
            "vm/src/precompiles/bn254/pairing.rs",
        ],
    ),
    (
        "ark_ff",
        &[
            "vm/src/precompiles/bn254.rs",
            "vm/src/precompiles/bn254/pairing.rs",
        ],
    ),
    ("ripemd", &["vm/src/precompiles/ripemd160.rs"]),
    (
        "sha2",
        &[
            "vm/src/precompiles/sha256.rs",
            "assembler/src/evaluate/builtins.rs",
        ],
    ),
    (
        "foldhash",
        &[
            "vm/src/state/code_cache.rs",
            "vm/src/state/codes.rs",
            "assembler/src/tables.rs",
            "runner/src/fixtures/world.rs",
        ],
    ),
    (
        "foundry_compilers",
        &["runner/src/contracts/project/compilers.rs"],
    ),
    ("globset", &["runner/src/contracts/project/filter.rs"]),
    ("inferno", &["runner/src/contracts/report/flame.rs"]),
    ("quick_junit", &["runner/src/contracts/report/junit.rs"]),
    ("tar", &["runner/src/fixtures/archive.rs"]),
    ("zstd", &["runner/src/fixtures/archive.rs"]),
    ("flate2", &["runner/src/fixtures/archive.rs"]),
    (
        "alloy_dyn_abi",
        &[
            "runner/src/contracts/abi.rs",
            "runner/src/contracts/cheats/values/typed_data.rs",
        ],
    ),
    (
        "alloy_chains",
        &["runner/src/contracts/cheats/values/chains.rs"],
    ),
    (
        "base64",
        &["runner/src/contracts/cheats/values/encoding.rs"],
    ),
    (
        "coins_bip32",
        &["runner/src/contracts/cheats/values/keys/mnemonic.rs"],
    ),
    (
        "coins_bip39",
        &["runner/src/contracts/cheats/values/keys/mnemonic.rs"],
    ),
    (
        "p256",
        &["runner/src/contracts/cheats/values/keys/other_curves.rs"],
    ),
    (
        "ed25519_dalek",
        &["runner/src/contracts/cheats/values/keys/other_curves.rs"],
    ),
    ("alloy_json_abi", &["runner/src/contracts/abi.rs"]),
    ("libafl", ENGINE),
    ("libafl_bolts", ENGINE_BASE),
    ("alloy_primitives", &["runner/src/contracts/abi.rs"]),
];

/// The fuzzing engine is one folder's.
const ENGINE: &[&str] = &[
    "fuzz/src/contracts/engine/mod.rs",
    "fuzz/src/contracts/engine/group.rs",
    "fuzz/src/contracts/engine/library.rs",
    "fuzz/src/contracts/engine/parts.rs",
    "fuzz/src/contracts/engine/schedule.rs",
];

/// Its second package is named in fewer files.
const ENGINE_BASE: &[&str] = &[
    "fuzz/src/contracts/engine/mod.rs",
    "fuzz/src/contracts/engine/group.rs",
    "fuzz/src/contracts/engine/library.rs",
    "fuzz/src/contracts/engine/parts.rs",
];

/// What may be named everywhere: the words of the field, errors, and our own packages.
const VOCABULARY: &[&str] = &[
    "bytes",
    "primitive_types",
    "thiserror",
    "gasworks_spec",
    "gasworks",
];

#[test]
fn each_wrapped_library_is_named_in_its_files_only() {
    for folder in [
        "vm/src",
        "assembler/src",
        "runner/src",
        "fuzz/src/contracts",
    ] {
        let lines = code(folder);
        for (library, allowed) in WRAPPERS {
            // Modules of ours may bear a library's name; those are reached by `crate::`, or in the root by the bare name.
            let paths = [
                format!("use {library}::"),
                format!("use ::{library}::"),
                format!(" ::{library}::"),
            ];
            let names = |line: &&Line| {
                let text = format!(" {}", line.text.trim_start());
                let own_module = line.file.ends_with("/lib.rs");
                !own_module && paths.iter().any(|path| text.contains(path.as_str()))
            };
            let elsewhere = lines
                .iter()
                .filter(|line| !allowed.contains(&line.file.as_str()));
            refuse(
                elsewhere.filter(names),
                &format!(
                    "{library} is wrapped in {allowed:?}: use what that file offers, or let it offer more"
                ),
            );
        }
    }
    for (library, allowed) in WRAPPERS {
        for file in *allowed {
            assert!(
                has_word(&read(file), library),
                "{file} no longer names {library}: take it out of WRAPPERS"
            );
        }
    }
}

/// Names of a table of a manifest, with underscores.
pub fn names_in(manifest: &str, table: &str) -> Vec<String> {
    let text = read(manifest);
    let rest = text.lines().skip_while(|line| line.trim() != table).skip(1);
    let lines = rest.take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split(['=', '.', ' ']).next());
    let names = names.filter(|name| !name.is_empty() && !name.starts_with('#'));
    names.map(|name| name.replace('-', "_")).collect()
}

#[test]
fn every_library_of_the_machine_has_its_wrapper() {
    for name in names_in("vm/Cargo.toml", "[dependencies]") {
        let known = VOCABULARY.contains(&name.as_str())
            || WRAPPERS.iter().any(|(library, _)| *library == name);
        assert!(
            known,
            "vm depends on {name}: wrap it in one file, and write that down in WRAPPERS and in ARCHITECTURE.md"
        );
    }
}

/// Packages of the product with those of ours that they may use.
const DIRECTION: &[(&str, &[&str])] = &[
    ("spec", &[]),
    ("vm", &["gasworks_spec"]),
    ("assembler", &["gasworks_spec"]),
    (
        "runner",
        &["gasworks_spec", "gasworks", "gasworks_assembler"],
    ),
    (
        "cli",
        &[
            "gasworks_spec",
            "gasworks",
            "gasworks_assembler",
            "gasworks_runner",
            "gasworks_fuzz",
        ],
    ),
];
/// Packages that prove, measure or show the product, and may use all of it and peers.
const AROUND: &[&str] = &["tests", "benches", "examples", "fuzz"];
/// Peers and what belongs to the terminal or to test formats.
const NOT_IN_THE_MACHINE: &[&str] = &[
    "serde",
    "serde_json",
    "clap",
    "indicatif",
    "tar",
    "zstd",
    "flate2",
];

#[test]
fn dependencies_point_one_way() {
    let manifest = read("Cargo.toml");
    let members = manifest
        .lines()
        .find(|line| line.starts_with("members"))
        .expect("members");
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    assert!(members.contains(&"vm"), "{members:?}");
    for member in members
        .into_iter()
        .filter(|member| !AROUND.contains(member))
    {
        let row = DIRECTION.iter().find(|row| row.0 == member);
        let (_, may) = row
            .unwrap_or_else(|| panic!("{member} is new: say in DIRECTION what it may depend on"));
        let manifest = format!("{member}/Cargo.toml");
        for name in names_in(&manifest, "[dependencies]") {
            let ours = name == "gasworks" || name.starts_with("gasworks_");
            assert!(
                !ours || may.contains(&name.as_str()),
                "{member} must not depend on {name}: dependencies point one way"
            );
            assert_ne!(
                name, "revm",
                "{member}: peers are for tests, benches and fuzz only"
            );
        }
    }
    assert_eq!(
        names_in("spec/Cargo.toml", "[dependencies]"),
        Vec::<String>::new(),
        "spec is data and depends on nothing"
    );
    for name in names_in("vm/Cargo.toml", "[dependencies]") {
        assert!(
            !NOT_IN_THE_MACHINE.contains(&name.as_str()),
            "vm must not depend on {name}: JSON, terminal and files are the runner's and the tool's"
        );
    }
}
