use proptest::prelude::*;

use super::*;
use crate::lexer::Operator;

fn formatted(source: &str) -> String {
    format(source).unwrap_or_else(|found| panic!("{source:?}: {found}"))
}

#[track_caller]
fn becomes(source: &str, expected: &str) {
    let formatted = formatted(source);
    assert_eq!(formatted, expected, "of {source:?}:\n{formatted}");
    assert_eq!(self::formatted(expected), expected, "it stays so");
}

#[track_caller]
fn stays(source: &str) {
    becomes(source, source);
}

#[test]
fn what_is_laid_out_well_stays() {
    stays(
        "\
;;; A title.
;;; And more of it.

#pragma target \"cancun\"

;;; The oldest.
#define LENGTH = 8191

#define SLOT = 0       ; where it is
#define LAST = (1 << 256) - 1

#define LONG_NAME = .address(0x00) ; this one is long
#define OTHER = 1                  ; and this one beside it

#define %give_up {
    push 0             ; [0]
    push 0             ; [0, 0]
    revert             ; []
}

#define %check(a) {    ; [cond, err]
    ;; Of these two.
    jumpi @fail        ; [err]
skip:                  ; [err]
    #include \"more.eas\"
}

    ;; Who is it?
    caller             ; [caller]
    push LENGTH        ; [length, caller]
    jumpi @submit      ; []
    %give_up           ; []
    %check(1 + 2, @submit)

                       ; [..]
submit:
    push -1 + (2 - -3) * len(\"a\")
0x10: jumpdest
0x12:
#include \"../common/more.eas\"
    dupn[17]
    exchange[1, 2]
.end:

    ; Two words on this.
    stop

;; The rest.
#bytes code: assemble(\"main.eas\")
",
    );
}

#[test]
fn white_space_is_put_in_order() {
    becomes(
        "\u{feff}\r\n\r\nPUSH   1+2*( 3 -4 )\r\n\tadd;x\r\n\r\n\r\n\r\nstop  \r\n\r\n",
        "    push 1 + 2 * (3 - 4)\n    add                ;x\n\n    stop\n",
    );
    becomes("", "");
    becomes(" \n\n ", "");
    becomes("stop", "    stop\n");
    becomes(";x  ", ";x\n");
}

#[test]
fn operators_have_spaces_and_signs_have_none() {
    for (source, expected) in [
        ("push - 1", "push -1"),
        ("push 1 -1", "push 1 - 1"),
        ("push (- 1)", "push (-1)"),
        ("push f( -1 ,- 2)", "push f(-1, -2)"),
        ("push 2*-x", "push 2 * -x"),
        ("push - -1", "push --1"),
        ("push a<<1|b>>2", "push a << 1 | b >> 2"),
        ("push(1<<2)", "push (1 << 2)"),
        ("push f (1)(2)", "push f(1)(2)"),
        ("push $x-$y", "push $x - $y"),
        ("push 7%B", "push 7 % B"),
        ("push 7%B(1)", "push 7 % B(1)"),
        ("push 7%2", "push 7 % 2"),
        ("push (1)%B", "push (1) % B"),
        ("push 7 +f(7%B)%B", "push 7 + f(7 % B) % B"),
        ("%m (1,@ x)", "%m(1, @ x)"),
        // Another statement may follow.
        ("%m(7%B) %m", "%m(7 % B) %m"),
        ("push 7 stop %m", "push 7 stop %m"),
        ("dupn[17%B] %m", "dupn[17 % B] %m"),
        ("dupn [ 17 ]", "dupn[17]"),
        ("exchange[1 ,2]", "exchange[1, 2]"),
        ("call(1)", "call (1)"),
        ("PUSH1 0xAB", "push1 0xAB"),
        ("Name 1", "Name 1"),
        ("push ADD", "push ADD"),
        ("push \"A  B\"", "push \"A  B\""),
        ("push .len( a)", "push .len(a)"),
    ] {
        becomes(source, &format!("    {expected}\n"));
    }
}

#[test]
fn directives() {
    for (source, expected) in [
        ("#define f( a,b )=$a+$b", "#define f(a, b) = $a + $b"),
        ("#define %m( a ){ }", "#define %m(a) { }"),
        ("#define %m{push 1}", "#define %m { push 1 }"),
        ("#bytes  x :1", "#bytes x :1"),
        ("#bytes x:-1", "#bytes x: -1"),
        ("#bytes -1", "#bytes -1"),
        ("#assert 1<=2,\"m\"", "#assert 1 <= 2, \"m\""),
        ("#assert 1==2", "#assert 1 == 2"),
        ("#define x=7%B", "#define x = 7 % B"),
        ("#include \"x\" %m", "#include \"x\" %m"),
        ("#block.number 5", "#block.number 5"),
        (
            "#test \"t\"(a:uint256){\n}",
            "#test \"t\" (a: uint256) {\n}",
        ),
    ] {
        if source.contains(" :") {
            // A colon of its own is none of the language's.
            assert!(format(source).is_err());
            continue;
        }
        becomes(source, &format!("{expected}\n"));
    }
    becomes(
        "#test \"it works\" {\n#sender 0x1000\n  #call f(\"f(uint256)\",0x20,5) ; one\n(1,2)\n#expect storage[ 1 ]=5,gas<=52000\n}\n",
        "\
#test \"it works\" {
    #sender 0x1000
    #call f(\"f(uint256)\", 0x20, 5) ; one
    (1, 2)
    #expect storage[1] = 5, gas <= 52000
}
",
    );
}

#[test]
fn labels_have_lines_of_their_own() {
    becomes(
        "a: JUMP @a ; [x]\n.b: STOP\nc: ;; only this\nd: e: 0x04: .f: add\n",
        "\
a:
    jump @a            ; [x]
.b:
    stop
c:                     ;; only this
d:
e:
0x04: .f:
    add
",
    );
    becomes("#define %m { a: stop }\n", "#define %m { a: stop }\n");
    becomes(
        "#define %m {\n  a: stop\n}\n",
        "#define %m {\na:\n    stop\n}\n",
    );
}

#[test]
fn operands_over_lines_keep_them() {
    becomes(
        "push f(1,\n2 ; two\n,(3\n-4)\n)\nadd\n",
        "    push f(1,\n        2              ; two\n        , (3\n            - 4)\n    )\n    add\n",
    );
    becomes(
        "%m(\n; all\n1,\n\n2)\n",
        "    %m(\n        ; all\n        1,\n\n        2)\n",
    );
}

#[test]
fn after_a_comma_a_statement_goes_on() {
    becomes(
        "#table  jumps [2] :@a,\n@ b,ADD,\n; two\nSUB\nADD\n#table[ 1 ]: 5,\n#bytes 1\n",
        "\
#table jumps[2]: @a,
    @ b, ADD,
    ; two
    SUB
    add
#table[1]: 5,
#bytes 1
",
    );
}

#[test]
fn nothing_in_a_test_is_an_instruction() {
    stays("#test \"t\" {\n    ADD(1), STOP\n    SUB\n}\n    add\n");
    stays("#test \"t\" { STOP }\n    add\n");
}

#[test]
fn the_inside_of_strings_is_left_alone() {
    becomes(
        "#bytes \"a  \r\n\t; \\\" b  \"  ;c\n",
        "#bytes \"a  \r\n\t; \\\" b  \"             ;c\n",
    );
}

#[test]
fn comments_are_indented_by_what_they_are_about() {
    becomes(
        "; to the directive\n#pragma x 1\n; above\n\n;; to the definition\n; too\n#define x = 1\n\n; to the code\nadd\n; to the label\nx:\n;; to the code\n ;;; title\nadd\n; above\n",
        "\
; to the directive
#pragma x 1
; above

;; to the definition
; too
#define x = 1

    ; to the code
    add
; to the label
x:
    ;; to the code
;;; title
    add
    ; above
",
    );
    becomes(
        "#define %m {\n; alone\n}\n#define %n {\nadd\n;[x]\n; last\n}\n",
        "\
#define %m {
    ; alone
}
#define %n {
    add
                       ;[x]
    ; last
}
",
    );
}

#[test]
fn long_lines_have_their_comments_behind_them() {
    let long = "push 0x00000000000000000000000000000000000000000000";
    becomes(
        &format!("{long};a\nadd;b\npush 0x000000000000000000000000;c\n"),
        &format!(
            "    {long} ;a\n    add                                ;b\n    push 0x000000000000000000000000    ;c\n",
        )
        .replace("    ;c", "  ;c")
        .replace("add                                ;b", "add                              ;b"),
    );
}

#[test]
fn what_has_no_lines_to_rely_on_is_refused_with_its_place() {
    for (source, code, place) in [
        ("add\n}", "unbalanced", (2, 0)),
        ("push (1]", "unbalanced", (1, 7)),
        ("#define %m {\n{\n}", "unbalanced", (1, 11)),
        ("add\npush \"x\n", "unterminated-string", (2, 5)),
        ("add\n ? ", "invalid-character", (2, 1)),
        ("add\nad\0d", "not-text", (2, 2)),
    ] {
        let found = format(source).expect_err("it is refused");
        let first = &found.list[0];
        let (_, position) = found.place(first);
        assert_eq!(
            (first.code, (position.line, position.column)),
            (code, place),
            "{source:?}"
        );
    }
    let found = format_file("a.eas", b"add\nsub\xff").expect_err("it is refused");
    assert_eq!(found.place(&found.list[0]).0, "a.eas");
    assert!(found.to_string().contains("a.eas"), "{found}");
}

#[test]
fn a_line_that_spaces_make_too_long_is_refused() {
    let source = format!("push 1{}", "+1".repeat(400_000));
    let found = format(&source).expect_err("it would be three times as long");
    assert_eq!(found.list[0].code, "too-long");
    assert!(format(&format!("push 1{}", "+1".repeat(100_000))).is_ok());
}

#[test]
fn deep_nesting_takes_time_in_proportion() {
    let source = format!("{}{}", "{\n".repeat(100_000), "}\n".repeat(100_000));
    assert!(formatted(&source).len() < source.len() * 70);
}

/// Tokens as they mean something: without the ends of lines, and instructions in whatever case.
fn meaning(source: &str) -> Vec<(TokenKind, String)> {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    let mut tokens = Vec::new();
    for token in Lexer::new(source) {
        let text = token.text(source);
        match token.kind {
            TokenKind::LineEnd => {}
            TokenKind::Comment => tokens.push((token.kind, text.trim_end().to_owned())),
            TokenKind::Name => tokens.push((token.kind, text.to_ascii_lowercase())),
            TokenKind::Macro => {
                let modulo = TokenKind::Operator(Operator::Modulo);
                tokens.push((modulo, "%".to_owned()));
                tokens.push((TokenKind::Name, text.to_ascii_lowercase()));
            }
            kind => tokens.push((kind, text.to_owned())),
        }
    }
    tokens
}

/// Pieces of which sources are made, and some that are none.
fn soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "push",
        "PUSH1",
        "Add",
        "jump",
        "dupn",
        "x",
        "Global",
        "len",
        "f",
        "0x",
        "0x2a",
        "7",
        "00af",
        "@",
        "@x",
        "@.x",
        ".",
        ".x",
        ".len",
        "$",
        "$a",
        "x:",
        ".x:",
        "0x03:",
        ":",
        "#",
        "#define",
        "#bytes",
        "#include",
        "#test",
        "#assert",
        "#table",
        "#table x[2]:",
        ",\n",
        "%",
        "%m",
        "+",
        "-",
        "*",
        "/",
        "&",
        "|",
        "^",
        "<<",
        ">>",
        "<",
        ">",
        "<=",
        "!=",
        "=",
        "(",
        ")",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"a b\"",
        "\"\n\"",
        "\"\\\"\"",
        "\"",
        ";",
        ";;",
        ";;; x",
        "; [a, b]",
        "\n",
        "\n",
        "\n",
        "\r\n",
        "\n\n\n",
        " ",
        " ",
        "\t",
        "\u{a0}",
        "\u{feff}",
        "ä",
        "\u{2028}",
    ]);
    // Half of all sources are balanced, or few would be formatted at all.
    let group = pieces
        .clone()
        .prop_map(str::to_owned)
        .prop_recursive(4, 64, 8, |inner| {
            let brackets =
                prop::sample::select(vec![("(", ")"), ("{\n", "\n}"), ("[", "]"), ("{", "}")]);
            (brackets, prop::collection::vec(inner, 0..8))
                .prop_map(|((open, close), inner)| format!("{open}{}{close}", inner.concat()))
        });
    let no_brackets = |text: &String| text.len() > 1 || !"(){}[]\":".contains(text.as_str());
    prop_oneof![
        prop::collection::vec(pieces.prop_map(str::to_owned), 0..40).prop_map(|all| all.concat()),
        prop::collection::vec(group.prop_filter("unbalanced", no_brackets), 0..40)
            .prop_map(|all| all.concat()),
    ]
}

fn holds(source: &str) -> Result<bool, TestCaseError> {
    let Ok(formatted) = format(source) else {
        return Ok(false);
    };
    prop_assert_eq!(
        meaning(source),
        meaning(&formatted),
        "of {:?}: {:?}",
        source,
        formatted
    );
    let again = format(&formatted).ok();
    prop_assert_eq!(
        again.as_deref(),
        Some(formatted.as_str()),
        "of {:?}",
        source
    );
    prop_assert!(formatted.is_empty() || formatted.ends_with('\n'));
    prop_assert!(!formatted.starts_with('\n') && !formatted.ends_with("\n\n"));
    Ok(true)
}

proptest! {
    #[test]
    fn any_text_is_formatted_once_and_means_the_same(source in "\\PC*|[a-z0-9x@.%$#:\"\\\\;\r\n <>=!&(){}\\[\\],+*/-]*") {
        holds(&source)?;
    }

    #[test]
    fn any_tokens_are_formatted_once_and_mean_the_same(source in soup()) {
        holds(&source)?;
    }
}
