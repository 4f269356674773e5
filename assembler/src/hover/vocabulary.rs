//! The built-in macros and directives in words.

/// Built-in macros, each with its use and what it gives.
pub(crate) const BUILT_INS: [(&str, &str); 11] = [
    ("abs", "`abs(value)`\n\nThe value without its sign."),
    (
        "address",
        "`address(0x..)`\n\nThe 20 bytes of an address, whose checksum is verified.",
    ),
    (
        "assemble",
        "`assemble(\"file\")`\n\nThe bytecode of another program.",
    ),
    (
        "encode",
        "`encode(\"(address,uint256)\", a, b)`\n\nValues as the contract ABI has them; `f(\"f(uint256)\", a)` is a call of a function.",
    ),
    (
        "intbits",
        "`intbits(value)`\n\nThe bits that the integer needs.",
    ),
    ("packed", "`packed(a, b)`\n\nBytes, one after the other."),
    ("keccak256", "`keccak256(bytes)`\n\nThe hash of bytes."),
    ("len", "`len(bytes)`\n\nThe number of bytes."),
    (
        "selector",
        "`selector(\"f(uint256)\")`\n\nThe four bytes that name a function or an error.",
    ),
    ("sha256", "`sha256(bytes)`\n\nThe hash of bytes."),
    (
        "topic",
        "`topic(\"E(uint256)\")`\n\nThe 32 bytes that name an event.",
    ),
];

/// Directives, each with its use and what it does.
pub(crate) const DIRECTIVES: [(&str, &str); 9] = [
    (
        "#assemble",
        "`#assemble \"file\"`\n\nOlder spelling of `#bytes assemble(\"file\")`.",
    ),
    (
        "#assert",
        "`#assert left < right, \"message\"`\n\nFails the program where it does not hold.",
    ),
    (
        "#bytes",
        "`#bytes value` or `#bytes name: value`\n\nWrites bytes. The name stands for them, and `@name` for their position.",
    ),
    (
        "#define",
        "`#define name(a, b) = $a + $b` or `#define %name(a, b) { .. }`\n\nDefines a macro of expressions, or one of instructions.",
    ),
    (
        "#include",
        "`#include \"file\"`\n\nInserts the statements of a file, whose path is relative to this one.",
    ),
    (
        "#pragma",
        "`#pragma target \"cancun\"`\n\nChooses the instruction set.",
    ),
    (
        "#setup",
        "`#setup { .. }`\n\nWhat comes before each test of the file.",
    ),
    (
        "#table",
        "`#table name[2]: @first, @second`\n\nWrites entries of as many bytes as the brackets say.",
    ),
    (
        "#test",
        "`#test \"name\" (a: uint256) { .. }`\n\nA test of the program, which adds nothing to its bytecode.",
    ),
];

/// Directives of tests, each with its use and what it does.
pub(crate) const TEST_DIRECTIVES: [(&str, &str); 23] = [
    (
        "#account",
        "`#account alice` or `#account alice = 0xa1`\n\nNames an address.",
    ),
    (
        "#assume",
        "`#assume $a < $b`\n\nLeaves out runs whose generated values are not so.",
    ),
    (
        "#balance",
        "`#balance[account] = value`\n\nSets a balance, in wei.",
    ),
    (
        "#block",
        "`#block.number value`, and `.timestamp`, `.basefee`, `.prevrandao`, `.difficulty`, `.gaslimit`, `.coinbase`, `.blobbasefee`\n\nSets the block that calls are in.",
    ),
    (
        "#call",
        "`#call f(\"f(uint256)\", 5) from alice to token value 1 gas 50000`\n\nCalls. It must succeed unless `#expect` says otherwise.",
    ),
    ("#calldata", "`#calldata 0x1234`\n\nCalls with these bytes."),
    (
        "#case",
        "`#case 1, 2`\n\nRuns the test with these values for its parameters.",
    ),
    ("#chainid", "`#chainid value`\n\nSets what CHAINID is."),
    (
        "#code",
        "`#code[account] = bytes`\n\nSets the code of an account.",
    ),
    (
        "#deploy",
        "`#deploy` or `#deploy name = code, arguments`\n\nRuns init code. Calls go to what it creates from then on.",
    ),
    (
        "#expect",
        "`#expect success, output = 1, gas < 30000, log topic(\"E()\")`\n\nSays what must have come of the call before.",
    ),
    (
        "#fork",
        "`#fork \"cancun\"`\n\nChooses the fork of the test.",
    ),
    ("#gas", "`#gas value`\n\nSets the gas of calls."),
    ("#gasprice", "`#gasprice value`\n\nSets what GASPRICE is."),
    ("#let", "`#let name = output[0]`\n\nNames a value."),
    ("#nonce", "`#nonce[account] = value`\n\nSets a nonce."),
    ("#origin", "`#origin account`\n\nSets what ORIGIN is."),
    (
        "#runs",
        "`#runs 1000`\n\nSays how often a test with parameters runs.",
    ),
    ("#sender", "`#sender account`\n\nSets who calls."),
    (
        "#staticcall",
        "`#staticcall data`\n\nCalls without the right to change anything.",
    ),
    (
        "#storage",
        "`#storage[slot] = value` or `#storage[account, slot] = value`\n\nSets a word of storage.",
    ),
    ("#to", "`#to account`\n\nSets who is called."),
    (
        "#value",
        "`#value wei`\n\nSets what is sent along with calls.",
    ),
];

fn find(table: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = table.iter().find(|(known, _)| *known == name);
    found.map(|(_, text)| *text)
}

pub(super) fn built_in(name: &str) -> Option<&'static str> {
    find(&BUILT_INS, name)
}

pub(super) fn directive(name: &str) -> Option<&'static str> {
    find(&DIRECTIVES, name).or_else(|| find(&TEST_DIRECTIVES, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, assemble};

    fn is_undefined(source: &str) -> bool {
        let found = assemble(source, &Options::default()).err();
        found.is_some_and(|found| found.errors().any(|error| error.code == "undefined"))
    }

    #[test]
    fn all_of_the_language_is_described() {
        for name in crate::parse::DIRECTIVES {
            assert!(directive(name).is_some(), "{name}");
        }
        for name in crate::parse::TEST_DIRECTIVES {
            let first = name.split('.').next().unwrap_or(name);
            assert!(directive(first).is_some(), "{name}");
        }
        assert!(is_undefined("push nothing(\"\")\n"));
        for (name, _) in BUILT_INS {
            // An empty string is no argument of most, but they are known.
            let source = format!("push {name}(\"\")\n");
            assert!(!is_undefined(&source), "{name}");
        }
    }
}
