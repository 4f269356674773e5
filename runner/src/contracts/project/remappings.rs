//! What prefixes of imports stand for: as the project says it, then as its libraries say it, then as folders suggest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::{Config, Environment, Project, compilers, layers};

/// The file of remappings, one a line.
const FILE_NAME: &str = "remappings.txt";
/// Prefixes that are folders of nearly every library, and so say nothing.
const TOO_COMMON: &[&str] = &["lib/", "src/", "contracts/"];
/// How deep libraries of libraries are followed.
const MOST_DEPTH: usize = 8;

/// `context:prefix=path`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Remapping {
    context: Option<String>,
    prefix: String,
    path: PathBuf,
}

impl Remapping {
    fn parse(line: &str) -> Option<Remapping> {
        let (left, path) = line.trim().split_once('=')?;
        let (context, prefix) = match left.split_once(':') {
            Some((context, prefix)) => (Some(context), prefix),
            None => (None, left),
        };
        (!prefix.is_empty()).then(|| Remapping {
            context: context.filter(|text| !text.is_empty()).map(str::to_owned),
            prefix: prefix.to_owned(),
            path: path.into(),
        })
    }

    /// As `solc` reads it, with a path that is seen from the project's folder.
    fn text(&self, root: &Path) -> String {
        let path = self.path.strip_prefix(root).unwrap_or(&self.path);
        let mut path = path.to_string_lossy().replace('\\', "/");
        // A prefix that ends in a slash stands for a folder.
        if self.prefix.ends_with('/') && !path.ends_with('/') {
            path.push('/');
        }
        match &self.context {
            Some(context) => format!("{context}:{}={path}", self.prefix),
            None => format!("{}={path}", self.prefix),
        }
    }
}

/// All remappings of a project, without those that stronger ones make pointless.
pub fn all(project: &Project) -> Vec<String> {
    let root = &project.root;
    let mut remappings = of_environment(&project.environment);
    remappings.extend(of_file(root));
    remappings.extend(of_config(&project.config));
    if project.config.auto_detect_remappings {
        let own = [
            &project.config.src,
            &project.config.test,
            &project.config.script,
        ];
        let own: Vec<String> = own
            .iter()
            .map(|folder| format!("{}/", folder.display()))
            .collect();
        for found in of_libraries(project) {
            let names_own_folder = own
                .iter()
                .any(|folder| folder.eq_ignore_ascii_case(&found.prefix));
            if !names_own_folder && !covered(&remappings, &found) {
                remappings.push(found);
            }
        }
    }
    let mut seen = BTreeSet::new();
    let first =
        |remapping: &&Remapping| seen.insert((remapping.context.clone(), remapping.prefix.clone()));
    let kept = remappings.iter().filter(first);
    kept.map(|remapping| remapping.text(root)).collect()
}

fn covered(remappings: &[Remapping], found: &Remapping) -> bool {
    if found.prefix.ends_with(".sol") {
        let to_folder = found.path.extension().is_none_or(|ending| ending != "sol");
        return to_folder || remappings.contains(found);
    }
    remappings.iter().any(|stronger| {
        let folder = stronger
            .prefix
            .strip_suffix('/')
            .unwrap_or(&stronger.prefix);
        let below = found.prefix.strip_prefix(folder);
        stronger.context == found.context && below.is_some_and(|rest| rest.starts_with('/'))
    })
}

fn of_environment(environment: &Environment) -> Vec<Remapping> {
    let text = environment
        .get("DAPP_REMAPPINGS")
        .or_else(|| environment.get("FOUNDRY_REMAPPINGS"));
    lines(text.unwrap_or_default())
}

fn of_file(folder: &Path) -> Vec<Remapping> {
    lines(&fs::read_to_string(folder.join(FILE_NAME)).unwrap_or_default())
}

fn of_config(config: &Config) -> Vec<Remapping> {
    let lines = config.remappings.iter();
    lines.filter_map(|line| Remapping::parse(line)).collect()
}

fn lines(text: &str) -> Vec<Remapping> {
    text.lines().filter_map(Remapping::parse).collect()
}

/// Remappings that libraries have for themselves, and prefixes that are names of their folders.
fn of_libraries(project: &Project) -> Vec<Remapping> {
    let mut closest: BTreeMap<(Option<String>, String), PathBuf> = BTreeMap::new();
    let mut keep = |found: Remapping| {
        let key = (found.context, found.prefix);
        let rank = |path: &PathBuf| (path.components().count(), !path.ends_with("src"));
        match closest.get(&key) {
            Some(path) if (rank(path), path) <= (rank(&found.path), &found.path) => {}
            _ => {
                closest.insert(key, found.path);
            }
        }
    };
    let libs: Vec<PathBuf> = project
        .config
        .libs
        .iter()
        .map(|lib| project.root.join(lib))
        .collect();
    let mut seen = BTreeSet::from([project.root.clone()]);
    // Libraries that say where their sources are need no guess.
    let mut told = BTreeSet::new();
    for lib in &libs {
        let mut keep_told = |found: Remapping, sources: bool| {
            if sources {
                told.insert(found.prefix.clone());
            }
            keep(found);
        };
        nested(
            lib,
            &project.environment,
            MOST_DEPTH,
            &mut seen,
            &mut keep_told,
        );
    }
    for lib in &libs {
        for (prefix, path) in compilers::find_remappings(lib) {
            if !TOO_COMMON.contains(&prefix.as_str()) && !told.contains(&prefix) {
                keep(Remapping {
                    context: None,
                    prefix,
                    path,
                });
            }
        }
    }
    let found = closest.into_iter();
    found
        .map(|((context, prefix), path)| Remapping {
            context,
            prefix,
            path,
        })
        .collect()
}

/// What the projects in a folder of libraries say about their imports.
fn nested(
    libraries: &Path,
    environment: &Environment,
    depth: usize,
    seen: &mut BTreeSet<PathBuf>,
    keep: &mut dyn FnMut(Remapping, bool),
) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let entries = fs::read_dir(libraries).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders.iter().filter(|folder| Project::is_at(folder)) {
        let Ok(canonical) = folder.canonicalize() else {
            continue;
        };
        if !seen.insert(canonical) {
            continue;
        }
        // A library whose configuration is broken is used without it.
        let Ok(merged) = layers::merge(folder, &environment.only_profile()) else {
            continue;
        };
        let Ok(config) = Config::of(merged.settings, folder) else {
            continue;
        };
        let inner = of_config(&config).into_iter().chain(of_file(folder));
        for remapping in inner {
            let context = remapping.context.map(|context| {
                let context = plain(&folder.join(context));
                context.to_string_lossy().into_owned()
            });
            let inner = Remapping {
                context,
                prefix: remapping.prefix,
                path: plain(&folder.join(remapping.path)),
            };
            keep(inner, false);
        }
        let usual = ["src", "contracts", "lib"].map(Path::new);
        if !usual.contains(&config.src.as_path())
            && let Some(name) = folder.file_name().and_then(|name| name.to_str())
        {
            let sources = Remapping {
                context: None,
                prefix: format!("{name}/"),
                path: folder.join(&config.src),
            };
            keep(sources, true);
        }
        for lib in &config.libs {
            nested(&folder.join(lib), environment, depth, seen, keep);
        }
    }
}

/// A path without `.` and `..`, whether it is there or not.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
