use std::collections::BTreeSet;

use gasworks_spec::Fork;
use proptest::prelude::*;

use super::*;
use crate::Options;

/// Assembles a listing, about which the assembler may complain of nothing that is the listing's own doing.
fn assemble(source: &str) -> Vec<u8> {
    let program = crate::assemble(source, &Options::default());
    let program = program.unwrap_or_else(|errors| panic!("{errors}\n{source}"));
    for warning in program.warnings.warnings() {
        let code = warning.code;
        assert!(
            !["unused-label", "unreachable"].contains(&code),
            "{code}:\n{source}"
        );
    }
    program.code
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = hex.strip_prefix("0x").unwrap_or(hex);
    assert_eq!(digits.len() % 2, 0, "{hex}");
    (0..digits.len() / 2)
        .map(|byte| u8::from_str_radix(&digits[2 * byte..2 * byte + 2], 16).expect(hex))
        .collect()
}

/// What holds for the listing of any bytes.
fn check(code: &[u8], target: Target) -> Listing {
    let listing = disassemble(code, target);
    for (pc_labels, gas) in [(false, false), (true, true)] {
        let text = listing.text(TextOptions { pc_labels, gas }).to_string();
        assert_eq!(assemble(&text), code, "{target}:\n{text}");
        assert_eq!(crate::format(&text).ok().as_ref(), Some(&text));
        let checked = text.lines().filter(|line| line.contains(";["));
        assert_eq!(checked.count(), 0, "{text}");
    }
    let joined: Vec<u8> = listing
        .lines()
        .flat_map(|line| line.bytes.to_vec())
        .collect();
    assert_eq!(joined, code);
    let of_blocks = listing
        .blocks()
        .iter()
        .flat_map(|block| block.lines.clone());
    let lines = listing.lines().enumerate();
    let of_code = lines.filter(|(_, line)| line.is_code());
    assert!(of_blocks.eq(of_code.map(|(index, _)| index)));
    let mut open: Vec<usize> = Vec::new();
    for program in listing.programs() {
        assert!(program.start < program.end || code.is_empty());
        open.retain(|end| *end > program.start);
        assert!(
            open.iter().all(|end| *end >= program.end),
            "one within another"
        );
        open.push(program.end);
    }
    let starts: BTreeSet<usize> = listing.blocks().iter().map(|block| block.start).collect();
    for block in listing.blocks() {
        if let Exit::Jump(Destination::Block(to)) | Exit::Branch(Destination::Block(to)) =
            block.exit
        {
            assert!(starts.contains(&to) && code[to] == 0x5b);
        }
        let goes_on = matches!(block.exit, Exit::FallThrough | Exit::Branch(_));
        assert!(!goes_on || starts.contains(&block.end) || block.end == code.len());
        let lines: Vec<_> = listing.lines_of(block).collect();
        assert_eq!(lines[0].pc, block.start);
        assert!(lines[1..].iter().all(|line| line.byte() != 0x5b));
    }
    assert_eq!(listing.gas().len(), listing.lines().len());
    for format in [GraphFormat::Dot, GraphFormat::Mermaid] {
        assert!(listing.graph(format).to_string().ends_with('\n'));
    }
    listing
}

fn text(hex: &str, target: impl Into<Target>) -> String {
    let listing = check(&bytes(&hex.replace(' ', "")), target.into());
    let text = listing.to_string();
    let lines = text.lines().map(|line| {
        let mut words = line.split_whitespace();
        let indent = line.starts_with(' ');
        let joined = words.by_ref().collect::<Vec<_>>().join(" ");
        if indent {
            format!("    {joined}")
        } else {
            joined
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn labels_blocks_and_what_follows_the_code() {
    // A loop down from 3, a JUMPDEST that nobody pushes, an unknown byte, data, and text.
    let code = "6003 5b 6001 90 03 80 610002 57 5b 60ff 0c 0102 5b
        7f48656c6c6f2c20776f726c642100000000000000000000000000000000000000 00 fe 0304";
    assert_eq!(
        text(&code.replace(['\n', ' '], ""), Fork::Osaka),
        "    push1 0x03 ; 0x0000

label_0002: ; 0x0002
    push1 0x01 ; 0x0003
    swap1 ; 0x0005
    sub ; 0x0006
    dup1 ; 0x0007
    push2 @label_0002 ; 0x0008
    jumpi ; 0x000b

    jumpdest ; 0x000c
    push1 0xff ; 0x000d
#bytes 0x0c ; 0x000f no instruction of osaka

#bytes 0x0102 ; 0x0010

    jumpdest ; 0x0012
    push32 0x48656c6c6f2c20776f726c642100000000000000000000000000000000000000 ; 0x0013 \"Hello, world!\"
    stop ; 0x0034

#bytes 0xfe ; 0x0035 invalid
#bytes 0x0304 ; 0x0036"
    );
}

#[test]
fn constants_are_labels_where_they_are_jumped_to() {
    // The same number is added, jumped to, left for a later block, and dropped.
    let code = "6003 56 5b 6003 6003 01 6003 6003 50 50 600f 56 5b 5b 00";
    let listing = check(&bytes(&code.replace(' ', "")), Target::LATEST);
    let labelled = listing.lines().filter(|line| line.label.is_some());
    let positions: Vec<usize> = labelled.map(|line| line.pc).collect();
    assert_eq!(positions, [0, 3]);
    let exits: Vec<Exit> = listing.blocks().iter().map(|block| block.exit).collect();
    assert_eq!(exits[0], Exit::Jump(Destination::Block(3)));
    assert_eq!(exits[1], Exit::Jump(Destination::Invalid));
    // A function that returns to where it was called from.
    let code = "6006 6008 56 00 5b 00 5b 56";
    let listing = check(&bytes(&code.replace(' ', "")), Target::LATEST);
    let exits: Vec<Exit> = listing.blocks().iter().map(|block| block.exit).collect();
    assert_eq!(
        exits,
        [
            Exit::Jump(Destination::Block(8)),
            Exit::Halt,
            Exit::Jump(Destination::Unknown)
        ]
    );
    assert!(
        listing
            .lines()
            .next()
            .is_some_and(|line| line.label == Some(Label::Destination(6)))
    );
}

#[test]
fn what_is_cut_off_or_belongs_to_another_target() {
    assert_eq!(
        text("5f 61ff", Fork::Paris),
        "#pragma target \"paris\"\n\n#bytes 0x5f ; 0x0000 no instruction of paris\n\n#bytes 0x61ff ; 0x0001"
    );
    assert_eq!(
        text("5f 61ff", Fork::Osaka),
        "    push0 ; 0x0000\n#bytes 0x61ff ; 0x0001 push2, cut off"
    );
    assert_eq!(
        text("4460ff", Fork::London),
        "#pragma target \"london\"\n\n    difficulty ; 0x0000\n    push1 0xff ; 0x0001"
    );
    assert_eq!(
        text("e600 e801 e65b 5b e6", Target::Amsterdam),
        "\
#pragma target \"amsterdam\"

    dupn[17] ; 0x0000
    exchange[1, 2] ; 0x0002
#bytes 0xe6 ; 0x0004 no instruction of amsterdam

    jumpdest ; 0x0005

    jumpdest ; 0x0006
#bytes 0xe6 ; 0x0007 dupn, cut off"
    );
    assert_eq!(text("", Fork::Osaka), "");
    assert_eq!(text("", Fork::Dao), "#pragma target \"dao\"");
}

/// Metadata of solc 0.8.19 whose hash holds a JUMPDEST at its second byte.
const TRAILER: &str = "a2646970667358221220115b11111111111111111111111111111111111111111111111111111111111164736f6c63430008130033";

#[test]
fn metadata_is_data_unless_it_is_jumped_into() {
    let code = format!("00fe{TRAILER}");
    let listing = check(&bytes(&code), Target::LATEST);
    let lines: Vec<_> = listing.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(matches!(lines[1].content, Content::Data));
    let Content::Metadata(metadata) = lines[2].content else {
        panic!("{:?}", lines[2]);
    };
    assert_eq!((metadata.start, metadata.end), (2, code.len() / 2));
    assert_eq!(metadata.version.as_deref(), Some("0.8.19"));
    assert!(
        listing
            .to_string()
            .contains("\n; metadata: solc 0.8.19, ipfs://f01701220115b11")
    );

    let jumped = format!("600e56{TRAILER}");
    let listing = check(&bytes(&jumped), Target::LATEST);
    assert_eq!(listing.blocks()[0].exit, Exit::Jump(Destination::Block(14)));
    // As long as the code runs into it, it is code, too.
    let reached = format!("5f{TRAILER}");
    let listing = check(&bytes(&reached), Target::LATEST);
    assert!(listing.lines().take(2).all(|line| line.is_code()));
}

#[test]
fn metadata_in_the_machine_s_instructions() {
    // Data before it that ends in the middle of a push, and metadata right behind.
    let code = format!("00 7f{TRAILER}{TRAILER}5b00{TRAILER}01");
    let listing = check(&bytes(&code.replace(' ', "")), Target::LATEST);
    let metadata = listing
        .lines()
        .filter(|line| matches!(line.content, Content::Metadata(_)));
    assert_eq!(metadata.count(), 3);
}

/// Deploys what follows: its length and position, CODECOPY, RETURN, INVALID.
fn constructor(runtime: &[u8]) -> Vec<u8> {
    let [high, low] = (runtime.len() as u16).to_be_bytes();
    let code = [
        0x61, high, low, 0x80, 0x60, 0x0b, 0x5f, 0x39, 0x5f, 0xf3, 0xfe,
    ];
    [&code, runtime].concat()
}

#[test]
fn a_constructor_contains_a_program() {
    // JUMPI over a REVERT; metadata, and an argument of the constructor.
    let runtime = bytes("5f3560085760205ffd5b00fe").into_iter();
    let runtime: Vec<u8> = runtime.chain(bytes(TRAILER)).collect();
    let runtime_with_label = [&[0x5f, 0x35, 0x60, 0x09], &runtime[4..]].concat();
    let argument = [0x5b; 3];
    let code = [constructor(&runtime_with_label), argument.to_vec()].concat();
    let listing = check(&code, Target::LATEST);
    let programs = listing.programs();
    assert_eq!(programs.len(), 2);
    let end = code.len() - argument.len();
    assert_eq!((programs[1].start, programs[1].end), (11, end));
    let text = listing.to_string();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[8..15],
        [
            "#bytes 0xfe                             ; 0x000a invalid",
            "",
            ".program_000b:                          ; 0x000b +0x0000 a program of 65 bytes, whose positions count from here",
            "    push0                               ; 0x000b +0x0000",
            "    calldataload                        ; 0x000c +0x0001",
            "    push1 @label_0014 - @.program_000b  ; 0x000d +0x0002",
            "    jumpi                               ; 0x000f +0x0004",
        ]
    );
    assert_eq!(lines[2], "    push1 @.program_000b                ; 0x0004");
    assert!(text.contains("; metadata: solc 0.8.19"));
    let branch = Exit::Branch(Destination::Block(20));
    assert!(listing.blocks().iter().any(|block| block.exit == branch));
    // A factory's contract contains the constructor of another, and so on, as deep as anybody goes.
    let mut code = vec![0x5f, 0x35, 0x56];
    for depth in 2..10 {
        code = constructor(&code);
        let listing = check(&code, Target::LATEST);
        assert_eq!(listing.programs().len(), depth.min(5));
    }
}

#[test]
fn what_is_copied_but_is_no_program() {
    // Text, a number, and code that is run into or jumped into.
    for (data, programs) in [("48656c6c6f", 1), ("00000000000000ff", 1), ("33ff5b00", 2)] {
        let listing = check(&constructor(&bytes(data)), Target::LATEST);
        assert_eq!(listing.programs().len(), programs, "{data}");
    }
    let mut code = constructor(&bytes("33ff5b00"));
    code[9] = 0x50;
    code[10] = 0x50;
    assert_eq!(check(&code, Target::LATEST).programs().len(), 1);
    let jumped = [&[0x60, 0x10, 0x60, 0x09, 0x57], &code[..]].concat();
    assert_eq!(check(&jumped, Target::LATEST).programs().len(), 1);
}

#[test]
fn graphs_for_both_tools() {
    // JUMPI over a byte that is no instruction, and two jumps that go nowhere or anywhere.
    let code = bytes("6005570c005b60ff57335600");
    let listing = check(&code, Target::LATEST);
    assert_eq!(
        listing.graph(GraphFormat::Dot).to_string(),
        r#"digraph code {
    node [shape=box, fontname="monospace"];
    block_0000 [label="0x0000\lpush1 @label_0005\ljumpi\l"];
    block_0003 [label="0x0003\l#bytes 0x0c\l"];
    block_0005 [label="0x0005\llabel_0005:\lpush1 0xff\ljumpi\l"];
    block_0009 [label="0x0009\lcaller\ljump\l"];
    unknown [label="unknown", shape=ellipse, style=dashed];
    invalid [label="no jumpdest", shape=ellipse, style=dashed];
    block_0000 -> block_0005 [label="yes"];
    block_0000 -> block_0003 [label="no"];
    block_0005 -> invalid [label="yes"];
    block_0005 -> block_0009 [label="no"];
    block_0009 -> unknown;
}
"#
    );
    let code = bytes("6003575b0c");
    assert_eq!(
        check(&code, Target::LATEST)
            .graph(GraphFormat::Mermaid)
            .to_string(),
        r#"flowchart TD
    block_0000["0x0000<br/>push1 @label_0003<br/>jumpi<br/>"]
    block_0003["0x0003<br/>label_0003:<br/>#35;bytes 0x0c<br/>"]
    block_0000 -->|yes| block_0003
    block_0000 -->|no| block_0003
"#
    );
}

#[test]
fn a_megabyte_of_hostile_code_is_no_trouble() {
    // Each would take minutes if anything went back: pushes that stay, deep reaches, metadata that is none, jumps to one
    // place.
    let repeated = |pattern: &str| bytes(&pattern.replace(' ', "")).repeat(200_000);
    for pattern in [
        "6000",
        "9f",
        "a164",
        "600057",
        "5b6000",
        "56a26469706673",
        "fe",
        "7f",
        "38620100005f39",
    ] {
        let code = repeated(pattern);
        let listing = disassemble(&code, Target::Amsterdam);
        assert!(listing.lines().len() > 1, "{pattern}");
    }
    let nested = bytes(TRAILER).repeat(20_000);
    assert_eq!(
        disassemble(&[&[0][..], &nested].concat(), Target::LATEST)
            .lines()
            .len(),
        20_001
    );
}

/// Bytes with what real code has: pushes of positions that are near, jumps, data, and compilers' metadata.
fn code() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        6 => any::<u8>().prop_map(|byte| vec![byte]),
        6 => (0u8..200, prop_oneof![Just(0x56), Just(0x57), Just(0x90), Just(0x01)])
            .prop_map(|(position, next)| vec![0x60, position, next]),
        2 => (0u16..400).prop_map(|position| {
            let [high, low] = position.to_be_bytes();
            vec![0x61, high, low, 0x56]
        }),
        8 => Just(vec![0x5b]),
        2 => (0xe6u8..0xe9, any::<u8>()).prop_map(|(byte, immediate)| vec![byte, immediate]),
        1 => proptest::collection::vec(any::<u8>(), 0..40),
        1 => Just(bytes(TRAILER)),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(size, from)| {
            vec![0x60, size, 0x60, from, 0x5f, 0x39, 0x5f, 0xf3, 0xfe]
        }),
        2 => prop_oneof![Just(0x00), Just(0xfe), Just(0xf3)].prop_map(|byte| vec![byte]),
    ];
    proptest::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

fn target() -> impl Strategy<Value = Target> {
    proptest::sample::select(Target::all().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn any_bytes_come_back(code in proptest::collection::vec(any::<u8>(), 0..300), target in target()) {
        check(&code, target);
    }

    #[test]
    fn code_with_labels_and_data_comes_back(code in code(), target in target()) {
        check(&code, target);
    }
}

#[test]
fn every_byte_alone_and_cut_off_comes_back() {
    let forks = [Fork::Frontier, Fork::London, Fork::LATEST].map(Target::from);
    for target in forks.into_iter().chain([Target::Amsterdam]) {
        for byte in 0..=u8::MAX {
            for rest in [&[][..], &[0x5b], &[0x5b; 32], &[0x00]] {
                check(&[&[byte], rest].concat(), target);
            }
        }
    }
}
