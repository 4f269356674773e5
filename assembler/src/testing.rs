//! Tests of programs: what `#test` blocks say, and the values of their expressions.
//!
//! Blocks are parsed with their program and never change it. Their expressions see what the program defines, the positions
//! of its labels, the test's own names and parameters. What the lines of a test do is up to those who run it.

mod check;
mod model;
mod value;

use crate::abi::Signature;
use crate::assemble::{Assembled, Options, Program, assemble_whole};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::evaluate::{Evaluator, Failure, keccak256};
use crate::session::Session;
use crate::source::{Files, Sources, Span};
use crate::value::Value;

pub(crate) use check::check;
pub(crate) use model::HALTS;
pub use model::{
    Condition, Expectation, HaltKind, LogPattern, LogTopics, Observable, Operand, Setting,
    TestAction, TestBlock, TestExpression, TestParameter, TestStatement,
};
pub use value::TestValue;

/// A program with its tests.
#[derive(Debug)]
pub struct TestedProgram {
    /// The program.
    pub program: Program,
    /// What comes before each test.
    pub setup: Option<TestBlock>,
    /// Its tests.
    pub tests: Vec<TestBlock>,
    assembled: Assembled,
}

/// A log that a test looks for, with its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedLog {
    /// The first topics; any will do where there is none.
    pub topics: Vec<Option<[u8; 32]>>,
    /// Whether there are no other topics.
    pub all_topics: bool,
    /// The data, if it matters.
    pub data: Option<TestValue>,
    /// Who makes it, if that matters.
    pub emitter: Option<TestValue>,
}

/// Assembles a program, and reads its tests.
///
/// ```
/// use gasworks_assembler::{Options, assemble_with_tests};
///
/// let source = "#define two = 2\n  stop\n#test \"stops\" {\n    #call\n    #expect output = \"\", gas < 2 + two\n}\n";
/// let tested = assemble_with_tests(source.as_bytes(), &Options::default()).unwrap();
/// assert_eq!(tested.program.code, [0x00]);
/// assert_eq!(tested.tests[0].statements.len(), 2);
/// ```
///
/// # Errors
/// As [`assemble_bytes`](crate::assemble_bytes); what is wrong with a test is an error, too.
pub fn assemble_with_tests(
    source: &[u8],
    options: &Options<'_>,
) -> Result<TestedProgram, Diagnostics> {
    let (program, assembled) = assemble_whole(source, options)?;
    let syntax = &assembled.loaded.syntax;
    let file = syntax.document(assembled.loaded.main).file;
    let of_file = |one: &&TestBlock| one.span.file == file;
    let setup = syntax.setups.iter().find(of_file).cloned();
    let tests = syntax.tests.iter().filter(of_file).cloned().collect();
    Ok(TestedProgram {
        program,
        setup,
        tests,
        assembled,
    })
}

impl TestedProgram {
    /// The files of the program.
    pub fn sources(&self) -> &Sources {
        &self.program.warnings.sources
    }

    /// Computes expressions of tests, for one thread. It reads files for `assemble(..)`.
    pub fn with_expressions<'o, T>(
        &self,
        files: &'o dyn Files,
        run: impl FnOnce(&mut Expressions<'_, 'o>) -> T,
    ) -> T {
        let mut session = Session::new(files);
        session.sources = self.sources().clone();
        let Assembled {
            loaded,
            expanded,
            layout,
            globals,
        } = &self.assembled;
        let evaluator = Evaluator::new(
            &mut session,
            &loaded.syntax,
            &loaded.definitions,
            expanded,
            loaded.target,
            globals,
        );
        let position = |instance: u32| {
            let item = expanded
                .instances
                .get(instance as usize)
                .map(|one| one.item);
            let position = item.and_then(|item| layout.positions.get(item as usize));
            u64::from(position.copied().unwrap_or(0))
        };
        run(&mut Expressions {
            evaluator,
            positions: &position,
            bytes: Vec::new(),
        })
    }
}

/// Computes expressions of tests.
pub struct Expressions<'s, 'o> {
    evaluator: Evaluator<'s, 'o>,
    positions: &'s dyn Fn(u32) -> u64,
    /// Names and parameters that stand for bytes.
    bytes: Vec<(bool, String)>,
}

impl Expressions<'_, '_> {
    /// Forgets all names and parameters.
    pub fn clear(&mut self) {
        *self.evaluator.bindings() = Default::default();
        self.bytes.clear();
    }

    /// Gives a name a value.
    pub fn bind(&mut self, name: &str, value: &TestValue) {
        self.enter(false, name, value);
    }

    /// Gives a parameter a value.
    pub fn bind_parameter(&mut self, name: &str, value: &TestValue) {
        self.enter(true, name, value);
    }

    fn enter(&mut self, is_parameter: bool, name: &str, value: &TestValue) {
        // A name that was never read is never asked for.
        let Some(symbol) = self.evaluator.syntax.names.find(name) else {
            return;
        };
        let bindings = self.evaluator.bindings();
        let table = match is_parameter {
            true => &mut bindings.parameters,
            false => &mut bindings.names,
        };
        table.insert(symbol, value.value.clone());
        let key = (is_parameter, name.to_owned());
        self.bytes.retain(|known| *known != key);
        if value.is_bytes() {
            self.bytes.push(key);
        }
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn value(&mut self, expression: &TestExpression) -> Result<TestValue, Box<Diagnostic>> {
        self.evaluator.session.refill();
        let value =
            self.evaluator
                .in_test(expression.expression, expression.document, self.positions);
        match value {
            Ok(value) => Ok(TestValue {
                value,
                bytes: expression.bytes || self.names_bytes(expression),
            }),
            Err(Failure::NoPosition(found) | Failure::Wrong(found)) => Err(found),
        }
    }

    /// Whether an expression is nothing but a name that stands for bytes.
    fn names_bytes(&self, expression: &TestExpression) -> bool {
        use crate::syntax::Node;
        let syntax = self.evaluator.syntax;
        let (is_parameter, name) = match syntax.nodes_of(expression.expression) {
            [Node::Parameter(name)] => (true, *name),
            [Node::Enter { name, .. }, Node::Call] => (false, *name),
            _ => return false,
        };
        let name = syntax.names.get(name);
        let mut known = self.bytes.iter();
        known.any(|(kind, known)| *kind == is_parameter && known == name)
    }

    /// What a log must have that a test looks for.
    ///
    /// # Errors
    /// As [`Expressions::value`].
    pub fn log(&mut self, pattern: &LogPattern) -> Result<ExpectedLog, Box<Diagnostic>> {
        let mut expected = ExpectedLog {
            topics: Vec::new(),
            all_topics: false,
            data: None,
            emitter: None,
        };
        match &pattern.topics {
            LogTopics::Words(words) => {
                for word in words {
                    let topic = self.value(word)?.word();
                    let wrong = |reason| Box::new(error(word.span, reason));
                    expected.topics.push(Some(topic.map_err(wrong)?));
                }
            }
            LogTopics::Event { signature, values } => {
                self.event(signature, values, pattern.span, &mut expected)?;
            }
        }
        if let Some(data) = &pattern.data {
            expected.data = Some(self.value(data)?);
        }
        if let Some(emitter) = &pattern.emitter {
            expected.emitter = Some(self.value(emitter)?);
        }
        Ok(expected)
    }

    fn event(
        &mut self,
        signature: &str,
        values: &[TestExpression],
        span: Span,
        expected: &mut ExpectedLog,
    ) -> Result<(), Box<Diagnostic>> {
        let signature = Signature::parse(signature).map_err(|reason| error(span, reason))?;
        let topic = keccak256(signature.canonical().as_bytes());
        expected.topics.push(Some(topic));
        expected.all_topics = true;
        let (mut types, mut data) = (Vec::new(), Vec::new());
        for (parameter, expression) in signature.parameters.iter().zip(values) {
            let value = self.value(expression)?.value;
            if parameter.indexed {
                let topic = indexed(&parameter.kind, &value);
                let topic = topic.map_err(|reason| error(expression.span, reason))?;
                expected.topics.push(Some(topic));
            } else {
                types.push(&parameter.kind);
                data.push(value);
            }
        }
        let data = crate::abi::encode(types.into_iter(), &data);
        let data = data.map_err(|reason| error(span, reason))?;
        expected.data = Some(TestValue::from_bytes(&data));
        Ok(())
    }
}

/// The topic of an indexed parameter: of texts and bytes it is the hash.
fn indexed(kind: &crate::abi::Type, value: &Value) -> Result<[u8; 32], String> {
    use crate::abi::Type;
    match kind {
        Type::Bytes | Type::String => Ok(keccak256(&value.bytes()?)),
        Type::Array(_) | Type::FixedArray(..) | Type::Tuple(_) => {
            Err(format!("{kind} cannot be looked for where it is indexed"))
        }
        _ => crate::abi::word(kind, value),
    }
}

fn error(span: Span, message: String) -> Diagnostic {
    Diagnostic::error("abi", span, message)
}
