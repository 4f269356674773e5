//! What can be wrong with a test before it runs: names that nothing gives a value.

use std::collections::BTreeMap;

use super::{
    Condition, Expectation, LogPattern, LogTopics, Operand, TestAction, TestBlock, TestExpression,
};
use crate::diagnostic::{Diagnostic, closest};
use crate::evaluate::{Evaluator, Failure};
use crate::source::Span;
use crate::syntax::{DocumentId, ExpressionMacroId};
use crate::tables::HashSet;
use crate::value::Value;

/// Names that every test has.
pub(crate) const NAMES: [&str; 2] = ["program", "this"];

/// Macros that have been looked into.
type Seen = HashSet<ExpressionMacroId>;

/// Reports what the tests of a program's main file name that is not there.
pub(crate) fn check(evaluator: &mut Evaluator<'_, '_>, main: DocumentId) {
    let syntax = evaluator.syntax;
    let file = syntax.document(main).file;
    let of_file = |one: &&TestBlock| one.span.file == file;
    let mut names: Vec<String> = NAMES.map(str::to_owned).to_vec();
    let mut seen = Seen::default();
    if let Some(setup) = syntax.setups.iter().find(of_file) {
        block(evaluator, setup, &mut names, &mut seen);
    }
    let mut known = BTreeMap::new();
    for test in syntax.tests.iter().filter(of_file) {
        if let Some(first) = known.insert(&test.name, test.span) {
            let message = format!("a second test {:?}", test.name);
            let found = Diagnostic::error("redefinition", test.span, message);
            evaluator
                .session
                .report(found.label(first, "the first one"));
        }
        block(evaluator, test, &mut names.clone(), &mut seen);
    }
}

fn block(
    evaluator: &mut Evaluator<'_, '_>,
    block: &TestBlock,
    names: &mut Vec<String>,
    seen: &mut Seen,
) {
    *evaluator.bindings() = Default::default();
    for parameter in &block.parameters {
        let symbol = evaluator.syntax.names.find(&parameter.name);
        let bindings = evaluator.bindings();
        bindings
            .parameters
            .extend(symbol.map(|symbol| (symbol, Value::from(0))));
    }
    names.iter().for_each(|name| bind(evaluator, name));
    for statement in &block.statements {
        for expression in expressions(&statement.action) {
            check_expression(evaluator, expression, seen);
        }
        check_place(evaluator, block, &statement.action, statement.span);
        let (TestAction::Account { name, .. }
        | TestAction::Let { name, .. }
        | TestAction::Deploy {
            name: Some(name), ..
        }) = &statement.action
        else {
            continue;
        };
        bind(evaluator, name);
        names.push(name.clone());
    }
}

fn bind(evaluator: &mut Evaluator<'_, '_>, name: &str) {
    if let Some(symbol) = evaluator.syntax.names.find(name) {
        let bindings = evaluator.bindings();
        bindings.names.insert(symbol, Value::from(0));
    }
}

fn check_expression(
    evaluator: &mut Evaluator<'_, '_>,
    expression: &TestExpression,
    seen: &mut Seen,
) {
    let result = evaluator.check_names(expression.expression, expression.document, seen);
    if let Err(Failure::NoPosition(found) | Failure::Wrong(found)) = result {
        let bindings = &evaluator.bindings().names;
        let bound: Vec<_> = bindings.keys().copied().collect();
        let names = &evaluator.syntax.names;
        let written = evaluator.session.sources.slice(found.span);
        let mut close: Vec<&str> = bound.iter().map(|symbol| names.get(*symbol)).collect();
        close.sort_unstable();
        let found = match closest(written, close) {
            Some(name) if found.help.is_empty() => found.help(format!("did you mean {name}?")),
            _ => *found,
        };
        evaluator.session.report(found);
    }
}

/// Cases and runs belong to tests that have parameters.
fn check_place(
    evaluator: &mut Evaluator<'_, '_>,
    block: &TestBlock,
    action: &TestAction,
    span: Span,
) {
    let needed = block.parameters.len();
    let message = match action {
        TestAction::Case(values) if values.len() != needed || needed == 0 => {
            format!(
                "the test has {needed} parameters, and the case {} values",
                values.len()
            )
        }
        TestAction::Runs(_) | TestAction::Assume(_) if needed == 0 => {
            "the test has no parameters that could be generated".into()
        }
        _ => return,
    };
    evaluator
        .session
        .report(Diagnostic::error("parameters", span, message));
}

/// The expressions of a line, in their order.
fn expressions(action: &TestAction) -> Vec<&TestExpression> {
    let mut found = Vec::new();
    match action {
        TestAction::Set(_, value) | TestAction::Runs(value) => found.push(value),
        TestAction::Fork(_) => {}
        TestAction::Account { address, .. } => found.extend(address),
        TestAction::Write { at, value, .. } => {
            found.extend(at);
            found.push(value);
        }
        TestAction::Let { value, .. } => operand(value, &mut found),
        TestAction::Deploy {
            parts, overrides, ..
        }
        | TestAction::Call {
            parts, overrides, ..
        } => {
            found.extend(parts);
            found.extend(overrides.iter().map(|(_, value)| value));
        }
        TestAction::Expect(list) => list.iter().for_each(|one| expectation(one, &mut found)),
        TestAction::Assume(list) => list.iter().for_each(|one| condition(one, &mut found)),
        TestAction::Case(values) => found.extend(values),
    }
    found
}

fn operand<'a>(operand: &'a Operand, found: &mut Vec<&'a TestExpression>) {
    match operand {
        Operand::Value(expression) => found.push(expression),
        Operand::Observed { at, .. } => found.extend(at),
    }
}

fn condition<'a>(condition: &'a Condition, found: &mut Vec<&'a TestExpression>) {
    operand(&condition.left, found);
    operand(&condition.right, found);
}

fn expectation<'a>(expectation: &'a Expectation, found: &mut Vec<&'a TestExpression>) {
    match expectation {
        Expectation::Success(_) | Expectation::Halt(..) | Expectation::GasSnapshot(_) => {}
        Expectation::Revert(_, data) => found.extend(data),
        Expectation::Condition(one) => condition(one, found),
        Expectation::Log(LogPattern {
            topics,
            data,
            emitter,
            ..
        }) => {
            let (LogTopics::Words(values) | LogTopics::Event { values, .. }) = topics;
            found.extend(values);
            found.extend(data);
            found.extend(emitter);
        }
    }
}
