//! What expressions come to.
//!
//! An expression is computed in the scope in which it was written: that of its document, with the parameters of the macro
//! around it. Before the layout labels have no positions; an expression that needs one is put off.

mod builtins;
mod data;
mod labels;
mod tests_of_program;

use crate::tables::{HashMap, HashSet};

use crate::definitions::{Definitions, ExpressionDefinition};
use crate::diagnostic::{Diagnostic, closest};
use crate::expand::{Expanded, SectionId};
use crate::session::Session;
use crate::source::Span;
use crate::syntax::{DocumentId, Expression, ExpressionMacroId, Node, Symbol, Syntax};
use crate::target::Target;
use crate::value::Value;
use builtins::BuiltIn;
pub(crate) use builtins::keccak256;

/// How deep macros may call each other.
const DEEPEST: usize = 128;

/// Why there is no value.
pub(crate) enum Failure {
    /// A label has no position (yet).
    NoPosition(Box<Diagnostic>),
    /// The expression is wrong.
    Wrong(Box<Diagnostic>),
}

impl Failure {
    /// What to report, at a statement.
    pub(crate) fn at(self, place: Span) -> Diagnostic {
        let (Self::NoPosition(diagnostic) | Self::Wrong(diagnostic)) = self;
        let mut diagnostic = *diagnostic;
        let inner = std::mem::replace(&mut diagnostic.span, place);
        if inner != place {
            diagnostic.labels.insert(0, (inner, String::new()));
        }
        diagnostic
    }
}

/// Where an expression is computed.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    document: DocumentId,
    /// The use of the document, for its labels; none if it is not in the program.
    section: Option<SectionId>,
    /// The expression macro around it, and the values of its parameters.
    values: Option<(ExpressionMacroId, &'a [Value])>,
    /// Whether the parameters of an instruction macro are seen.
    in_section: bool,
}

/// Positions of labels, by instance.
pub(crate) type LabelPositions<'a> = &'a dyn Fn(u32) -> u64;

/// Computes the expressions of one program.
pub(crate) struct Evaluator<'s, 'o> {
    pub(crate) session: &'s mut Session<'o>,
    pub(crate) syntax: &'s Syntax,
    pub(crate) definitions: &'s Definitions,
    pub(crate) expanded: &'s Expanded,
    target: Target,
    /// Values that were given from outside, by the name of the macro that they take the place of.
    globals: &'s [(String, Value)],
    given: HashMap<Symbol, usize>,
    /// Whether each label definition is used.
    pub(crate) used: Vec<bool>,
    /// Whether each expression macro is used.
    pub(crate) used_macros: Vec<bool>,
    /// Values of macros without parameters that need no label.
    known: Vec<Option<Value>>,
    /// Expression macros, and data, that are being computed.
    active: Vec<bool>,
    active_data: HashSet<(DocumentId, u32)>,
    depth: usize,
    /// Bytecode of other programs, by the path of their main file.
    assembled: HashMap<String, Value>,
    /// What names and parameters stand for in a test; none outside of tests.
    bindings: Option<Bindings>,
}

/// What names stand for in a test.
#[derive(Debug, Default)]
pub(crate) struct Bindings {
    pub(crate) names: HashMap<Symbol, Value>,
    pub(crate) parameters: HashMap<Symbol, Value>,
}

/// A call whose arguments are being computed.
struct Call<'a> {
    callee: Callee<'a>,
    /// Values that were there before its arguments.
    base: usize,
    /// Its first node.
    node: usize,
}

enum Callee<'a> {
    BuiltIn(BuiltIn),
    Given(&'a Value),
    /// A name of a test.
    Bound(Value),
    /// `transfer("transfer(address,uint256)", ..)`
    Encoded,
    Definition(ExpressionDefinition),
}

impl<'s, 'o> Evaluator<'s, 'o> {
    pub(crate) fn new(
        session: &'s mut Session<'o>,
        syntax: &'s Syntax,
        definitions: &'s Definitions,
        expanded: &'s Expanded,
        target: Target,
        globals: &'s [(String, Value)],
    ) -> Self {
        let given = globals
            .iter()
            .enumerate()
            .filter_map(|(index, (name, _))| syntax.names.find(name).map(|symbol| (symbol, index)))
            .collect();
        Self {
            session,
            syntax,
            definitions,
            expanded,
            target,
            globals,
            given,
            used: vec![false; syntax.labels.len()],
            used_macros: vec![false; syntax.expression_macros.len()],
            known: vec![None; syntax.expression_macros.len()],
            active: vec![false; syntax.expression_macros.len()],
            active_data: HashSet::default(),
            depth: 0,
            assembled: HashMap::default(),
            bindings: None,
        }
    }

    /// The instruction set.
    pub(crate) fn target(&self) -> Target {
        self.target
    }

    /// The value of an expression that stands in a section.
    pub(crate) fn in_section(
        &mut self,
        expression: Expression,
        section: SectionId,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        let scope = Scope {
            document: self.expanded.section(section).document,
            section: Some(section),
            values: None,
            in_section: true,
        };
        let value = self.evaluate(expression, scope, labels)?;
        if value.as_list().is_some() {
            let node = expression.start as usize;
            return Err(self.wrong("list", node, scope, "a list is not a number"));
        }
        Ok(value)
    }

    /// What was given for a parameter of the instruction macro around a section, and where that was written.
    fn argument(&self, name: Symbol, section: SectionId) -> Option<(Expression, SectionId)> {
        let (id, arguments, user) = self.expanded.section(section).arguments?;
        let parameters = &self.syntax.instruction_macro(id).parameters;
        let index = parameters.iter().position(|parameter| *parameter == name)?;
        let argument = self.syntax.arguments_of(arguments).get(index)?;
        Some((*argument, user))
    }

    fn evaluate(
        &mut self,
        expression: Expression,
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        let syntax = self.syntax;
        let nodes = syntax.nodes_of(expression);
        if let [Node::Literal(index)] = nodes {
            return Ok(syntax.literals[*index as usize].clone());
        }
        let mut values: Vec<Value> = Vec::new();
        let mut calls: Vec<Call<'_>> = Vec::new();
        let mut lists: Vec<usize> = Vec::new();
        for (offset, node) in nodes.iter().enumerate() {
            let index = expression.start as usize + offset;
            let value = match node {
                Node::Literal(literal) => syntax.literals[*literal as usize].clone(),
                Node::Label { name, dotted } => self.label(*name, *dotted, index, scope, labels)?,
                Node::Parameter(name) => self.parameter(*name, index, scope, labels)?,
                Node::Enter {
                    name,
                    built_in,
                    arguments,
                } => {
                    let callee =
                        self.callee(*name, *built_in, usize::from(*arguments), index, scope)?;
                    let base = values.len();
                    calls.push(Call {
                        callee,
                        base,
                        node: index,
                    });
                    continue;
                }
                Node::Call => {
                    // The parser closes every call that it opens.
                    let Some(call) = calls.pop() else { continue };
                    let arguments = values.split_off(call.base);
                    self.call(&call, &arguments, scope, labels)?
                }
                Node::OpenList => {
                    lists.push(values.len());
                    continue;
                }
                Node::List => {
                    let base = lists.pop().unwrap_or(0);
                    Value::list(values.split_off(base))
                }
                Node::Operator(operator) => {
                    let (Some(right), Some(left)) = (values.pop(), values.pop()) else {
                        continue;
                    };
                    self.spend(left.words() + right.words(), index, scope)?;
                    if left.as_list().or(right.as_list()).is_some() {
                        return Err(self.wrong("list", index, scope, "a list is not a number"));
                    }
                    let result = left.operate(*operator, &right);
                    result.map_err(|reason| self.wrong("arithmetic", index, scope, reason))?
                }
                Node::Negate => match values.pop() {
                    Some(value) => value.negated(),
                    None => continue,
                },
                Node::Group => continue,
            };
            self.spend(value.words(), index, scope)?;
            values.push(value);
        }
        Ok(values.pop().unwrap_or_else(|| Value::from(0)))
    }

    fn span_of(&self, node: usize, scope: Scope<'_>) -> Span {
        let place = self.syntax.places[node];
        Span {
            file: self.syntax.document(scope.document).file,
            start: place.start,
            end: place.end,
        }
    }

    fn error(
        &self,
        code: &'static str,
        node: usize,
        scope: Scope<'_>,
        message: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, self.span_of(node, scope), message)
    }

    fn wrong(
        &self,
        code: &'static str,
        node: usize,
        scope: Scope<'_>,
        message: impl Into<String>,
    ) -> Failure {
        Failure::Wrong(Box::new(self.error(code, node, scope, message)))
    }

    fn spend(&mut self, steps: u64, node: usize, scope: Scope<'_>) -> Result<(), Failure> {
        if self.session.spend(steps) {
            return Ok(());
        }
        Err(self.wrong(
            "too-large",
            node,
            scope,
            "the expression takes too much work to compute",
        ))
    }

    fn parameter(
        &mut self,
        name: Symbol,
        node: usize,
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        if scope.values.is_none()
            && let Some(bindings) = &self.bindings
            && let Some(value) = bindings.parameters.get(&name)
        {
            return Ok(value.clone());
        }
        if let Some((id, values)) = scope.values {
            let parameters = &self.syntax.expression_macro(id).parameters;
            let index = parameters.iter().position(|parameter| *parameter == name);
            if let Some(value) = index.and_then(|index| values.get(index)) {
                return Ok(value.clone());
            }
        }
        let section = scope.section.filter(|_| scope.in_section);
        let argument = section.and_then(|section| self.argument(name, section));
        let Some((expression, user)) = argument else {
            let text = self.syntax.names.get(name);
            let message = format!("${text} is no parameter here");
            return Err(self.wrong("undefined", node, scope, message));
        };
        self.deeper(node, scope)?;
        let value = self.in_section(expression, user, labels);
        self.depth -= 1;
        value
    }

    fn deeper(&mut self, node: usize, scope: Scope<'_>) -> Result<(), Failure> {
        if self.depth >= DEEPEST {
            let message = format!("macros call each other more than {DEEPEST} deep");
            return Err(self.wrong("too-large", node, scope, message));
        }
        self.depth += 1;
        Ok(())
    }

    fn callee(
        &self,
        name: Symbol,
        built_in: bool,
        arguments: usize,
        node: usize,
        scope: Scope<'_>,
    ) -> Result<Callee<'s>, Failure> {
        let text = self.syntax.names.get(name);
        let callee = if let Some(callee) = self.callee_in_test(name, built_in, node, scope) {
            Some(callee)
        } else if built_in {
            BuiltIn::of(text).map(Callee::BuiltIn)
        } else if let Some(index) = self.given.get(&name) {
            self.globals
                .get(*index)
                .map(|(_, value)| Callee::Given(value))
        } else {
            let definition = self
                .definitions
                .expression(self.syntax, scope.document, name);
            let definition = definition.map(Callee::Definition);
            let callee = definition.or_else(|| BuiltIn::of(text).map(Callee::BuiltIn));
            callee.or_else(|| self.is_encoded(name, node).then_some(Callee::Encoded))
        };
        let Some(callee) = callee else {
            return Err(self.unknown_macro(text, built_in, node, scope));
        };
        let needed = match &callee {
            Callee::BuiltIn(built_in) if built_in.takes_any_number() => arguments.max(1),
            Callee::Encoded => arguments,
            Callee::BuiltIn(_) => 1,
            Callee::Bound(_)
            | Callee::Given(_)
            | Callee::Definition(ExpressionDefinition::Data(_)) => 0,
            Callee::Definition(ExpressionDefinition::Macro(id)) => {
                self.syntax.expression_macro(*id).parameters.len()
            }
        };
        if arguments != needed {
            let plural = if needed == 1 { "" } else { "s" };
            let message = format!("{text} takes {needed} argument{plural}, not {arguments}");
            return Err(self.wrong("arguments", node, scope, message));
        }
        Ok(callee)
    }

    fn unknown_macro(&self, text: &str, built_in: bool, node: usize, scope: Scope<'_>) -> Failure {
        let (message, close) = if built_in {
            let message = format!("there is no built-in macro .{text}");
            (message, closest(text, BuiltIn::names()))
        } else {
            let defined = self.definitions.expression_names();
            let built_in = BuiltIn::names().map(|name| -> &str { name });
            let names: Vec<&str> = defined
                .map(|symbol| self.syntax.names.get(symbol))
                .collect();
            let message = format!("the macro {text} is not defined");
            (message, closest(text, names.into_iter().chain(built_in)))
        };
        let diagnostic = self.error("undefined", node, scope, message);
        let diagnostic = match close {
            Some(close) => diagnostic.help(format!("did you mean {close}?")),
            None if self.syntax.names.find(text).is_some_and(|symbol| {
                self.definitions
                    .label(self.syntax, scope.document, symbol)
                    .is_some()
            }) =>
            {
                diagnostic.help(format!("the position of the label is written @{text}"))
            }
            None => diagnostic,
        };
        Failure::Wrong(Box::new(diagnostic))
    }

    fn call(
        &mut self,
        call: &Call<'_>,
        arguments: &[Value],
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        match &call.callee {
            Callee::Given(value) => Ok((*value).clone()),
            Callee::Bound(value) => Ok(value.clone()),
            Callee::Encoded => self.encoded(arguments, true, call.node, scope),
            Callee::BuiltIn(BuiltIn::Encode) => self.encoded(arguments, false, call.node, scope),
            Callee::BuiltIn(BuiltIn::Packed) => self.packed(arguments, call.node, scope),
            Callee::BuiltIn(built_in) => match arguments.first() {
                Some(argument) => self.built_in(*built_in, argument, call.node, scope),
                None => Ok(Value::from(0)),
            },
            Callee::Definition(ExpressionDefinition::Macro(id)) => {
                self.macro_value(*id, arguments, call.node, scope, labels)
            }
            Callee::Definition(ExpressionDefinition::Data(data)) => {
                self.data(*data, call.node, scope, labels)
            }
        }
    }

    fn macro_value(
        &mut self,
        id: ExpressionMacroId,
        arguments: &[Value],
        node: usize,
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        let index = id.0 as usize;
        self.used_macros[index] = true;
        if let Some(value) = &self.known[index] {
            return Ok(value.clone());
        }
        let definition = self.syntax.expression_macro(id);
        if self.active[index] {
            let message = format!(
                "the macro {} uses itself",
                self.syntax.names.get(definition.name)
            );
            return Err(self.wrong("recursion", node, scope, message));
        }
        self.deeper(node, scope)?;
        self.active[index] = true;
        let inner = Scope {
            document: definition.document,
            section: self.expanded.newest.get(&definition.document).copied(),
            values: Some((id, arguments)),
            in_section: false,
        };
        let value = self.evaluate(definition.body, inner, labels);
        self.active[index] = false;
        self.depth -= 1;
        if labels.is_none()
            && arguments.is_empty()
            && let Ok(value) = &value
        {
            self.known[index] = Some(value.clone());
        }
        value
    }
}
