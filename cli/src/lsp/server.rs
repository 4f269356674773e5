//! The state of a session: documents, programs, what was said of them, and what an editor has been told.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use gasworks_assembler::Program;
use gen_lsp_types as lsp;
use serde_json::{Value, json};

use super::diagnostics::{Checked, check};
use super::documents::{Document, Documents, path_of};
use super::requests::{Refusal, parsed};
use super::workspace::Workspace;

/// What changed since programs were checked.
#[derive(Debug, Default)]
enum Changed {
    #[default]
    Nothing,
    Files(BTreeSet<PathBuf>),
    /// Files may have come or gone.
    Anything,
}

/// A session.
#[derive(Default)]
pub struct Server {
    pub documents: Documents,
    pub workspace: Workspace,
    /// Programs by their main files.
    checked: BTreeMap<PathBuf, Checked>,
    changed: Changed,
    /// What the editor shows.
    published: BTreeMap<PathBuf, Vec<lsp::Diagnostic>>,
}

impl Server {
    /// Begins a session: what the server can do.
    pub fn initialize(&mut self, parameters: &Value) -> Value {
        let folders = parameters.get("workspaceFolders").and_then(Value::as_array);
        let folders = folders.into_iter().flatten();
        let folders = folders.filter_map(|folder| folder.get("uri"));
        let mut addresses: Vec<&Value> = folders.collect();
        if addresses.is_empty() {
            addresses.extend(parameters.get("rootUri"));
        }
        let addresses = addresses.into_iter().filter_map(Value::as_str);
        self.documents.folders = addresses
            .map(|address| path_of(&lsp::Uri(address.to_owned())))
            .filter(|path| path.is_absolute())
            .collect();
        self.workspace = Workspace::scan(&self.documents);
        json!({
            "capabilities": capabilities(),
            "serverInfo": { "name": "gasworks", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// Learns of something. What it does not understand changes nothing.
    pub fn notified(&mut self, method: &str, parameters: Value) {
        // A notification has no answer, not even that it was wrong.
        let _ = match method {
            "textDocument/didOpen" => self.opened(parameters),
            "textDocument/didChange" => self.edited(parameters),
            "textDocument/didClose" => self.closed(parameters),
            "textDocument/didSave" | "workspace/didChangeWatchedFiles" => {
                self.workspace = Workspace::scan(&self.documents);
                self.changed = Changed::Anything;
                Ok(())
            }
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(parameters),
            _ => Ok(()),
        };
    }

    fn opened(&mut self, parameters: Value) -> Result<(), Refusal> {
        let opened: lsp::DidOpenTextDocumentParams = parsed(parameters)?;
        let opened = opened.text_document;
        let path = path_of(&opened.uri);
        let document = Document {
            uri: opened.uri,
            version: opened.version,
            text: opened.text,
        };
        self.documents.open.insert(path.clone(), document);
        self.changed(path);
        Ok(())
    }

    fn edited(&mut self, parameters: Value) -> Result<(), Refusal> {
        let edited: lsp::DidChangeTextDocumentParams = parsed(parameters)?;
        let document = edited.text_document;
        let path = path_of(&document.text_document_identifier.uri);
        self.documents
            .change(&path, document.version, edited.content_changes);
        self.changed(path);
        Ok(())
    }

    fn closed(&mut self, parameters: Value) -> Result<(), Refusal> {
        let closed: lsp::DidCloseTextDocumentParams = parsed(parameters)?;
        let path = path_of(&closed.text_document.uri);
        self.documents.open.remove(&path);
        self.changed(path);
        Ok(())
    }

    fn folders_changed(&mut self, parameters: Value) -> Result<(), Refusal> {
        let changed: lsp::DidChangeWorkspaceFoldersParams = parsed(parameters)?;
        let event = changed.event;
        let removed: Vec<PathBuf> = event
            .removed
            .iter()
            .map(|folder| path_of(&folder.uri))
            .collect();
        self.documents
            .folders
            .retain(|folder| !removed.contains(folder));
        let added = event.added.iter().map(|folder| path_of(&folder.uri));
        self.documents
            .folders
            .extend(added.filter(|path| path.is_absolute()));
        self.workspace = Workspace::scan(&self.documents);
        self.changed = Changed::Anything;
        Ok(())
    }

    fn changed(&mut self, path: PathBuf) {
        if let Some(text) = self.documents.text(&path) {
            self.workspace.enter(&self.documents, &path, &text);
        }
        match &mut self.changed {
            Changed::Anything => {}
            Changed::Files(paths) => {
                paths.insert(path);
            }
            Changed::Nothing => self.changed = Changed::Files(BTreeSet::from([path])),
        }
    }

    /// Checks what has changed, and what there is to tell the editor of it.
    pub fn refresh(&mut self) -> Vec<lsp::PublishDiagnosticsParams> {
        let changed = std::mem::take(&mut self.changed);
        if matches!(changed, Changed::Nothing) {
            return Vec::new();
        }
        let open = self.documents.open.keys();
        let mains: BTreeSet<PathBuf> = open.flat_map(|path| self.workspace.mains(path)).collect();
        self.checked.retain(|main, _| mains.contains(main));
        for main in mains {
            let is_current = match (&changed, self.checked.get(&main)) {
                (Changed::Files(paths), Some(checked)) => {
                    !paths.iter().any(|path| checked.found.contains_key(path))
                }
                _ => false,
            };
            if !is_current && let Some(text) = self.documents.text(&main) {
                let checked = check(&self.documents, &main, &text);
                self.checked.insert(main, checked);
            }
        }
        self.differences()
    }

    /// What the editor does not show yet, or should no longer show.
    fn differences(&mut self) -> Vec<lsp::PublishDiagnosticsParams> {
        let mut current: BTreeMap<PathBuf, Vec<lsp::Diagnostic>> = BTreeMap::new();
        for checked in self.checked.values() {
            for (path, found) in &checked.found {
                let all = current.entry(path.clone()).or_default();
                let new = found.iter().filter(|one| !all.contains(one));
                let new: Vec<_> = new.cloned().collect();
                all.extend(new);
            }
        }
        let gone = self
            .published
            .keys()
            .filter(|path| !current.contains_key(*path));
        let gone: Vec<PathBuf> = gone.cloned().collect();
        current.extend(gone.into_iter().map(|path| (path, Vec::new())));
        let news = current
            .iter()
            .filter(|(path, found)| self.published.get(*path) != Some(found));
        let news = news.map(|(path, found)| {
            let document = self.documents.open.get(path);
            let version = document.map(|document| document.version);
            lsp::PublishDiagnosticsParams::new(self.documents.uri(path), version, found.clone())
        });
        let news = news.collect();
        // A file that nothing is said of any more is forgotten.
        current.retain(|path, found| {
            !found.is_empty()
                || self
                    .checked
                    .values()
                    .any(|checked| checked.found.contains_key(path))
        });
        self.published = current;
        news
    }

    /// A program as it was assembled last, if it could be.
    pub fn assembled(&self, main: &Path) -> Option<&Program> {
        self.checked.get(main)?.assembled.as_ref()
    }
}

fn capabilities() -> lsp::ServerCapabilities {
    let triggers = ["@", "%", "$", "#", "."];
    lsp::ServerCapabilities {
        text_document_sync: Some(
            lsp::TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(lsp::TextDocumentSyncKind::Incremental),
                save: Some(true.into()),
                ..lsp::TextDocumentSyncOptions::default()
            }
            .into(),
        ),
        hover_provider: Some(true.into()),
        definition_provider: Some(true.into()),
        references_provider: Some(true.into()),
        rename_provider: Some(
            lsp::RenameOptions {
                prepare_provider: Some(true),
                ..lsp::RenameOptions::default()
            }
            .into(),
        ),
        document_symbol_provider: Some(true.into()),
        document_formatting_provider: Some(true.into()),
        completion_provider: Some(lsp::CompletionOptions {
            trigger_characters: Some(triggers.map(str::to_owned).to_vec()),
            ..lsp::CompletionOptions::default()
        }),
        ..lsp::ServerCapabilities::default()
    }
}
