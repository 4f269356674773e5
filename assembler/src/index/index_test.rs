use proptest::prelude::*;

use super::*;
use crate::source::MemoryFiles;

/// Mentions of a source as `kind text`.
fn mentions(text: &str) -> Vec<String> {
    let index = Index::of(text);
    let mentions = index.mentions.iter();
    mentions
        .map(|one| {
            let text = &text[one.start as usize..one.end as usize];
            format!("{:?} {text}", one.kind)
        })
        .collect()
}

#[test]
fn each_name_is_what_it_is() {
    assert_eq!(
        mentions("start: push f(1) %B ; x\n.end: jump @start\n%m(@.end) \n push $a stop"),
        [
            "Definition(Label) start",
            "Instruction push",
            "Expression f",
            "Number 1",
            "Expression B",
            "Definition(Mark) end",
            "Instruction jump",
            "Label start",
            "InstructionMacro m",
            "Label end",
            "Instruction push",
            "Parameter a",
            "Instruction stop",
        ]
    );
    assert_eq!(
        mentions(
            "#define f(a, b) = $a + c\n#define %m(x) { push $x\nl: }\n#bytes d: .len(\"x\")\n#table t[2]: @a,\n b\n%m() %c"
        ),
        [
            "Directive #define",
            "Definition(ExpressionMacro) f",
            "Definition(Parameter) a",
            "Definition(Parameter) b",
            "Parameter a",
            "Expression c",
            "Directive #define",
            "Definition(InstructionMacro) m",
            "Definition(Parameter) x",
            "Instruction push",
            "Parameter x",
            "Definition(Label) l",
            "Directive #bytes",
            "Definition(Data) d",
            "BuiltIn len",
            "Directive #table",
            "Definition(Data) t",
            "Number 2",
            "Label a",
            "Expression b",
            "InstructionMacro m",
            "ExpressionOrInstructionMacro c",
        ]
    );
    assert_eq!(
        mentions(
            "#include \"a\"\n#pragma target \"cancun\"\n#test \"t\" (a: uint256) {\n  #expect output = X\n x: add\n}\npush assemble(\"b\") + .selector(\"f()\")"
        ),
        [
            "Directive #include",
            "Include a",
            "Directive #pragma",
            "Directive #test",
            "Directive #expect",
            "Expression output",
            "Expression X",
            "Expression add",
            "Instruction push",
            "Expression assemble",
            "Assemble b",
            "BuiltIn selector",
            "Selector f()",
        ]
    );
}

/// Where the marks `<` and `>` of a program stand are the mentions of what is at `|`.
#[track_caller]
fn all_are_found(marked: &[(&str, &str)]) {
    let clean = |text: &str| text.replace(['<', '>', '|'], "");
    let files = marked
        .iter()
        .map(|(name, text)| (name.to_string(), clean(text).into_bytes()));
    let files = MemoryFiles(files.collect());
    let program = ProgramIndex::load(marked[0].0, &clean(marked[0].1), &files);
    let mut expected = Vec::new();
    let mut cursor = None;
    for (name, text) in marked {
        let file = program
            .files
            .iter()
            .position(|file| file.name == *name)
            .expect("it is read");
        let mut offset = 0;
        for letter in text.chars() {
            match letter {
                '<' => expected.push((file, offset)),
                '>' => {}
                '|' => cursor = Some((file, offset)),
                _ => offset += letter.len_utf8() as u32,
            }
        }
    }
    let (file, offset) = cursor.expect("a cursor");
    let mention = *program.files[file].index.at(offset).expect("a mention");
    let mut found: Vec<_> = program
        .mentions_of(Place { file, mention })
        .iter()
        .map(|place| (place.file, place.mention.start))
        .collect();
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
}

#[test]
fn names_are_local_to_files_and_bodies_unless_they_begin_in_upper_case() {
    all_are_found(&[
        (
            "a",
            "<l|oop>: jump @<loop>\n#define %m {\n loop: jump @loop\n}\n#include \"b\"\n",
        ),
        ("b", "loop: jump @loop\n"),
    ]);
    all_are_found(&[(
        "a",
        "loop: jump @loop\n#define %m {\n <loop>: jump @<lo|op>\n}\n",
    )]);
    // A body sees its file's names.
    all_are_found(&[("a", "#define %m {\n jump @<loop>\n}\n<loop|>:\n")]);
    all_are_found(&[
        ("a", "jump @<Lo|op>\n#include \"b\"\n"),
        ("b", "#define %m {\n <Loop>: jump @<Loop>\n}\n"),
    ]);
    all_are_found(&[
        (
            "dir/a",
            "push <F|ee>(1) + 7%<Fee> + Fees\n#bytes 7%<Fee>\n%Fee\n#include \"../b\"\n",
        ),
        ("b", "#define <Fee> = 1\n#define %Fee { stop }\n"),
    ]);
    all_are_found(&[(
        "a",
        "%<m|>(1)\n#define %<m>(m) { push $m }\n#define m(m) = $m\nm: push m(1)\n",
    )]);
    all_are_found(&[(
        "a",
        "#define %m(<x>) {\n push $<x|> + x\n}\n#define f(x) = $x\n",
    )]);
    all_are_found(&[("a", "#define f(<X>) = $<X|> + X\n#define X = 1\n")]);
    // Data is found by its label and by its value.
    all_are_found(&[(
        "a",
        "push len(<d|>)\npush @<d>\n#bytes <d>: 1\n#define %m { push <d> }\n",
    )]);
}

#[test]
fn what_is_visible_is_known() {
    let files = MemoryFiles(
        [(
            "b".to_owned(),
            b"#define local = 1\n#define Global = 1\n".to_vec(),
        )]
        .into(),
    );
    let text = "#include \"b\"\nlabel:\n#define %m(x) {\n  inner: \n}\n";
    let program = ProgramIndex::load("a", text, &files);
    let names = |offset: usize| -> Vec<&str> {
        let scope = program.files[0].index.scope_at(offset as u32);
        let visible = program.visible_from(0, scope);
        visible
            .iter()
            .map(|place| program.files[place.file].text_of(&place.mention))
            .collect()
    };
    assert_eq!(
        names(text.find("inner").expect("it is there") + 7),
        ["label", "m", "x", "inner", "Global"]
    );
    assert_eq!(names(0), ["label", "m", "Global"]);
}

#[test]
fn includes_that_go_round_or_nowhere_end() {
    let files = MemoryFiles(
        [(
            "a".to_owned(),
            b"#include \"a\"\n#include \"none\"\n#include \"../x\"".to_vec(),
        )]
        .into(),
    );
    let program = ProgramIndex::load("main", "#include \"a\"", &files);
    assert_eq!(program.files.len(), 3, "the missing one is empty");
}

proptest! {
    #[test]
    fn any_text_has_an_index(text in "\\PC*|([a-zA-Z0-9x@.%$#:\"; \n=(){}\\[\\],+-]|#define |#bytes |#test |%m|\\{\n)*") {
        let index = Index::of(&text);
        for mention in &index.mentions {
            prop_assert!(text.get(mention.start as usize..mention.end as usize).is_some_and(|text| !text.is_empty()));
            prop_assert!((mention.scope as usize) < index.scopes.len());
        }
        prop_assert!(index.mentions.is_sorted_by_key(|mention| mention.start));
        let program = ProgramIndex::load("", &text, &MemoryFiles::default());
        for mention in &index.mentions {
            let place = Place { file: 0, mention: *mention };
            let definitions = program.definitions_of(place);
            if !definitions.is_empty() {
                let all = program.mentions_of(place);
                prop_assert!(all.contains(&place));
                prop_assert!(definitions.iter().all(|one| all.contains(one)));
            }
        }
    }
}
