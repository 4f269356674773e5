//! What was covered of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Collected;
use super::codes::{Ranges, contract_of};
use super::items::{Item, Kind};
use super::sources::{self, Key, Source};
use crate::contracts::artifact::Contract;

/// How much of something there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ratio {
    /// What was executed.
    pub hit: usize,
    /// What there is.
    pub found: usize,
}

impl Ratio {
    fn of(hits: impl Iterator<Item = u64>) -> Self {
        let mut ratio = Self::default();
        for count in hits {
            ratio.found += 1;
            ratio.hit += usize::from(count > 0);
        }
        ratio
    }

    /// Of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            hit: self.hit + other.hit,
            found: self.found + other.found,
        }
    }

    /// Hundredths of a per cent; all of nothing.
    pub fn basis_points(self) -> usize {
        match self.found {
            0 => 10_000,
            found => self.hit.saturating_mul(10_000) / found,
        }
    }

    /// `66.67% (2/3)`.
    pub fn text(self) -> String {
        // Rounded as floats are when they are shown.
        let points = match self.found {
            0 => 10_000,
            found => (self.hit.saturating_mul(20_000) / found).div_ceil(2),
        };
        let (whole, part) = (points / 100, points % 100);
        format!("{whole}.{part:02}% ({}/{})", self.hit, self.found)
    }
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionHits {
    /// The line that it begins on.
    pub line: usize,
    /// `Contract.name`; overloads are numbered.
    pub name: String,
    /// How often it was entered.
    pub hits: u64,
}

/// One of the ways on from a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BranchHits {
    /// The line that it begins on.
    pub line: usize,
    /// Which place of the file.
    pub branch: usize,
    /// Which way.
    pub path: usize,
    /// How often it was taken.
    pub hits: u64,
}

/// A source file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCoverage {
    /// Its path, relative to the project.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Lines that something begins on, from 1.
    pub lines: BTreeMap<usize, u64>,
    /// Its functions, in order.
    pub functions: Vec<FunctionHits>,
    /// Its branches, in order.
    pub branches: Vec<BranchHits>,
    /// Its statements.
    pub statements: Ratio,
}

impl FileCoverage {
    /// How many lines were executed.
    pub fn line_ratio(&self) -> Ratio {
        Ratio::of(self.lines.values().copied())
    }

    /// How many functions were.
    pub fn function_ratio(&self) -> Ratio {
        Ratio::of(self.functions.iter().map(|function| function.hits))
    }

    /// How many branches were taken.
    pub fn branch_ratio(&self) -> Ratio {
        Ratio::of(self.branches.iter().map(|branch| branch.hits))
    }
}

/// What tests have covered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By path.
    pub files: Vec<FileCoverage>,
}

/// Which sources are measured, and where they are.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The project's folder.
    pub root: PathBuf,
    /// The folder or the file that artifacts came from.
    pub artifacts: PathBuf,
    /// The folder of sources; all of the project if there is none.
    pub sources: Option<PathBuf>,
    /// Folders of tests, scripts and libraries.
    pub others: Vec<PathBuf>,
}

impl Scope {
    fn has(&self, path: &str) -> bool {
        let file = Path::new(path);
        let mut parts = file.components();
        let is_test = parts.any(|part| {
            let name = part.as_os_str();
            ["test", "tests", "node_modules"]
                .iter()
                .any(|other| name == *other)
        });
        self.sources
            .as_ref()
            .is_none_or(|sources| file.starts_with(sources))
            && !self.others.iter().any(|other| file.starts_with(other))
            && !is_test
            && !path.ends_with(".t.sol")
            && !path.ends_with(".s.sol")
    }
}

/// Puts together what tests have executed and what sources have.
pub(crate) fn measure(
    collected: &Collected,
    contracts: &[Arc<Contract>],
    scope: &Scope,
) -> Coverage {
    let mut trees = sources::read(&scope.artifacts, &scope.root, &|path| scope.has(path));
    let mut seen: BTreeMap<Key, Vec<Ranges>> = BTreeMap::new();
    for (code, hits) in collected.hits() {
        let Some((contract, bytecode)) = contract_of(&code, contracts) else {
            continue;
        };
        let ranges = Ranges::new(bytecode, &hits);
        for file in ranges.files() {
            let key = (contract.compiler.clone(), file);
            seen.entry(key).or_default().push(ranges.clone());
        }
    }
    // Without a tree, source maps still know lines.
    for contract in contracts {
        let key = contract.source_id.map(|id| (contract.compiler.clone(), id));
        if let Some(key) = key.filter(|_| scope.has(&contract.source)) {
            trees.entry(key).or_insert_with(|| Source {
                path: contract.source.clone(),
                items: Vec::new(),
            });
        }
    }
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for (key, source) in trees {
        let path = source.path.clone();
        let file = files.entry(path).or_insert_with_key(|path| {
            let text = std::fs::read_to_string(scope.root.join(path)).unwrap_or_default();
            File::new(text)
        });
        file.add(
            key.1,
            source.items,
            seen.get(&key).map_or(&[], Vec::as_slice),
        );
    }
    let files = files.into_iter().map(|(path, file)| file.finish(path));
    let files = files.filter(|file| !file.lines.is_empty());
    Coverage {
        files: files.collect(),
    }
}

/// A file while it is being measured. One that was compiled several times has the same items each time.
#[derive(Default)]
struct File {
    text: String,
    /// Where lines begin.
    starts: Vec<usize>,
    items: Vec<Item>,
    counts: Vec<Option<u64>>,
    lines: BTreeMap<usize, u64>,
}

impl File {
    fn new(text: String) -> Self {
        let after = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = after.map(|(position, _)| position + 1).collect();
        Self {
            text,
            starts,
            ..Self::default()
        }
    }

    fn line(&self, position: usize) -> usize {
        self.starts.partition_point(|start| *start <= position) + 1
    }

    fn add(&mut self, id: u32, items: Vec<Item>, seen: &[Ranges]) {
        if items.is_empty() {
            self.add_lines(id, seen);
            return;
        }
        if self.items.is_empty() {
            self.counts = vec![None; items.len()];
            self.items = items;
        }
        for (item, count) in self.items.iter().zip(&mut self.counts) {
            for ranges in seen {
                let more = match &item.kind {
                    Kind::Function(_) => ranges.entered(id, &item.range),
                    Kind::Statement | Kind::Body { .. } => ranges.executed(id, &item.range),
                    Kind::Condition { path, .. } => {
                        let ways = ranges.condition(id, &item.range);
                        ways.map(|(on, away)| if *path == 0 { on } else { away })
                    }
                };
                if let Some(more) = more {
                    *count = Some(count.unwrap_or(0).saturating_add(more));
                }
            }
        }
    }

    /// All that is known without a tree: lines that the range of an instruction is on, and nothing else.
    fn add_lines(&mut self, id: u32, seen: &[Ranges]) {
        for ranges in seen {
            for (range, count) in ranges.of_file(id) {
                let line = self.line(range.start);
                if line == self.line(range.end) {
                    let hits = self.lines.entry(line).or_default();
                    *hits = (*hits).max(count);
                }
            }
        }
    }

    /// Functions share what is of their whole range, such as their ends, once code is optimised: one of which no part was
    /// executed was not entered.
    fn limit_functions(&mut self) {
        let mut most: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for (item, count) in self.items.iter().zip(&self.counts) {
            if let (false, Some(count)) = (matches!(item.kind, Kind::Function(_)), count) {
                let function = (item.function.start, item.function.end);
                let sum = most.entry(function).or_default();
                *sum = (*sum).max(*count);
            }
        }
        for (item, count) in self.items.iter().zip(&mut self.counts) {
            let inner = most.get(&(item.range.start, item.range.end));
            if let (Kind::Function(_), Some(count), Some(inner)) = (&item.kind, count, inner) {
                *count = (*count).min(*inner);
            }
        }
    }

    fn finish(mut self, path: String) -> FileCoverage {
        self.limit_functions();
        let functions = self.items.iter().zip(&self.counts);
        let entered: BTreeSet<(usize, usize)> = functions
            .filter(|(item, count)| {
                matches!(item.kind, Kind::Function(_)) && count.is_some_and(|count| count > 0)
            })
            .map(|(item, _)| (item.range.start, item.range.end))
            .collect();
        let mut file = FileCoverage {
            path,
            lines: self.lines.clone(),
            ..FileCoverage::default()
        };
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for (item, count) in self.items.iter().zip(&self.counts) {
            // The optimizer has left nothing of it, though its function has run: nobody knows how often it did.
            if count.is_none() && entered.contains(&(item.function.start, item.function.end)) {
                continue;
            }
            let (line, hits) = (self.line(item.range.start), count.unwrap_or(0));
            let is_branch = matches!(item.kind, Kind::Body { .. } | Kind::Condition { .. });
            if !is_branch {
                let sum = file.lines.entry(line).or_default();
                *sum = (*sum).max(hits);
            }
            match &item.kind {
                Kind::Function(name) => {
                    let same = names.entry(name).or_default();
                    *same += 1;
                    let name = match *same {
                        1 => name.clone(),
                        number => format!("{name}.{}", number - 1),
                    };
                    file.functions.push(FunctionHits { line, name, hits });
                }
                Kind::Statement => {
                    file.statements = file.statements.plus(Ratio::of(std::iter::once(hits)));
                }
                Kind::Body { branch, path } | Kind::Condition { branch, path } => {
                    file.branches.push(BranchHits {
                        line,
                        branch: *branch,
                        path: *path,
                        hits,
                    });
                }
            }
        }
        file.text = self.text;
        file
    }
}
