//! What each name means where: files are followed, and every definition is entered before anything is used.
//!
//! Names that begin in lower case belong to their file or macro body; those that begin in upper case to the whole
//! program, in whatever order they come.

use crate::tables::{HashMap, HashSet};

use crate::diagnostic::Diagnostic;
use crate::parse::parse;
use crate::session::Session;
use crate::source::{FileError, FileId, Span, resolve};
use crate::syntax::{
    DocumentId, ExpressionMacroId, InstructionMacroId, Kind, LabelDefinition, LabelId, Origin,
    Statement, Stretch, Symbol, Syntax,
};
use crate::target::Target;

/// How many files may be within each other.
const DEEPEST_INCLUDE: usize = 128;
/// How many times files may be included in all.
const MOST_INCLUDES: usize = 10_000;

/// A document, or the whole program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    Program,
    Document(DocumentId),
}

/// The definitions of a program.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    labels: HashMap<(Scope, Symbol), LabelId>,
    expressions: HashMap<(Scope, Symbol), ExpressionMacroId>,
    instructions: HashMap<(Scope, Symbol), InstructionMacroId>,
    /// The document of each `#include`, by the document that it stands in and its place there.
    includes: HashMap<(DocumentId, u32), DocumentId>,
    /// The macro that named bytes and tables define, as the label that they define.
    data: HashMap<LabelId, Data>,
}

/// What the name of data stands for in expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Data {
    pub(crate) document: DocumentId,
    /// Its statement in that document.
    pub(crate) statement: u32,
}

/// A macro of expressions, however it was defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExpressionDefinition {
    Macro(ExpressionMacroId),
    Data(Data),
}

impl Definitions {
    pub(crate) fn label(&self, syntax: &Syntax, from: DocumentId, name: Symbol) -> Option<LabelId> {
        find(&self.labels, syntax, from, name)
    }

    pub(crate) fn instruction_macro(
        &self,
        syntax: &Syntax,
        from: DocumentId,
        name: Symbol,
    ) -> Option<InstructionMacroId> {
        find(&self.instructions, syntax, from, name)
    }

    pub(crate) fn expression(
        &self,
        syntax: &Syntax,
        from: DocumentId,
        name: Symbol,
    ) -> Option<ExpressionDefinition> {
        if let Some(id) = find(&self.expressions, syntax, from, name) {
            return Some(ExpressionDefinition::Macro(id));
        }
        let label = find(&self.labels, syntax, from, name)?;
        self.data
            .get(&label)
            .copied()
            .map(ExpressionDefinition::Data)
    }

    pub(crate) fn include(
        &self,
        document: DocumentId,
        statement: &Statement,
    ) -> Option<DocumentId> {
        self.includes.get(&(document, statement.start)).copied()
    }

    pub(crate) fn expression_names(&self) -> impl Iterator<Item = Symbol> {
        self.expressions.keys().map(|(_, name)| *name)
    }

    pub(crate) fn instruction_names(&self) -> impl Iterator<Item = Symbol> {
        self.instructions.keys().map(|(_, name)| *name)
    }

    pub(crate) fn label_names(&self) -> impl Iterator<Item = Symbol> {
        self.labels.keys().map(|(_, name)| *name)
    }
}

/// The scope of a name that a document defines.
fn scope_of(syntax: &Syntax, document: DocumentId, name: Symbol) -> Scope {
    if syntax.names.is_global(name) {
        Scope::Program
    } else {
        Scope::Document(document)
    }
}

fn find<Id: Copy>(
    table: &HashMap<(Scope, Symbol), Id>,
    syntax: &Syntax,
    from: DocumentId,
    name: Symbol,
) -> Option<Id> {
    if syntax.names.is_global(name) {
        return table.get(&(Scope::Program, name)).copied();
    }
    let mut document = Some(from);
    while let Some(id) = document {
        if let Some(found) = table.get(&(Scope::Document(id), name)) {
            return Some(*found);
        }
        document = syntax.document(id).parent;
    }
    None
}

/// A program as it was read: its tables, its main document and the target that it names.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) syntax: Syntax,
    pub(crate) definitions: Definitions,
    pub(crate) main: DocumentId,
    pub(crate) target: Target,
}

/// Reads a program from the text of its main file on; none if that is not well formed.
pub(crate) fn load(
    session: &mut Session<'_>,
    name: &str,
    bytes: &[u8],
    target: Target,
) -> Option<Loaded> {
    let mut syntax = Syntax::default();
    let file = add_file(session, name, bytes)?;
    let text = session.sources.shared_text(file);
    let (main, found) = parse(&mut syntax, file, &text, Origin::Main);
    if session.report_all(found) {
        return None;
    }
    let mut loader = Loader {
        session,
        loaded: Loaded {
            syntax,
            definitions: Definitions::default(),
            main,
            target,
        },
        target_given: false,
        open: vec![name.to_owned()],
        includes: 0,
        read: HashSet::default(),
    };
    loader.document(main);
    Some(loader.loaded)
}

/// Adds a file to the sources if its bytes are a text; otherwise says why not.
fn add_file(session: &mut Session<'_>, name: &str, bytes: &[u8]) -> Option<FileId> {
    match session.sources.add_bytes(name, bytes) {
        Ok(file) => Some(file),
        Err(diagnostic) => {
            session.report(*diagnostic);
            None
        }
    }
}

struct Loader<'s, 'o> {
    session: &'s mut Session<'o>,
    loaded: Loaded,
    target_given: bool,
    /// The files around what is being read, innermost last.
    open: Vec<String>,
    includes: usize,
    read: HashSet<DocumentId>,
}

impl Loader<'_, '_> {
    /// Enters the definitions of a document, then those of macro bodies and of files that it includes. This recurses as
    /// deep as files include each other, which is bounded.
    fn document(&mut self, id: DocumentId) {
        if !self.read.insert(id) {
            return;
        }
        let mut bodies = Vec::new();
        let mut included = Vec::new();
        let count = self.loaded.syntax.document(id).statements.len();
        for index in 0..count {
            let statement = self.loaded.syntax.document(id).statements[index];
            match statement.kind {
                Kind::Pragma { option, value } => self.pragma(id, &statement, option, value),
                Kind::Label(label) => self.label(id, label),
                Kind::DefineExpression(expression) => self.expression_macro(id, expression),
                Kind::DefineInstructions(instructions) => {
                    self.instruction_macro(id, instructions);
                    bodies.push(self.loaded.syntax.instruction_macro(instructions).body);
                }
                Kind::Bytes {
                    label: Some(label), ..
                }
                | Kind::Table {
                    label: Some(label), ..
                } => self.data(id, label, index),
                Kind::Include(path) => {
                    if let Some((document, name)) = self.include(id, &statement, path) {
                        included.push((document, name));
                    }
                }
                _ => {}
            }
        }
        for body in bodies {
            self.document(body);
        }
        for (document, name) in included {
            self.open.push(name);
            self.document(document);
            self.open.pop();
        }
    }

    fn stretch(&self, document: DocumentId, stretch: Stretch) -> &str {
        let file = self.loaded.syntax.document(document).file;
        self.session.sources.slice(Span {
            file,
            start: stretch.start,
            end: stretch.end,
        })
    }

    fn pragma(
        &mut self,
        document: DocumentId,
        statement: &Statement,
        option: Stretch,
        value: Stretch,
    ) {
        let span = self.loaded.syntax.span(document, statement);
        let option = self.stretch(document, option).to_owned();
        if option != "target" {
            let message = format!("unknown option {option} of #pragma");
            let diagnostic =
                Diagnostic::error("pragma", span, message).help("the only option is `target`");
            self.session.report(diagnostic);
            return;
        }
        if self.loaded.syntax.document(document).origin != Origin::Main {
            let message = "#pragma target stands in the main file only";
            self.session
                .report(Diagnostic::error("pragma", span, message));
        }
        if self.target_given {
            let message = "a second #pragma target";
            self.session
                .report(Diagnostic::error("pragma", span, message));
        }
        self.target_given = true;
        match self.stretch(document, value).parse() {
            Ok(target) => self.loaded.target = target,
            Err(_) => {
                let value = self.stretch(document, value).to_owned();
                let names: Vec<String> = Target::all().map(|target| target.to_string()).collect();
                let mut diagnostic =
                    Diagnostic::error("pragma", span, format!("unknown target {value:?}"));
                if let Some(name) =
                    crate::diagnostic::closest(&value, names.iter().map(String::as_str))
                {
                    diagnostic = diagnostic.help(format!("did you mean {name:?}?"));
                }
                self.session.report(diagnostic);
            }
        }
    }

    fn label(&mut self, document: DocumentId, label: LabelId) {
        let definition = self.loaded.syntax.label(label);
        let scope = scope_of(&self.loaded.syntax, document, definition.name);
        let key = (scope, definition.name);
        match self.loaded.definitions.labels.get(&key) {
            None => {
                self.loaded.definitions.labels.insert(key, label);
            }
            // Whether a global label really comes twice is seen when macros have been expanded.
            Some(_) if scope == Scope::Program => {}
            Some(first) => {
                let name = self.loaded.syntax.reference(definition);
                let first = self.loaded.syntax.label(*first).span;
                let diagnostic = Diagnostic::error(
                    "redefinition",
                    definition.span,
                    format!("{name} is already defined"),
                )
                .label(first, "first defined here");
                self.session.report(diagnostic);
            }
        }
    }

    fn data(&mut self, document: DocumentId, label: LabelId, statement: usize) {
        let LabelDefinition { name, span, .. } = *self.loaded.syntax.label(label);
        let key = (scope_of(&self.loaded.syntax, document, name), name);
        let first = self.first_expression(key);
        self.label(document, label);
        let data = Data {
            document,
            statement: statement as u32,
        };
        self.loaded.definitions.data.insert(label, data);
        if let Some(first) = first {
            self.already_defined(name, "", span, first);
        }
    }

    fn expression_macro(&mut self, document: DocumentId, id: ExpressionMacroId) {
        let definition = self.loaded.syntax.expression_macro(id);
        let (name, span) = (definition.name, definition.span);
        let scope = scope_of(&self.loaded.syntax, document, name);
        let key = (scope, name);
        match self.first_expression(key) {
            Some(first) => self.already_defined(name, "", span, first),
            None => {
                self.loaded.definitions.expressions.insert(key, id);
            }
        }
        self.check_parameters(name, "", id);
    }

    /// Where an expression macro, or data of the same name, is defined.
    fn first_expression(&self, key: (Scope, Symbol)) -> Option<Span> {
        let Loaded {
            syntax,
            definitions,
            ..
        } = &self.loaded;
        let definition = definitions.expressions.get(&key);
        let label = definitions.labels.get(&key);
        let data = label.filter(|label| definitions.data.contains_key(label));
        definition
            .map(|id| syntax.expression_macro(*id).span)
            .or_else(|| data.map(|label| syntax.label(*label).span))
    }

    fn instruction_macro(&mut self, document: DocumentId, id: InstructionMacroId) {
        let definition = self.loaded.syntax.instruction_macro(id);
        let (name, span) = (definition.name, definition.span);
        let key = (scope_of(&self.loaded.syntax, document, name), name);
        match self.loaded.definitions.instructions.get(&key) {
            Some(first) => {
                let first = self.loaded.syntax.instruction_macro(*first).span;
                self.already_defined(name, "%", span, first);
            }
            None => {
                self.loaded.definitions.instructions.insert(key, id);
            }
        }
        let parameters = self.loaded.syntax.instruction_macro(id).parameters.clone();
        self.duplicate_parameters(name, "%", span, &parameters);
    }

    fn check_parameters(&mut self, name: Symbol, sign: &str, id: ExpressionMacroId) {
        let definition = self.loaded.syntax.expression_macro(id);
        let (span, parameters) = (definition.span, definition.parameters.clone());
        self.duplicate_parameters(name, sign, span, &parameters);
    }

    fn duplicate_parameters(
        &mut self,
        name: Symbol,
        sign: &str,
        span: Span,
        parameters: &[Symbol],
    ) {
        let mut seen = HashSet::default();
        for parameter in parameters {
            if !seen.insert(*parameter) {
                let names = &self.loaded.syntax.names;
                let message = format!(
                    "the parameter ${} comes twice in {sign}{}",
                    names.get(*parameter),
                    names.get(name)
                );
                self.session
                    .report(Diagnostic::error("redefinition", span, message));
            }
        }
    }

    fn already_defined(&mut self, name: Symbol, sign: &str, span: Span, first: Span) {
        let name = self.loaded.syntax.names.get(name);
        let message = format!("the macro {sign}{name} is already defined");
        let diagnostic = Diagnostic::error("redefinition", span, message);
        let same_place = first.start == span.start
            && self.session.sources.name(first.file) == self.session.sources.name(span.file);
        let diagnostic = if same_place {
            diagnostic
                .help("the file is included twice: names that begin in upper case may come once")
        } else {
            diagnostic.label(first, "first defined here")
        };
        self.session.report(diagnostic);
    }

    /// Reads a file that a statement includes.
    fn include(
        &mut self,
        document: DocumentId,
        statement: &Statement,
        path: Stretch,
    ) -> Option<(DocumentId, String)> {
        let span = self.loaded.syntax.span(document, statement);
        let given = self.stretch(document, path).to_owned();
        let file = self.loaded.syntax.document(document).file;
        let Some(name) = resolve(self.session.sources.name(file), &given) else {
            let message = format!("the path {given:?} leads out of the project's folder");
            self.session
                .report(Diagnostic::error("include", span, message));
            return None;
        };
        self.includes += 1;
        let problem = if self.open.contains(&name) {
            Some(format!("{name:?} includes itself"))
        } else if self.open.len() > DEEPEST_INCLUDE {
            Some(format!(
                "files are included more than {DEEPEST_INCLUDE} deep"
            ))
        } else if self.includes > MOST_INCLUDES {
            Some(format!(
                "files are included more than {MOST_INCLUDES} times"
            ))
        } else {
            None
        };
        if let Some(message) = problem {
            // One report is enough for what would go on without end.
            if self.includes <= MOST_INCLUDES + 1 {
                self.session
                    .report(Diagnostic::error("include", span, message));
            }
            return None;
        }
        let bytes = match self.session.read(&name) {
            Ok(bytes) => bytes,
            Err(error) => {
                let diagnostic = Diagnostic::error("include", span, format!("{name:?}: {error}"));
                let diagnostic = match error {
                    FileError::NotFound => {
                        diagnostic.help("names are relative to the file that includes")
                    }
                    _ => diagnostic,
                };
                self.session.report(diagnostic);
                return None;
            }
        };
        let file = add_file(self.session, &name, &bytes)?;
        let text = self.session.sources.shared_text(file);
        let (included, found) = parse(&mut self.loaded.syntax, file, &text, Origin::Include(span));
        if self.session.report_all(found) {
            return None;
        }
        let key = (document, statement.start);
        self.loaded.definitions.includes.insert(key, included);
        Some((included, name))
    }
}
