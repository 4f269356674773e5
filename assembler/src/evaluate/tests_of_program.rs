//! Expressions of tests: names that a test gives values to, and parameters.

use super::Scope;
use super::{Bindings, Callee, Evaluator, ExpressionDefinition, Failure, LabelPositions};
use crate::abi;
use crate::syntax::{DocumentId, Expression, ExpressionMacroId, Node, Symbol};
use crate::tables::HashSet;
use crate::value::Value;

impl<'s> Evaluator<'s, '_> {
    /// From now on, expressions are those of a test.
    pub(crate) fn bindings(&mut self) -> &mut Bindings {
        self.bindings.get_or_insert_default()
    }

    /// The value of an expression that stands in a test.
    pub(crate) fn in_test(
        &mut self,
        expression: Expression,
        document: DocumentId,
        labels: LabelPositions<'_>,
    ) -> Result<Value, Failure> {
        let scope = self.scope_of_test(document);
        self.evaluate(expression, scope, Some(labels))
    }

    fn scope_of_test(&self, document: DocumentId) -> Scope<'static> {
        Scope {
            document,
            section: self.expanded.newest.get(&document).copied(),
            values: None,
            in_section: false,
        }
    }

    /// What a name means in a test before it means anything else.
    pub(super) fn callee_in_test(
        &self,
        name: Symbol,
        built_in: bool,
        node: usize,
        scope: Scope<'_>,
    ) -> Option<Callee<'s>> {
        let bindings = self.bindings.as_ref()?;
        if built_in || scope.values.is_some() {
            return None;
        }
        if self.is_encoded(name, node) {
            return Some(Callee::Encoded);
        }
        bindings.names.get(&name).cloned().map(Callee::Bound)
    }

    /// Whether a call's first argument is a signature of the same name.
    pub(super) fn is_encoded(&self, name: Symbol, node: usize) -> bool {
        match self.syntax.nodes.get(node + 1) {
            Some(Node::Literal(index)) => {
                let literal = &self.syntax.literals[*index as usize];
                abi::is_signature_of(literal, self.syntax.names.get(name))
            }
            _ => false,
        }
    }

    /// Finds what an expression of a test names that is not there, and marks the rest as used.
    pub(crate) fn check_names(
        &mut self,
        expression: Expression,
        document: DocumentId,
        seen: &mut HashSet<ExpressionMacroId>,
    ) -> Result<(), Failure> {
        let mut waiting = vec![(expression, self.scope_of_test(document), true)];
        while let Some((expression, scope, in_test)) = waiting.pop() {
            for node in expression.start as usize..expression.end as usize {
                match self.syntax.nodes[node] {
                    Node::Label { name, dotted } => {
                        self.instance(name, dotted, node, scope)?;
                    }
                    Node::Parameter(name) if in_test => self.check_parameter(name, node, scope)?,
                    Node::Enter {
                        name,
                        built_in,
                        arguments,
                    } => {
                        let count = usize::from(arguments);
                        // Within macros, the names of the test are not seen.
                        let hidden = (!in_test).then(|| self.bindings.take());
                        let callee = self.callee(name, built_in, count, node, scope);
                        if let Some(hidden) = hidden {
                            self.bindings = hidden;
                        }
                        if let Callee::Definition(ExpressionDefinition::Macro(id)) = callee?
                            && seen.insert(id)
                        {
                            self.used_macros[id.0 as usize] = true;
                            let definition = self.syntax.expression_macro(id);
                            let inner = self.scope_of_test(definition.document);
                            waiting.push((definition.body, inner, false));
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn check_parameter(&self, name: Symbol, node: usize, scope: Scope<'_>) -> Result<(), Failure> {
        let bindings = self.bindings.as_ref();
        if bindings.is_some_and(|bindings| bindings.parameters.contains_key(&name)) {
            return Ok(());
        }
        let text = self.syntax.names.get(name);
        let message = format!("${text} is no parameter of the test");
        Err(self.wrong("undefined", node, scope, message))
    }
}
