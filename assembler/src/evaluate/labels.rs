//! Labels: which place in the program each reference means.

use super::{DEEPEST, Evaluator, Failure, LabelPositions, Scope};
use crate::diagnostic::closest;
use crate::expand::SectionId;
use crate::syntax::{Expression, Node, Symbol};
use crate::value::Value;

impl Evaluator<'_, '_> {
    /// The instance of the label that an expression is, if it is nothing else.
    pub(crate) fn only_label(
        &mut self,
        expression: Expression,
        section: SectionId,
    ) -> Option<Result<u32, Failure>> {
        let (mut expression, mut section) = (expression, section);
        for _ in 0..DEEPEST {
            match self.syntax.nodes_of(expression) {
                [Node::Label { name, dotted }] => {
                    let scope = Scope {
                        document: self.expanded.section(section).document,
                        section: Some(section),
                        values: None,
                        in_section: true,
                    };
                    let node = expression.start as usize;
                    return Some(self.instance(*name, *dotted, node, scope));
                }
                [Node::Parameter(name)] => {
                    (expression, section) = self.argument(*name, section)?;
                }
                _ => return None,
            }
        }
        None
    }

    /// The place in the program that a label refers to.
    pub(super) fn instance(
        &mut self,
        name: Symbol,
        dotted: bool,
        node: usize,
        scope: Scope<'_>,
    ) -> Result<u32, Failure> {
        let text = self.syntax.names.get(name);
        let global = self.syntax.names.is_global(name);
        let instance = if global {
            self.expanded.global.get(&name).copied()
        } else {
            self.local_instance(name, scope.section)
        };
        let definition = match instance {
            Some(instance) => Some(self.expanded.instances[instance as usize].definition),
            None => self.definitions.label(self.syntax, scope.document, name),
        };
        let Some(definition) = definition else {
            let diagnostic = self.error(
                "undefined",
                node,
                scope,
                format!("the label @{text} is not defined"),
            );
            let names = self.definitions.label_names();
            let close = closest(text, names.map(|symbol| self.syntax.names.get(symbol)));
            return Err(Failure::Wrong(Box::new(match close {
                Some(close) => diagnostic.help(format!("did you mean @{close}?")),
                None => diagnostic,
            })));
        };
        let label = self.syntax.label(definition);
        if dotted && !label.dotted {
            let message = format!("@.{text} cannot refer to the label {text}:, which has no dot");
            let diagnostic = self.error("undefined", node, scope, message);
            return Err(Failure::Wrong(Box::new(
                diagnostic.label(label.span, "defined here"),
            )));
        }
        match instance {
            Some(instance) => {
                self.used[definition.0 as usize] = true;
                Ok(instance)
            }
            None => {
                let message = format!("the label @{text} stands in a macro that is not used");
                let diagnostic = self.error("undefined", node, scope, message);
                Err(Failure::NoPosition(Box::new(diagnostic)))
            }
        }
    }

    fn local_instance(&self, name: Symbol, section: Option<SectionId>) -> Option<u32> {
        let mut section = section;
        while let Some(id) = section {
            if let Some(instance) = self.expanded.local.get(&(id, name)) {
                return Some(*instance);
            }
            section = self.expanded.section(id).around;
        }
        None
    }

    pub(super) fn label(
        &mut self,
        name: Symbol,
        dotted: bool,
        node: usize,
        scope: Scope<'_>,
        labels: Option<LabelPositions<'_>>,
    ) -> Result<Value, Failure> {
        let Some(position) = labels else {
            let message = "labels have no positions here";
            return Err(Failure::NoPosition(Box::new(
                self.error("label", node, scope, message),
            )));
        };
        let instance = self.instance(name, dotted, node, scope)?;
        Ok(position(instance).into())
    }
}
