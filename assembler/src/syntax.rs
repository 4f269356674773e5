//! What sources say, statement by statement: the tables that parsing fills and that everything else reads.

use crate::tables::HashMap;

use crate::lexer::Operator;
use crate::source::{FileId, Span};
use crate::testing::TestBlock;
use crate::value::Value;

/// A name, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Symbol(pub(crate) u32);

/// All names of a program.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: HashMap<Box<str>, Symbol>,
    names: Vec<Box<str>>,
    /// Whether each name is visible in the whole program: those that begin in upper case are.
    global: Vec<bool>,
}

impl Names {
    pub(crate) fn intern(&mut self, name: &str) -> Symbol {
        if let Some(symbol) = self.numbers.get(name) {
            return *symbol;
        }
        let symbol = Symbol(self.names.len() as u32);
        self.numbers.insert(name.into(), symbol);
        self.names.push(name.into());
        self.global.push(is_global(name));
        symbol
    }

    pub(crate) fn get(&self, symbol: Symbol) -> &str {
        &self.names[symbol.0 as usize]
    }

    pub(crate) fn find(&self, name: &str) -> Option<Symbol> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn is_global(&self, symbol: Symbol) -> bool {
        self.global[symbol.0 as usize]
    }

    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }
}

/// Whether a name is visible in the whole program.
pub fn is_global(name: &str) -> bool {
    name.chars().next().is_some_and(char::is_uppercase)
}

macro_rules! index {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) struct $name(pub(crate) u32);
    )*};
}

index! {
    /// A file, or the body of an instruction macro.
    DocumentId;
    /// A `#define name = ..`.
    ExpressionMacroId;
    /// A `#define %name { .. }`.
    InstructionMacroId;
    /// A label's definition.
    LabelId;
    /// A `#assert`.
    AssertionId;
}

/// A range of [`Syntax::nodes`]: an expression, operands before their operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Expression {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A range of [`Syntax::arguments`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Arguments {
    pub(crate) fn len(self) -> usize {
        (self.end - self.start) as usize
    }
}

/// A step of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// An index into [`Syntax::literals`].
    Literal(u32),
    Label {
        name: Symbol,
        dotted: bool,
    },
    Parameter(Symbol),
    /// A macro is called; its arguments follow, and then a [`Node::Call`].
    Enter {
        name: Symbol,
        built_in: bool,
        arguments: u16,
    },
    /// Ends the innermost [`Node::Enter`].
    Call,
    /// A list begins; its values follow, and then a [`Node::List`].
    OpenList,
    /// Ends the innermost [`Node::OpenList`].
    List,
    Operator(Operator),
    Negate,
    /// There were parentheses around what stands before.
    Group,
}

/// A comment, or another stretch of the document's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// The positions in brackets after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Positions {
    pub(crate) values: [u8; 2],
    pub(crate) count: u8,
}

impl Positions {
    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.values[..usize::from(self.count).min(2)]
    }
}

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Instruction {
        name: Symbol,
        argument: Option<Expression>,
        positions: Positions,
    },
    Label(LabelId),
    PcLabel(u32),
    /// An instruction macro is used.
    Use {
        name: Symbol,
        arguments: Arguments,
    },
    Include(Stretch),
    /// The older spelling of `#bytes assemble("..")`.
    Assemble(Expression),
    Pragma {
        option: Stretch,
        value: Stretch,
    },
    Bytes {
        label: Option<LabelId>,
        value: Expression,
    },
    Table {
        label: Option<LabelId>,
        width: u8,
        entries: Arguments,
    },
    DefineExpression(ExpressionMacroId),
    DefineInstructions(InstructionMacroId),
    Assert(AssertionId),
    Test,
}

/// A statement: what it does, the token that stands for it, and the comment on its line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) kind: Kind,
    pub(crate) comment: Option<Stretch>,
}

/// How a document came into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Main,
    Include(Span),
    Macro,
}

/// A list of statements with a scope of its own.
#[derive(Debug)]
pub(crate) struct Document {
    pub(crate) file: FileId,
    /// The document around it, whose local names it sees: macro bodies have one.
    pub(crate) parent: Option<DocumentId>,
    pub(crate) origin: Origin,
    pub(crate) statements: Vec<Statement>,
}

#[derive(Debug)]
pub(crate) struct ExpressionMacro {
    pub(crate) name: Symbol,
    pub(crate) parameters: Vec<Symbol>,
    pub(crate) body: Expression,
    pub(crate) document: DocumentId,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct InstructionMacro {
    pub(crate) name: Symbol,
    pub(crate) parameters: Vec<Symbol>,
    pub(crate) body: DocumentId,
    /// The document that defines it.
    pub(crate) document: DocumentId,
    pub(crate) span: Span,
    /// The comment after the opening brace.
    pub(crate) comment: Option<Stretch>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelDefinition {
    pub(crate) name: Symbol,
    pub(crate) dotted: bool,
    pub(crate) span: Span,
}

/// How two sides must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Comparison {
    /// Whether two sides of an order compare so.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }

    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

#[derive(Debug)]
pub(crate) struct Assertion {
    pub(crate) left: Expression,
    /// Without a right side the left one must not be zero.
    pub(crate) right: Option<(Comparison, Expression)>,
    pub(crate) message: Option<String>,
}

/// All that was parsed, of all files of a program.
#[derive(Debug, Default)]
pub(crate) struct Syntax {
    pub(crate) names: Names,
    pub(crate) nodes: Vec<Node>,
    /// Where each node stands in its file.
    pub(crate) places: Vec<Stretch>,
    pub(crate) literals: Vec<Value>,
    pub(crate) arguments: Vec<Expression>,
    pub(crate) documents: Vec<Document>,
    pub(crate) expression_macros: Vec<ExpressionMacro>,
    pub(crate) instruction_macros: Vec<InstructionMacro>,
    pub(crate) labels: Vec<LabelDefinition>,
    pub(crate) assertions: Vec<Assertion>,
    pub(crate) tests: Vec<TestBlock>,
    /// What comes before each test of a file.
    pub(crate) setups: Vec<TestBlock>,
}

impl Syntax {
    pub(crate) fn document(&self, id: DocumentId) -> &Document {
        &self.documents[id.0 as usize]
    }

    pub(crate) fn expression_macro(&self, id: ExpressionMacroId) -> &ExpressionMacro {
        &self.expression_macros[id.0 as usize]
    }

    pub(crate) fn instruction_macro(&self, id: InstructionMacroId) -> &InstructionMacro {
        &self.instruction_macros[id.0 as usize]
    }

    pub(crate) fn label(&self, id: LabelId) -> &LabelDefinition {
        &self.labels[id.0 as usize]
    }

    pub(crate) fn nodes_of(&self, expression: Expression) -> &[Node] {
        &self.nodes[expression.start as usize..expression.end as usize]
    }

    pub(crate) fn arguments_of(&self, arguments: Arguments) -> &[Expression] {
        &self.arguments[arguments.start as usize..arguments.end as usize]
    }

    /// Where a statement of a document stands.
    pub(crate) fn span(&self, document: DocumentId, statement: &Statement) -> Span {
        Span {
            file: self.document(document).file,
            start: statement.start,
            end: statement.end,
        }
    }

    /// A label as it is referred to.
    pub(crate) fn reference(&self, label: &LabelDefinition) -> String {
        let dot = if label.dotted { "." } else { "" };
        format!("@{dot}{}", self.names.get(label.name))
    }
}
