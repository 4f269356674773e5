use super::*;

fn read(text: &str) -> Result<Artifacts, ArtifactError> {
    Artifacts::from_json("Library.sol/Library.json", text)
}

#[test]
fn the_formats_of_foundry_hardhat_and_compilers_are_told_apart() {
    let foundry = read(
        r#"{"abi":[],"bytecode":{"object":"0x6001","linkReferences":{},"sourceMap":"0:1:0"},
            "deployedBytecode":{"object":"0x00"},"metadata":{"compiler":{"version":"0.8.30+commit"},
            "settings":{"compilationTarget":{"src/A.sol":"A"}}},"id":3}"#,
    )
    .expect("Foundry's");
    assert_eq!(foundry.contracts[0].full_name(), "src/A.sol:A");
    assert_eq!(foundry.contracts[0].creation.bytes[..], [0x60, 1]);
    assert_eq!(foundry.contracts[0].source_id, Some(3));
    let hardhat = read(
        r#"{"contractName":"B","sourceName":"contracts/B.sol","abi":[],"bytecode":"0x6002","deployedBytecode":"0x",
            "linkReferences":{},"deployedLinkReferences":{}}"#,
    )
    .expect("Hardhat's");
    assert_eq!(hardhat.contracts[0].full_name(), "contracts/B.sol:B");
    let solc = read(
        r#"{"contracts":{"C.sol":{"C":{"abi":[],"evm":{"bytecode":{"object":"6003"}}}}},"sources":{"C.sol":{"id":0}}}"#,
    )
    .expect("solc's");
    assert_eq!(solc.contracts[0].creation.bytes[..], [0x60, 3]);
    assert!(read("{}").expect("something else").contracts.is_empty());
    assert!(read("{").is_err());
    let odd = r#"{"abi":[],"bytecode":"0x6"}"#;
    assert_eq!(
        read(odd).expect_err("half a byte").reason,
        "the bytecode is not hexadecimal"
    );
}

#[test]
fn libraries_get_their_addresses_in_the_order_of_their_artifacts() {
    let text = r#"{"contracts":{"L.sol":{"L":{"abi":[],"evm":{"bytecode":{"object":"6001"}}}},
        "U.sol":{"U":{"abi":[],"evm":{"bytecode":{"object":"73__$0000000000000000000000000000000000$__50",
        "linkReferences":{"L.sol":{"L":[{"start":1,"length":20}]}}}}}}}}"#;
    let artifacts = read(text).expect("artifacts");
    let linked = Linked::new(&artifacts);
    assert_eq!(linked.deployments.len(), 1);
    let user = artifacts.find("U").expect("U");
    let code = linked
        .link(&artifacts, user, &user.creation)
        .expect("linked");
    let library = gasworks::create_address(LIBRARY_DEPLOYER, 0);
    assert_eq!(code[1..21], library.0);
    let missing = text.replace("\"L.sol\":{\"L\":{\"abi\"", "\"L.sol\":{\"M\":{\"abi\"");
    let artifacts = read(&missing).expect("artifacts");
    let user = artifacts.find("U").expect("U");
    let error = Linked::new(&artifacts).link(&artifacts, user, &user.creation);
    assert_eq!(error.expect_err("missing").library, "L.sol:L");
}

#[test]
fn artifacts_are_found_by_what_cheatcodes_call_them() {
    let text = r#"{"contracts":{"src/A.sol":{"A":{"abi":[]},"B":{"abi":[]}}}}"#;
    let artifacts = read(text).expect("artifacts");
    for name in ["A.sol", "A.sol:A", "src/A.sol:A", "A", "out/A.sol/A.json"] {
        assert_eq!(artifacts.find(name).expect(name).name, "A", "{name}");
    }
    assert_eq!(artifacts.find("A.sol:B").expect("B").name, "B");
    assert_eq!(
        artifacts.find("C").map(|_| ()),
        Err("no matching artifact found".to_owned())
    );
}
