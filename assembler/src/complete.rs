//! What may be written at a place in a source: proposals for editors.

use crate::format::spacing::Spacing;
use crate::hover::{BUILT_INS, DIRECTIVES, TEST_DIRECTIVES, target_of};
use crate::index::{MentionKind, Place, ProgramIndex, SymbolKind};
use crate::lexer::{Lexer, TokenKind};

/// What a proposal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalKind {
    /// An instruction.
    Instruction,
    /// A directive.
    Directive,
    /// A macro that the language has by itself.
    BuiltIn,
    /// A name that the program defines.
    Symbol(SymbolKind),
}

/// A word that may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The word, without the sign before it if that has been written.
    pub text: String,
    /// What it is.
    pub kind: ProposalKind,
}

/// The words that may stand at a byte of a file, and where the word begins that is there now. Editors choose those that
/// fit what has been written of it.
pub fn complete(program: &ProgramIndex, file: usize, offset: u32) -> (u32, Vec<Proposal>) {
    let Some(indexed) = program.files.get(file) else {
        return (offset, Vec::new());
    };
    let before = indexed.text.get(..offset as usize).unwrap_or("");
    let word = before.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
    let start = word.len() as u32;
    let scope = indexed.index.scope_at(offset);
    let symbols = |kinds: &[SymbolKind]| symbols(program, program.visible_from(file, scope), kinds);
    let proposals = match (position(word), word.chars().next_back()) {
        (Position::Nowhere, _) => Vec::new(),
        (_, Some('@')) => symbols(&[SymbolKind::Label, SymbolKind::Mark, SymbolKind::Data]),
        (_, Some('$')) => symbols(&[SymbolKind::Parameter]),
        (_, Some('#')) => {
            let table: &[(&str, &str)] = match is_in_test(word) {
                true => &TEST_DIRECTIVES,
                false => &DIRECTIVES,
            };
            words(
                table.iter().map(|(name, _)| &name[1..]),
                ProposalKind::Directive,
            )
        }
        (Position::Start, Some('%')) => symbols(&[SymbolKind::InstructionMacro]),
        (_, Some('.')) => built_ins(),
        (Position::Start, _) => {
            let target = target_of(program, None);
            let names = target.names().map(str::to_ascii_lowercase);
            let names = names.chain(["push".to_owned()]);
            words(names, ProposalKind::Instruction)
        }
        (Position::Operand, _) => {
            let mut found = symbols(&[SymbolKind::ExpressionMacro, SymbolKind::Data]);
            found.extend(built_ins());
            found
        }
    };
    (start, proposals)
}

fn words<T: Into<String>>(names: impl Iterator<Item = T>, kind: ProposalKind) -> Vec<Proposal> {
    names
        .map(|name| Proposal {
            text: name.into(),
            kind,
        })
        .collect()
}

fn built_ins() -> Vec<Proposal> {
    words(
        BUILT_INS.iter().map(|(name, _)| *name),
        ProposalKind::BuiltIn,
    )
}

fn symbols(program: &ProgramIndex, visible: Vec<Place>, kinds: &[SymbolKind]) -> Vec<Proposal> {
    let mut found = Vec::new();
    for place in visible {
        let MentionKind::Definition(kind) = place.mention.kind else {
            continue;
        };
        if let Some(file) = program
            .files
            .get(place.file)
            .filter(|_| kinds.contains(&kind))
        {
            found.push(Proposal {
                text: file.text_of(&place.mention).to_owned(),
                kind: ProposalKind::Symbol(kind),
            });
        }
    }
    found
}

/// What may stand at the end of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// A statement.
    Start,
    /// An operand.
    Operand,
    /// Nothing: it is in a comment or in a string.
    Nowhere,
}

fn position(before: &str) -> Position {
    let mut spacing = Spacing::default();
    let mut last = TokenKind::LineEnd;
    for token in Lexer::new(before) {
        last = token.kind;
        if last == TokenKind::LineEnd {
            spacing = Spacing::default();
        } else if (token.end as usize) < before.len() || !is_sign(last) {
            spacing.next(last, false);
        }
    }
    match last {
        TokenKind::Comment | TokenKind::UnterminatedText => Position::Nowhere,
        _ if spacing.is_at_start() => Position::Start,
        _ => Position::Operand,
    }
}

/// Whether a text ends between the braces of a test.
fn is_in_test(before: &str) -> bool {
    let (mut depth, mut test) = (0u32, None);
    for token in Lexer::new(before) {
        match token.kind {
            TokenKind::Directive if matches!(token.text(before), "#test" | "#setup") => {
                test = test.or(Some(depth));
            }
            TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseBrace => {
                depth = depth.saturating_sub(1);
                test = test.filter(|outside| *outside < depth);
            }
            _ => {}
        }
    }
    test.is_some_and(|outside| outside < depth)
}

/// Whether a token at the end of a text is the sign before a name that has not been written yet.
fn is_sign(kind: TokenKind) -> bool {
    use crate::lexer::Operator;
    matches!(
        kind,
        TokenKind::Operator(Operator::Modulo)
            | TokenKind::LabelReference
            | TokenKind::Parameter
            | TokenKind::Directive
            | TokenKind::DottedName
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::NoFiles;

    /// What is proposed at the `|` of a program.
    fn proposed(marked: &str) -> Vec<String> {
        let offset = marked.find('|').expect("a cursor");
        let program = ProgramIndex::load("", &marked.replacen('|', "", 1), &NoFiles);
        let (start, proposals) = complete(&program, 0, offset as u32);
        let written = &marked[start as usize..offset];
        let all = proposals.into_iter().map(|one| one.text);
        all.filter(|text| text.starts_with(written)).collect()
    }

    #[test]
    fn what_fits() {
        let program = "#pragma target \"paris\"\n#define Fee = 1\n#define %give(x) { push $x }\nlabel:\n.mark:\n#bytes data: 1\n";
        let at = |text: &str| proposed(&format!("{program}{text}"));
        assert_eq!(at("calldatal|"), ["calldataload"]);
        assert_eq!(at("label2: calldatal|"), ["calldataload"]);
        assert_eq!(at("mco|"), [""; 0]);
        assert_eq!(at("push F|"), ["Fee"]);
        assert_eq!(at("push @|"), ["label", "mark", "data"]);
        assert_eq!(at("push 1 + d|"), ["data"]);
        assert_eq!(at("push l|"), ["len"]);
        assert_eq!(at("push .sel|"), ["selector"]);
        assert_eq!(at("%|"), ["give"]);
        assert_eq!(at("%g|"), ["give"]);
        assert_eq!(at("#inc|"), ["include"]);
        assert_eq!(at("#test \"t\" {\n #exp|"), ["expect"]);
        assert_eq!(at("#test \"t\" {\n #inc|"), [""; 0]);
        assert_eq!(at("#test \"t\" {\n}\n#inc|"), ["include"]);
        assert_eq!(proposed("#define %give(x) { push $| }"), ["x"]);
        assert_eq!(at("; cal|"), [""; 0]);
        assert_eq!(at("push \"cal|"), [""; 0]);
    }
}
