//! What is counted of a source: functions, statements and branches, from the compiler's syntax tree.

use std::ops::Range;

use serde_json::Value as Json;

/// A part of a source that is executed or is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    pub kind: Kind,
    /// Bytes of the source.
    pub range: Range<usize>,
    /// The function that it is in, by bytes of the source.
    pub function: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// With the name of its contract.
    Function(String),
    Statement,
    /// One of the ways on; taken if its range is executed.
    Body {
        branch: usize,
        path: usize,
    },
    /// One of the two ways that a condition has, which a JUMPI takes.
    Condition {
        branch: usize,
        path: usize,
    },
}

/// The items of a file, in their order.
pub(super) fn items(unit: &Json) -> Vec<Item> {
    let mut visitor = Visitor::default();
    for node in list(unit, "nodes") {
        match kind(node) {
            "ContractDefinition" if text(node, "contractKind") != "interface" => {
                visitor.contract(node);
            }
            "FunctionDefinition" => {
                visitor.contract = String::new();
                visitor.function(node);
            }
            _ => {}
        }
    }
    visitor.items
}

#[derive(Default)]
struct Visitor {
    items: Vec<Item>,
    contract: String,
    function: Range<usize>,
    branches: usize,
}

fn kind(node: &Json) -> &str {
    text(node, "nodeType")
}

fn text<'a>(node: &'a Json, name: &str) -> &'a str {
    node.get(name).and_then(Json::as_str).unwrap_or_default()
}

fn list<'a>(node: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    node.get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
}

fn range(node: &Json) -> Option<Range<usize>> {
    let mut numbers = text(node, "src").split(':');
    let start: usize = numbers.next()?.parse().ok()?;
    let length: usize = numbers.next()?.parse().ok()?;
    Some(start..start.checked_add(length)?)
}

fn has_statements(body: &Json) -> bool {
    match kind(body) {
        "Block" | "UncheckedBlock" => list(body, "statements").next().is_some(),
        _ => true,
    }
}

impl Visitor {
    fn contract(&mut self, node: &Json) {
        let begin = self.items.len();
        text(node, "name").clone_into(&mut self.contract);
        for node in list(node, "nodes") {
            if matches!(kind(node), "FunctionDefinition" | "ModifierDefinition") {
                self.function(node);
            }
        }
        let is_test = |item: &Item| {
            let Kind::Function(name) = &item.kind else {
                return false;
            };
            let name = name.rsplit('.').next().unwrap_or(name);
            ["test", "invariant", "statefulFuzz", "table"]
                .iter()
                .any(|start| name.starts_with(start))
        };
        // Tests are not what is tested.
        if self.items[begin..].iter().any(is_test) {
            self.items.truncate(begin);
        }
    }

    fn function(&mut self, node: &Json) {
        let (Some(body), Some(range)) = (node.get("body"), range(node)) else {
            return;
        };
        // Without a body, or a modifier that has no code of its own.
        let is_empty_modifier = kind(node) == "ModifierDefinition"
            && list(body, "statements").all(|node| kind(node) == "PlaceholderStatement");
        if body.is_null() || is_empty_modifier {
            return;
        }
        let name = match text(node, "name") {
            "" => text(node, "kind"),
            name => name,
        };
        let name = match self.contract.as_str() {
            "" => name.to_owned(),
            contract => format!("{contract}.{name}"),
        };
        self.function = range;
        self.push(Kind::Function(name), node);
        self.statement(body);
    }

    fn push(&mut self, kind: Kind, node: &Json) {
        if let Some(range) = range(node) {
            self.items.push(Item {
                kind,
                range,
                function: self.function.clone(),
            });
        }
    }

    fn child(&mut self, node: &Json, name: &str, visit: fn(&mut Self, &Json)) {
        if let Some(child) = node.get(name).filter(|child| !child.is_null()) {
            visit(self, child);
        }
    }

    fn statement(&mut self, node: &Json) {
        match kind(node) {
            "Block" | "UncheckedBlock" => {
                list(node, "statements").for_each(|node| self.statement(node));
            }
            "Break" | "Continue" | "EmitStatement" | "RevertStatement" => {
                self.push(Kind::Statement, node);
            }
            "Return" => {
                self.push(Kind::Statement, node);
                self.child(node, "expression", Self::expression);
            }
            "VariableDeclarationStatement" => {
                self.push(Kind::Statement, node);
                self.child(node, "initialValue", Self::expression);
            }
            "ExpressionStatement" => self.child(node, "expression", Self::expression),
            "IfStatement" => self.if_statement(node),
            "WhileStatement" | "DoWhileStatement" => {
                self.child(node, "condition", Self::expression);
                self.child(node, "body", Self::statement);
            }
            "ForStatement" => {
                self.child(node, "initializationExpression", Self::statement);
                self.child(node, "condition", Self::expression);
                self.child(node, "loopExpression", Self::statement);
                self.child(node, "body", Self::statement);
            }
            "TryStatement" => self.try_statement(node),
            "InlineAssembly" => self.child(node, "AST", Self::yul),
            _ => {}
        }
    }

    fn next_branch(&mut self) -> usize {
        self.branches += 1;
        self.branches - 1
    }

    fn if_statement(&mut self, node: &Json) {
        let branch = self.next_branch();
        let bodies = [node.get("trueBody"), node.get("falseBody")];
        for (path, body) in bodies.into_iter().flatten().enumerate() {
            if !body.is_null() && has_statements(body) {
                self.push(Kind::Body { branch, path }, body);
            }
        }
        self.child(node, "condition", Self::expression);
        self.child(node, "trueBody", Self::statement);
        self.child(node, "falseBody", Self::statement);
    }

    fn try_statement(&mut self, node: &Json) {
        let branch = self.next_branch();
        self.child(node, "externalCall", Self::expression);
        for (path, clause) in list(node, "clauses").enumerate() {
            let block = clause.get("block");
            if block.is_some_and(has_statements) {
                self.push(Kind::Body { branch, path }, clause);
            }
            self.child(clause, "block", Self::statement);
        }
    }

    fn expression(&mut self, node: &Json) {
        match kind(node) {
            "Assignment" | "UnaryOperation" | "Conditional" => self.push(Kind::Statement, node),
            "BinaryOperation" => {
                self.push(Kind::Statement, node);
                self.child(node, "leftExpression", Self::expression);
                self.child(node, "rightExpression", Self::expression);
            }
            "FunctionCall" if text(node, "kind") == "functionCall" => {
                self.push(Kind::Statement, node);
                let callee = node.get("expression");
                if callee.is_some_and(|callee| text(callee, "name") == "require") {
                    let branch = self.next_branch();
                    self.push(Kind::Condition { branch, path: 0 }, node);
                    self.push(Kind::Condition { branch, path: 1 }, node);
                }
            }
            _ => {}
        }
    }

    fn yul(&mut self, node: &Json) {
        match kind(node) {
            "YulBlock" => list(node, "statements").for_each(|node| self.yul(node)),
            "YulVariableDeclaration"
            | "YulAssignment"
            | "YulExpressionStatement"
            | "YulLeave"
            | "YulBreak"
            | "YulContinue" => self.push(Kind::Statement, node),
            "YulIf" => {
                let branch = self.next_branch();
                if let Some(body) = node.get("body") {
                    self.push(Kind::Body { branch, path: 0 }, body);
                    self.yul(body);
                }
            }
            "YulForLoop" => {
                for part in ["pre", "post", "body"] {
                    self.child(node, part, Self::yul);
                }
            }
            "YulSwitch" => {
                for case in list(node, "cases") {
                    self.child(case, "body", Self::yul);
                }
            }
            "YulFunctionDefinition" => self.child(node, "body", Self::yul),
            _ => {}
        }
    }
}
