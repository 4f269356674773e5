//! From a source to bytecode.

use num_bigint::BigInt;

use crate::analysis;
use crate::definitions::{Loaded, load};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::evaluate::Evaluator;
use crate::expand::{Expanded, ItemKind, expand};
use crate::layout::{Layout, lay_out};
use crate::lint;
use crate::listing::{self, Row};
use crate::session::Session;
use crate::source::{Files, NoFiles, Span};
use crate::source_map::{self, SourceMap};
use crate::stack_check::{self, Moments};
use crate::syntax::Syntax;
use crate::target::Target;
use crate::testing;
use crate::value::Value;

/// Names of values that a listing tells in all; beyond, the stack is left out.
const MOST_NAMES: usize = 1 << 21;

/// How a program is assembled.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The instruction set, unless the program names one.
    pub target: Target,
    /// The files that the program may include.
    pub files: &'a dyn Files,
    /// The path of the source, from which its includes are found.
    pub name: &'a str,
    /// Values for macros whose names begin in upper case, in place of the program's own.
    pub globals: &'a [(String, BigInt)],
    /// Whether stack comments are checked.
    pub stack_check: bool,
    /// Whether what is allowed but hardly meant is found: unused definitions, pushes that are larger than need be, code
    /// that runs into data.
    pub lint: bool,
    /// Whether the program is laid out beside its source: [`Program::rows`].
    pub listing: bool,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            target: Target::LATEST,
            files: &NoFiles,
            name: "",
            globals: &[],
            stack_check: true,
            lint: false,
            listing: false,
        }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("target", &self.target)
            .field("name", &self.name)
            .field("globals", &self.globals)
            .field("stack_check", &self.stack_check)
            .field("lint", &self.lint)
            .field("listing", &self.listing)
            .finish_non_exhaustive()
    }
}

/// A program that has been assembled.
#[derive(Clone, Debug)]
pub struct Program {
    /// The bytecode.
    pub code: Vec<u8>,
    /// The instruction set that it was assembled for.
    pub target: Target,
    /// Warnings, with the sources.
    pub warnings: Diagnostics,
    /// Where each byte came from.
    pub map: SourceMap,
    /// What each statement became, if [`Options::listing`] asked for it.
    pub rows: Vec<Row>,
    /// Labels with their positions, in the order of the code.
    pub labels: Vec<Label>,
}

/// A label of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its name.
    pub name: String,
    /// Its position in the code.
    pub position: u32,
    /// Whether it is a destination of jumps, and not a mark only.
    pub destination: bool,
    /// Where it is defined.
    pub span: Span,
}

/// Assembles a source.
///
/// ```
/// use gasworks_assembler::{Options, assemble};
///
/// let program = assemble("push 1 + 2\n", &Options::default()).unwrap();
/// assert_eq!(program.code, [0x60, 0x03]);
/// let errors = assemble("pusj 1\n", &Options::default()).unwrap_err();
/// assert!(errors.to_string().contains("did you mean push?"));
/// ```
pub fn assemble(source: &str, options: &Options<'_>) -> Result<Program, Diagnostics> {
    assemble_bytes(source.as_bytes(), options)
}

/// Assembles a source of which it is not known whether it is text.
pub fn assemble_bytes(source: &[u8], options: &Options<'_>) -> Result<Program, Diagnostics> {
    assemble_whole(source, options).map(|(program, _)| program)
}

/// What a program was made from, for those who ask about it later.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub(crate) loaded: Loaded,
    pub(crate) expanded: Expanded,
    pub(crate) layout: Layout,
    pub(crate) globals: Vec<(String, Value)>,
}

/// A program, and what it was made from.
pub(crate) fn assemble_whole(
    source: &[u8],
    options: &Options<'_>,
) -> Result<(Program, Assembled), Diagnostics> {
    let mut session = Session::new(options.files);
    session.allow_for(source);
    let globals = values(options.globals);
    let Some(loaded) = load(&mut session, options.name, source, options.target) else {
        return Err(session.finish());
    };
    let Some(built) = build(&mut session, &loaded, &globals, true) else {
        return Err(session.finish());
    };
    let Built {
        expanded,
        layout,
        used_macros,
    } = built;
    let moments = if options.stack_check {
        stack_check::check(&mut session, &loaded, options.listing)
    } else {
        Moments::default()
    };
    let code = emit(&expanded, &layout);
    let map = source_map::of(&loaded.syntax, &expanded, &layout);
    if options.lint {
        lint::unused_macros(&mut session, &loaded, &expanded, &used_macros);
        lint::items(&mut session, &loaded.syntax, &expanded, &layout);
        lint::jumps(&mut session, &map, &code, loaded.target);
    }
    let rows = if options.listing {
        let mut left = MOST_NAMES;
        let stack = |index: usize| {
            let state = moments.stack(&expanded, map.mappings.get(index)?)?;
            left = left.checked_sub(state.names.len())?;
            Some(state)
        };
        listing::rows(&code, loaded.target, &map.mappings, stack)
    } else {
        Vec::new()
    };
    let labels = labels(&loaded.syntax, &expanded, &layout);
    let program = Program {
        code,
        target: loaded.target,
        map,
        rows,
        labels,
        warnings: session.finish(),
    };
    let assembled = Assembled {
        loaded,
        expanded,
        layout,
        globals,
    };
    Ok((program, assembled))
}

/// Assembles the main file of another program within a run; none if that failed, which has been reported.
pub(crate) fn assemble_file_in(
    session: &mut Session<'_>,
    name: &str,
    bytes: &[u8],
    target: Target,
    globals: &[(String, Value)],
) -> Option<Vec<u8>> {
    let loaded = load(session, name, bytes, target)?;
    let built = build(session, &loaded, globals, false)?;
    Some(emit(&built.expanded, &built.layout))
}

fn values(globals: &[(String, BigInt)]) -> Vec<(String, Value)> {
    let values = globals.iter();
    values
        .map(|(name, value)| (name.clone(), value.clone().into()))
        .collect()
}

/// A program that has been laid out.
struct Built {
    expanded: Expanded,
    layout: Layout,
    /// Whether each expression macro is used.
    used_macros: Vec<bool>,
}

/// Expands and lays out a program, and warns of what every program is warned of. Tests are looked at where they may run.
fn build(
    session: &mut Session<'_>,
    loaded: &Loaded,
    globals: &[(String, Value)],
    tests: bool,
) -> Option<Built> {
    let Loaded {
        syntax,
        definitions,
        ..
    } = loaded;
    let expanded = expand(session, syntax, definitions, loaded.main, loaded.target);
    if session.has_given_up() {
        return None;
    }
    warn_of_overridden(session, syntax, globals);
    let mut evaluator = Evaluator::new(
        session,
        syntax,
        definitions,
        &expanded,
        loaded.target,
        globals,
    );
    let layout = lay_out(&mut evaluator);
    if tests {
        testing::check(&mut evaluator, loaded.main);
    }
    let used = std::mem::take(&mut evaluator.used);
    let used_macros = std::mem::take(&mut evaluator.used_macros);
    if session.has_errors() {
        return None;
    }
    let layout = layout?;
    analysis::unused_labels(session, syntax, &expanded, &used);
    analysis::unreachable(session, syntax, &expanded, loaded.target);
    Some(Built {
        expanded,
        layout,
        used_macros,
    })
}

/// A macro that is given from outside cannot have parameters.
fn warn_of_overridden(session: &mut Session<'_>, syntax: &Syntax, globals: &[(String, Value)]) {
    for (name, _) in globals {
        let symbol = syntax.names.find(name);
        let mut definitions = syntax.expression_macros.iter();
        let overridden = definitions.find(|definition| {
            Some(definition.name) == symbol && !definition.parameters.is_empty()
        });
        if let Some(definition) = overridden {
            let message =
                format!("the value of {name} was given from outside, but it has parameters");
            session.report(Diagnostic::warning("overridden", definition.span, message));
        }
    }
}

/// The bytecode of a program that has been laid out.
fn emit(expanded: &Expanded, layout: &Layout) -> Vec<u8> {
    let mut code = Vec::with_capacity(layout.positions.last().map_or(0, |end| *end as usize));
    for (index, item) in expanded.items.iter().enumerate() {
        let operand = layout.operand(index);
        match item.kind {
            ItemKind::Instruction { byte, .. } => code.push(byte),
            ItemKind::Push { .. } => code.push(0x5f + operand.len() as u8),
            _ => {}
        }
        code.extend_from_slice(operand);
    }
    code
}

fn labels(syntax: &Syntax, expanded: &Expanded, layout: &Layout) -> Vec<Label> {
    let instances = expanded.instances.iter();
    instances
        .map(|instance| {
            let definition = syntax.label(instance.definition);
            let position = layout.positions.get(instance.item as usize);
            Label {
                name: syntax.names.get(definition.name).into(),
                position: position.copied().unwrap_or(0),
                destination: !definition.dotted,
                span: definition.span,
            }
        })
        .collect()
}
