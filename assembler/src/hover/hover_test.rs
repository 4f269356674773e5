use super::*;
use crate::assemble::{Options, assemble};
use crate::index::ProgramIndex;
use crate::source::NoFiles;

/// What is said of what stands at the `|` of a program.
#[track_caller]
fn said(marked: &str) -> String {
    let offset = marked.find('|').expect("a cursor") as u32;
    let source = marked.replacen('|', "", 1);
    let program = ProgramIndex::load("", &source, &NoFiles);
    let mention = *program.files[0].index.at(offset).expect("a mention");
    let assembled = assemble(&source, &Options::default()).ok();
    let place = Place { file: 0, mention };
    hover(&program, place, assembled.as_ref()).unwrap_or_default()
}

#[test]
fn instructions() {
    let text = said("push 1\nslo|ad\n");
    for part in [
        "`SLOAD` (`0x54`)",
        "`[slot, ..]` → `[value, ..]`",
        "50 since Frontier, 200 since TangerineWhistle",
        "100+ since Berlin",
        "EIP-2929",
        "assembled: `54` at `0x2`",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(
        said("#pragma target \"paris\"\n|mcopy\n").contains("**Not in Paris**: added in Cancun.")
    );
    assert!(said("|difficulty\n").contains("it ended with Paris"));
    assert!(said("push| 3").contains("`6003` at `0x0`"));
    assert_eq!(said("|nothing"), "");
}

#[test]
fn symbols() {
    let text = said("stop\n;;; Here.\n;;; Really.\nlabel:\njump @lab|el\n");
    assert_eq!(
        text,
        "label `label:`, a destination of jumps\n\nHere.\nReally.\n\nat `0x1`"
    );
    let text = said(";; How many.\n#define COUNT = 1 + 2 ; three\npush COU|NT\n");
    assert_eq!(
        text,
        "````eas\n#define COUNT = 1 + 2 ; three\n````\n\nHow many."
    );
    let text = said("#define %m(x) {\n  push $x\n  stop\n}\n%m(1)\n%|m(0x1234)\n");
    for part in [
        "#define %m(x) {\n  push $x\n  stop\n}\n",
        "4 bytes at `0x3`",
        "push2 0x1234\nstop\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(said("#define %m(x) {\n  push $|x\n}\n"), "parameter `$x`");
    assert!(said("push @d|\n#bytes d: 0x0102\n").ends_with("at `0x2`"));
}

#[test]
fn numbers() {
    assert_eq!(said("push 0xf|f"), "`255`\n\n`0xff`, 8 bits");
    let text = said("push 0xa9059c|bb\npush selector(\"transfer(address,uint256)\")\n");
    assert!(
        text.ends_with("selector of `transfer(address,uint256)`"),
        "{text}"
    );
    let text = said("push selector(\"trans|fer(address,uint256)\")\n");
    assert!(text.contains("0xa9059cbb"), "{text}");
}

#[test]
fn what_the_language_has_by_itself() {
    assert!(said("push le|n(1)").contains("number of bytes"));
    assert!(said("push .le|n(1)").contains("number of bytes"));
    assert!(said("#define len(x) = 1\npush le|n(1)").contains("#define len(x) = 1"));
    assert!(said("#by|tes 1").contains("Writes bytes"));
}
