//! What tests say, as it was read: what it means is up to those who run them.

use gasworks_spec::Fork;

use crate::source::Span;
use crate::syntax::{Comparison, DocumentId, Expression};

/// A `#test` block, or the `#setup` block of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct TestBlock {
    /// Its name; empty for the setup.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// What stands between its parentheses: values that are generated, or that a `#case` gives.
    pub parameters: Vec<TestParameter>,
    /// What it does, line by line.
    pub statements: Vec<TestStatement>,
}

/// A parameter of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TestParameter {
    /// Its name.
    pub name: String,
    /// Its type, as the contract ABI writes it.
    pub type_name: String,
    /// Where it stands.
    pub span: Span,
}

/// An expression of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TestExpression {
    /// Where it stands.
    pub span: Span,
    pub(crate) expression: Expression,
    pub(crate) document: DocumentId,
    /// Whether it stands for bytes, and not for a number.
    pub(crate) bytes: bool,
    pub(crate) is_text: bool,
}

impl TestExpression {
    /// Whether it is a text in quotes and nothing else.
    pub fn is_text(&self) -> bool {
        self.is_text
    }
}

/// A line of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct TestStatement {
    /// The directive.
    pub span: Span,
    /// What it does.
    pub action: TestAction,
}

/// What a line of a test does.
#[derive(Clone, Debug, PartialEq)]
pub enum TestAction {
    /// Sets what holds for the calls that follow.
    Set(Setting, TestExpression),
    /// `#fork "cancun"`
    Fork(Fork),
    /// `#account alice`, `#account alice = 0x1000`
    Account {
        /// Its name in expressions.
        name: String,
        /// Its address; one that follows from the name if there is none.
        address: Option<TestExpression>,
    },
    /// `#storage[account, slot] = value` and its kin.
    Write {
        /// What is changed.
        what: Observable,
        /// What stands in the brackets.
        at: Vec<TestExpression>,
        /// What it becomes.
        value: TestExpression,
    },
    /// `#let name = value`
    Let {
        /// The name in expressions.
        name: String,
        /// Its value.
        value: Operand,
    },
    /// `#deploy name = code, arguments`
    Deploy {
        /// The name of the contract in expressions.
        name: Option<String>,
        /// Init code, in parts; that of the program if there is none.
        parts: Vec<TestExpression>,
        /// What holds for this line only.
        overrides: Vec<(Setting, TestExpression)>,
    },
    /// `#call data`
    Call {
        /// Call data, in parts.
        parts: Vec<TestExpression>,
        /// What holds for this line only.
        overrides: Vec<(Setting, TestExpression)>,
        /// Whether changes of state are forbidden.
        is_static: bool,
    },
    /// `#expect success, output = 1`
    Expect(Vec<Expectation>),
    /// `#assume $a < $b`
    Assume(Vec<Condition>),
    /// `#case 1, 2`
    Case(Vec<TestExpression>),
    /// `#runs 1000`
    Runs(TestExpression),
}

/// What can be set for calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setting {
    /// Who calls.
    Sender,
    /// What ORIGIN is; the sender unless set.
    Origin,
    /// Who is called.
    To,
    /// Wei that are sent along.
    Value,
    /// Gas that may be used.
    Gas,
    /// What GASPRICE is.
    GasPrice,
    /// What CHAINID is.
    ChainId,
    /// What NUMBER is.
    Number,
    /// What TIMESTAMP is.
    Timestamp,
    /// What BASEFEE is.
    BaseFee,
    /// What PREVRANDAO is.
    PrevRandao,
    /// What DIFFICULTY is, before Paris.
    Difficulty,
    /// What GASLIMIT is.
    GasLimit,
    /// What COINBASE is.
    Coinbase,
    /// What BLOBBASEFEE is.
    BlobBaseFee,
}

/// What can be looked at after a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Observable {
    /// Return data, the data of a revert, or deployed code; with a number in brackets, a word of it.
    Output,
    /// Gas that the call used.
    Gas,
    /// The refund counter.
    Refund,
    /// A word of an account's storage.
    Storage,
    /// The balance of an account.
    Balance,
    /// The nonce of an account.
    Nonce,
    /// The code of an account.
    Code,
    /// The address of a contract that was created.
    Created,
    /// The number of logs.
    Logs,
    /// A topic of a log, by the numbers of both.
    Topic,
    /// The data of a log, by its number.
    Data,
    /// Who made a log, by its number.
    Emitter,
}

/// A side of a condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// An expression.
    Value(TestExpression),
    /// What there is after a call.
    Observed {
        /// What is looked at.
        what: Observable,
        /// What stands in the brackets.
        at: Vec<TestExpression>,
        /// Where it stands.
        span: Span,
    },
}

impl Operand {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Value(expression) => expression.span,
            Self::Observed { span, .. } => *span,
        }
    }
}

/// Two sides that must compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The left side.
    pub left: Operand,
    /// How they must compare.
    pub comparison: Comparison,
    /// The right side.
    pub right: Operand,
    /// Where it stands.
    pub span: Span,
}

/// What must come out of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// It succeeds.
    Success(Span),
    /// It reverts, with these bytes or this reason if they are given.
    Revert(Span, Option<TestExpression>),
    /// It halts, in a certain way if one is given.
    Halt(Span, Option<HaltKind>),
    /// Something compares with something.
    Condition(Condition),
    /// It uses as much gas as was recorded.
    GasSnapshot(Span),
    /// It makes a log.
    Log(LogPattern),
}

impl Expectation {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Success(span)
            | Self::Revert(span, _)
            | Self::Halt(span, _)
            | Self::GasSnapshot(span) => *span,
            Self::Condition(condition) => condition.span,
            Self::Log(pattern) => pattern.span,
        }
    }
}

/// A log that is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct LogPattern {
    /// Where it stands.
    pub span: Span,
    /// Its topics, or the first of them.
    pub topics: LogTopics,
    /// Its data.
    pub data: Option<TestExpression>,
    /// Who makes it.
    pub emitter: Option<TestExpression>,
}

/// The topics of a log that is looked for.
#[derive(Clone, Debug, PartialEq)]
pub enum LogTopics {
    /// The first topics, in their order.
    Words(Vec<TestExpression>),
    /// `Transfer("Transfer(address indexed,uint256)", a, 5)`: topics and data follow from the values.
    Event {
        /// The event with its types, of which some are indexed.
        signature: String,
        /// A value for each type.
        values: Vec<TestExpression>,
    },
}

/// How a call can halt, by the names that tests have for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HaltKind(pub(crate) usize);

/// The names, in the order of the alphabet.
pub(crate) const HALTS: [&str; 15] = [
    "call_depth_exceeded",
    "code_size_exceeded",
    "create_collision",
    "init_code_size_exceeded",
    "insufficient_balance",
    "invalid_code_prefix",
    "invalid_jump",
    "invalid_opcode",
    "nonce_overflow",
    "out_of_gas",
    "precompile_failed",
    "return_data_out_of_bounds",
    "stack_overflow",
    "stack_underflow",
    "static_violation",
];

impl HaltKind {
    /// Its name.
    pub fn name(self) -> &'static str {
        HALTS.get(self.0).copied().unwrap_or("")
    }
}
