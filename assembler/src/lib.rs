//! Assembles EVM programs written in the language of Ethereum's own system contracts, and takes bytecode apart.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Nothing that a source holds is a reason to panic.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod abi;
mod analysis;
mod assemble;
mod complete;
mod definitions;
mod diagnostic;
pub mod disassemble;
mod evaluate;
mod expand;
mod format;
mod hover;
mod index;
mod layout;
mod lexer;
mod lint;
mod listing;
mod parse;
mod session;
mod source;
mod source_map;
mod stack_check;
mod syntax;
mod tables;
mod target;
mod testing;
mod value;

pub use assemble::{Label, Options, Program, assemble, assemble_bytes};
pub use complete::{Proposal, ProposalKind, complete};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use disassemble::{Listing, disassemble};
pub use format::{format, format_file};
pub use hover::hover;
pub use index::{
    Index, IndexedFile, Mention, MentionKind, NameScope, Place, ProgramIndex, SymbolKind,
};
pub use lexer::{Lexer, Operator, Token, TokenKind};
pub use listing::{Row, StackState};
pub use source::{
    FileError, FileId, Files, Folder, Lines, MemoryFiles, NoFiles, Position, Source, Sources, Span,
    resolve,
};
pub use source_map::{Mapping, SourceMap, Use};
pub use syntax::{Comparison, is_global};
pub use target::{Instruction, Target, UnknownTarget};
pub use testing::{
    Condition, Expectation, ExpectedLog, Expressions, HaltKind, LogPattern, LogTopics, Observable,
    Operand, Setting, TestAction, TestBlock, TestExpression, TestParameter, TestStatement,
    TestValue, TestedProgram, assemble_with_tests,
};
