//! Assembles EVM programs written in the language of Ethereum's own system contracts, and takes bytecode apart.
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Nothing that a source holds is a reason to panic.
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod diagnostic;
mod lexer;
mod source;
mod target;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use lexer::{Lexer, Operator, Token, TokenKind};
pub use source::{
    FileError, FileId, Files, Folder, Lines, MemoryFiles, NoFiles, Position, Source, Sources, Span,
};
pub use target::{Instruction, Target, UnknownTarget};
