//! What tests of assembly have executed of their programs, by the assembler's source maps.
//!
//! A statement is an instruction as it is written; in a macro it counts whoever uses the macro. A line has the hits of the
//! statement on it that was executed most often, and each JUMPI is a branch with two ways on.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use gasworks_assembler::{Mapping, SourceMap, Span, TestedProgram};

use crate::contracts::coverage::{BranchHits, Collected, Coverage, FileCoverage, Hits, Ratio};

const JUMPI: u8 = 0x57;

/// What has been executed of all programs. Sums do not depend on the order of threads.
#[derive(Clone, Debug, Default)]
pub struct Covered(Arc<Mutex<BTreeMap<String, File>>>);

/// What has been executed of a file.
#[derive(Debug, Default)]
struct File {
    text: String,
    /// By position.
    statements: BTreeMap<u32, Statement>,
}

#[derive(Debug, Default)]
struct Statement {
    line: usize,
    hits: u64,
    /// How often it jumped, if it is a JUMPI.
    jumped: Option<u64>,
}

impl Covered {
    /// Adds what was executed of a program.
    pub(super) fn add(&self, tested: &TestedProgram, collected: &Collected) {
        let code = &tested.program.code;
        let mut files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (executed, hits) in collected.hits() {
            if let Some(offset) = offset_of(&executed, code, &tested.program.map) {
                add(&mut files, tested, offset, &hits);
            }
        }
        // What was never executed is there, too.
        add(&mut files, tested, 0, &Hits::default());
    }

    /// What there is so far.
    pub fn coverage(&self) -> Coverage {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let files = files.iter().map(|(path, file)| file.coverage(path));
        Coverage {
            files: files.collect(),
        }
    }
}

/// Where in a program code begins that was executed: it may be the program itself, with other values in its pushes or
/// something behind it, or a part of it.
fn offset_of(executed: &[u8], code: &[u8], map: &SourceMap) -> Option<usize> {
    let mut instructions = map.mappings.iter().filter(|one| !one.data);
    let same = |mapping: &Mapping| {
        let position = mapping.position as usize;
        executed.get(position) == code.get(position)
    };
    if executed.starts_with(code) || executed.len() == code.len() && instructions.all(same) {
        return Some(0);
    }
    let mut windows = code.windows(executed.len().max(1));
    windows.position(|window| window == executed)
}

fn add(files: &mut BTreeMap<String, File>, tested: &TestedProgram, offset: usize, hits: &Hits) {
    let program = &tested.program;
    let of_one = |a: &Mapping, b: &Mapping| (a.span, a.user, a.data) == (b.span, b.user, b.data);
    // A statement may be several instructions, such as a jump with its destination.
    for parts in program.map.mappings.chunk_by(of_one) {
        let Some(first) = parts.first().filter(|one| !one.data) else {
            continue;
        };
        let (mut count, mut jump) = (0, None::<u64>);
        for mapping in parts {
            let position = mapping.position as usize;
            let place = position.checked_sub(offset);
            let executed = place.and_then(|place| hits.executed.get(place).copied());
            count = count.max(executed.unwrap_or(0));
            if program.code.get(position) == Some(&JUMPI) {
                let jumped = place.and_then(|place| hits.jumped.get(&place).copied());
                jump = Some(jumped.unwrap_or(0));
            }
        }
        let statement = statement(files, tested, first.span);
        statement.hits = statement.hits.saturating_add(count);
        if let Some(jump) = jump {
            let known = statement.jumped.get_or_insert(0);
            *known = known.saturating_add(jump);
        }
    }
}

fn statement<'a>(
    files: &'a mut BTreeMap<String, File>,
    tested: &TestedProgram,
    span: Span,
) -> &'a mut Statement {
    let sources = tested.sources();
    let file = files
        .entry(sources.name(span.file).to_owned())
        .or_insert_with(|| File {
            text: sources.text(span.file).to_owned(),
            ..File::default()
        });
    file.statements
        .entry(span.start)
        .or_insert_with(|| Statement {
            line: sources.position(span.file, span.start).line as usize,
            ..Statement::default()
        })
}

impl File {
    fn coverage(&self, path: &str) -> FileCoverage {
        let mut lines: BTreeMap<usize, u64> = BTreeMap::new();
        let mut branches = Vec::new();
        for statement in self.statements.values() {
            let line = lines.entry(statement.line).or_default();
            *line = (*line).max(statement.hits);
            let Some(jumped) = statement.jumped else {
                continue;
            };
            let branch = branches.len() / 2;
            let ways = [jumped, statement.hits.saturating_sub(jumped)];
            branches.extend(ways.into_iter().enumerate().map(|(path, hits)| BranchHits {
                line: statement.line,
                branch,
                path,
                hits,
            }));
        }
        let statements = self.statements.values();
        FileCoverage {
            path: path.to_owned(),
            text: self.text.clone(),
            lines,
            branches,
            statements: Ratio {
                hit: statements.clone().filter(|one| one.hits > 0).count(),
                found: statements.count(),
            },
            ..FileCoverage::default()
        }
    }
}
