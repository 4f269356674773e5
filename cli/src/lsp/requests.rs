//! What the editor asks for. Each answer is made from the documents as they are now.

use std::path::{Path, PathBuf};

use gasworks_assembler::{
    MentionKind, NameScope, Place, Proposal, ProposalKind, SymbolKind, complete, hover,
};
use gen_lsp_types as lsp;
use serde_json::{Value, json};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::documents::path_of;
use super::rename::{Edits, rename};
use super::server::Server;
use super::text::Positions;
use super::workspace::{Program, included_path};

/// Why a request has no answer.
pub enum Refusal {
    UnknownMethod,
    /// The parameters are not what the method takes.
    BadParameters(String),
    /// What was asked for cannot be done.
    Failed(String),
}

type Answer = Result<Value, Refusal>;

/// Answers a request.
pub fn answer(server: &Server, method: &str, parameters: Value) -> Answer {
    match method {
        "textDocument/hover" => hovered(server, &Asked::of(parameters)?),
        "textDocument/definition" => definition(server, &Asked::of(parameters)?),
        "textDocument/references" => {
            let context = parameters.get("context");
            let definitions = context.and_then(|context| context.get("includeDeclaration"));
            let definitions = definitions.and_then(Value::as_bool).unwrap_or(true);
            references(server, &Asked::of(parameters)?, definitions)
        }
        "textDocument/prepareRename" => prepare_rename(server, &Asked::of(parameters)?),
        "textDocument/rename" => {
            let name = parameters.get("newName").and_then(Value::as_str);
            let name = name.unwrap_or_default().to_owned();
            renamed(server, &Asked::of(parameters)?, &name)
        }
        "textDocument/completion" => completion(server, &Asked::of(parameters)?),
        "textDocument/documentSymbol" => {
            let asked: lsp::DocumentSymbolParams = parsed(parameters)?;
            Ok(symbols(server, &path_of(&asked.text_document.uri)))
        }
        "textDocument/formatting" => {
            let asked: lsp::DocumentFormattingParams = parsed(parameters)?;
            Ok(formatting(server, &path_of(&asked.text_document.uri)))
        }
        _ => Err(Refusal::UnknownMethod),
    }
}

pub fn parsed<T: serde::de::DeserializeOwned>(parameters: Value) -> Result<T, Refusal> {
    serde_json::from_value(parameters).map_err(|why| Refusal::BadParameters(why.to_string()))
}

/// A place in a document.
struct Asked {
    path: PathBuf,
    position: lsp::Position,
}

impl Asked {
    fn of(parameters: Value) -> Result<Self, Refusal> {
        let asked: lsp::TextDocumentPositionParams = parsed(parameters)?;
        Ok(Self {
            path: path_of(&asked.text_document.uri),
            position: asked.position,
        })
    }

    fn offset(&self, server: &Server) -> Option<u32> {
        let document = server.documents.open.get(&self.path)?;
        Some(Positions::of(&document.text).offset(self.position))
    }

    /// The programs that the document belongs to, each with what is mentioned at the place.
    fn mentions(&self, server: &Server) -> Vec<(PathBuf, Program, Place)> {
        let Some(offset) = self.offset(server) else {
            return Vec::new();
        };
        let mains = server.workspace.mains(&self.path).into_iter();
        mains
            .filter_map(|main| {
                let program = Program::load(&server.documents, &main, &self.path)?;
                let place = program.mention_at(offset)?;
                Some((main, program, place))
            })
            .collect()
    }

    /// All programs that have what is mentioned at the place: those of the file that defines it, too.
    fn programs(&self, server: &Server) -> Vec<(Program, Place)> {
        let mut found = Vec::new();
        let mut mains = Vec::new();
        let mut elsewhere = Vec::new();
        for (main, program, place) in self.mentions(server) {
            let definitions = program.index.definitions_of(place);
            let definition = definitions.first().copied();
            elsewhere.extend(definition.and_then(|one| Some((program.path(one.file)?, one))));
            mains.push(main);
            found.push((program, place));
        }
        for (path, definition) in elsewhere {
            for main in server.workspace.mains(&path) {
                if mains.contains(&main) {
                    continue;
                }
                let program = Program::load(&server.documents, &main, &path);
                if let Some(program) = program {
                    let place = program.mention_at(definition.mention.start);
                    found.extend(place.map(|place| (program, place)));
                    mains.push(main);
                }
            }
        }
        found
    }
}

/// The range of a mention of a program.
fn location(server: &Server, program: &Program, place: &Place) -> Option<lsp::Location> {
    let file = program.index.files.get(place.file)?;
    let range = Positions::of(&file.text).range(place.mention.start, place.mention.end);
    let path = program.path(place.file)?;
    Some(lsp::Location::new(server.documents.uri(&path), range))
}

fn hovered(server: &Server, asked: &Asked) -> Answer {
    let Some((main, program, place)) = asked.mentions(server).into_iter().next() else {
        return Ok(Value::Null);
    };
    let assembled = server.assembled(&main);
    let text = hover(&program.index, place, assembled);
    let range = location(server, &program, &place).map(|location| location.range);
    Ok(text.map_or(
        Value::Null,
        |text| json!({ "contents": { "kind": "markdown", "value": text }, "range": range }),
    ))
}

fn definition(server: &Server, asked: &Asked) -> Answer {
    let mut found: Vec<lsp::Location> = Vec::new();
    for (_, program, place) in asked.mentions(server) {
        let is_path = matches!(
            place.mention.kind,
            MentionKind::Include | MentionKind::Assemble
        );
        let file = program.index.files.get(place.file).filter(|_| is_path);
        let path = file.and_then(|file| {
            included_path(&program.root, &asked.path, file.text_of(&place.mention))
        });
        let path = path.filter(|path| server.documents.open.contains_key(path) || path.is_file());
        let whole =
            path.map(|path| lsp::Location::new(server.documents.uri(&path), lsp::Range::default()));
        let definitions = program.index.definitions_of(place);
        let definitions = definitions
            .iter()
            .filter_map(|definition| location(server, &program, definition));
        for one in whole.into_iter().chain(definitions) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    Ok(json!(found))
}

fn references(server: &Server, asked: &Asked, definitions: bool) -> Answer {
    let mut found: Vec<lsp::Location> = Vec::new();
    for (program, place) in asked.programs(server) {
        for mention in program.index.mentions_of(place) {
            let is_definition = matches!(mention.mention.kind, MentionKind::Definition(_));
            let Some(one) = location(server, &program, &mention) else {
                continue;
            };
            if (definitions || !is_definition) && !found.contains(&one) {
                found.push(one);
            }
        }
    }
    Ok(json!(found))
}

fn prepare_rename(server: &Server, asked: &Asked) -> Answer {
    let defined = asked
        .mentions(server)
        .into_iter()
        .find(|(_, program, place)| {
            let definitions = program.index.definitions_of(*place);
            !definitions.is_empty()
        });
    Ok(match defined {
        Some((_, program, place)) => {
            let file = program.index.files.get(place.file);
            let name = file.map(|file| file.text_of(&place.mention));
            let range = location(server, &program, &place).map(|location| location.range);
            json!({ "range": range, "placeholder": name })
        }
        None => Value::Null,
    })
}

fn renamed(server: &Server, asked: &Asked, name: &str) -> Answer {
    let programs = asked.programs(server);
    let edits: Edits = rename(&programs, name).map_err(Refusal::Failed)?;
    let name = name.trim_start_matches(['@', '%', '$', '.']);
    let mut changes = serde_json::Map::new();
    for (path, ranges) in edits {
        let text = server.documents.text(&path).unwrap_or_default();
        let positions = Positions::of(&text);
        let edits = ranges
            .into_iter()
            .map(|(start, end)| lsp::TextEdit::new(positions.range(start, end), name.to_owned()));
        let edits: Vec<_> = edits.collect();
        changes.insert(server.documents.uri(&path).0, json!(edits));
    }
    Ok(json!({ "changes": changes }))
}

fn completion(server: &Server, asked: &Asked) -> Answer {
    let Some(offset) = asked.offset(server) else {
        return Ok(Value::Null);
    };
    let mains = server.workspace.mains(&asked.path).into_iter();
    let mut programs =
        mains.filter_map(|main| Program::load(&server.documents, &main, &asked.path));
    let Some(program) = programs.next() else {
        return Ok(Value::Null);
    };
    let (start, proposals) = complete(&program.index, program.file, offset);
    let file = program.index.files.get(program.file);
    let text = file.map_or("", |file| &file.text);
    let range = Positions::of(text).range(start, offset);
    let items = proposals.into_iter().map(|proposal| item(proposal, range));
    Ok(json!(items.collect::<Vec<_>>()))
}

fn item(proposal: Proposal, range: lsp::Range) -> lsp::CompletionItem {
    use lsp::CompletionItemKind as Kind;
    let (kind, detail) = match proposal.kind {
        ProposalKind::Instruction => (Kind::Keyword, "instruction"),
        ProposalKind::Directive => (Kind::Keyword, "directive"),
        ProposalKind::BuiltIn => (Kind::Function, "built-in macro"),
        ProposalKind::Symbol(kind) => match kind {
            SymbolKind::Label | SymbolKind::Mark => (Kind::Reference, "label"),
            SymbolKind::Data => (Kind::Constant, "data"),
            SymbolKind::ExpressionMacro => (Kind::Constant, "macro"),
            SymbolKind::InstructionMacro => (Kind::Snippet, "instruction macro"),
            SymbolKind::Parameter => (Kind::Variable, "parameter"),
        },
    };
    lsp::CompletionItem {
        label: proposal.text.clone(),
        kind: Some(kind),
        detail: Some(detail.to_owned()),
        text_edit: Some(lsp::TextEdit::new(range, proposal.text).into()),
        ..lsp::CompletionItem::default()
    }
}

/// The definitions of a file. Those within a macro are below it.
fn symbols(server: &Server, path: &Path) -> Value {
    let Some(document) = server.documents.open.get(path) else {
        return Value::Null;
    };
    let text = document.text.as_str();
    let index = gasworks_assembler::Index::of(text);
    let positions = Positions::of(text);
    let mut found: Vec<(lsp::DocumentSymbol, Option<NameScope>)> = Vec::new();
    // Macros have their scopes in the order of their definitions; the first scope is the file's.
    let mut scopes = index.scopes.iter().skip(1);
    for mention in &index.mentions {
        let MentionKind::Definition(kind) = mention.kind else {
            continue;
        };
        let name = text.get(mention.start as usize..mention.end as usize);
        let selection = positions.range(mention.start, mention.end);
        let scope = match kind {
            SymbolKind::Parameter => continue,
            SymbolKind::ExpressionMacro | SymbolKind::InstructionMacro => scopes.next().copied(),
            _ => None,
        };
        let range = scope.map_or(selection, |scope| positions.range(scope.start, scope.end));
        let symbol = symbol(kind, name.unwrap_or(""), range, selection);
        let around = index.scopes.get(mention.scope as usize);
        let around = around.filter(|_| mention.scope > 0);
        let parent = found
            .iter_mut()
            .rev()
            .find(|(_, scope)| scope.as_ref() == around && around.is_some());
        match parent {
            Some((parent, _)) => parent.children.get_or_insert_default().push(symbol),
            None => found.push((symbol, scope)),
        }
    }
    let symbols = found.into_iter().map(|(symbol, _)| symbol);
    json!(symbols.collect::<Vec<_>>())
}

fn symbol(
    kind: SymbolKind,
    name: &str,
    range: lsp::Range,
    selection: lsp::Range,
) -> lsp::DocumentSymbol {
    use lsp::SymbolKind as Kind;
    let (name, kind) = match kind {
        SymbolKind::Label => (format!("{name}:"), Kind::Key),
        SymbolKind::Mark => (format!(".{name}:"), Kind::Key),
        SymbolKind::InstructionMacro => (format!("%{name}"), Kind::Function),
        SymbolKind::Data | SymbolKind::ExpressionMacro | SymbolKind::Parameter => {
            (name.to_owned(), Kind::Constant)
        }
    };
    lsp::DocumentSymbol::new(name, None, kind, None, None, range, selection, None)
}

/// The edits that format a document. One that cannot be formatted stays: what is wrong with it is known already.
fn formatting(server: &Server, path: &Path) -> Value {
    let Some(document) = server.documents.open.get(path) else {
        return Value::Null;
    };
    let old = document.text.as_str();
    let Ok(new) = gasworks_assembler::format(old) else {
        return Value::Null;
    };
    let (old_lines, new_lines) = (lines(old), lines(&new));
    let mut starts = vec![0];
    for line in &old_lines {
        starts.push(starts.last().map_or(0, |last| last + line.len() as u32));
    }
    let positions = Positions::of(old);
    let changes = capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines);
    let changed = changes
        .iter()
        .filter(|change| change.tag() != DiffTag::Equal);
    let edits = changed.filter_map(|change| {
        let range = change.old_range();
        let (start, end) = (starts.get(range.start)?, starts.get(range.end)?);
        let text = new_lines.get(change.new_range())?.concat();
        Some(lsp::TextEdit::new(positions.range(*start, *end), text))
    });
    json!(edits.collect::<Vec<_>>())
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
