//! Where settings come from, from the weakest to the strongest: the user's own `foundry.toml`, the project's with the
//! file that it extends, sections, the profile, the environment.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::keys;
use super::{ConfigError, Environment};

/// The name of the file.
pub const FILE_NAME: &str = "foundry.toml";
const DEFAULT_PROFILE: &str = "default";
/// Settings of the environment that have a form of their own, or are too dangerous to be taken from there.
const NOT_FROM_ENVIRONMENT: &[&str] = &[
    "profile",
    "config",
    "remappings",
    "libraries",
    "ffi",
    "fs_permissions",
    "solc_version",
];

/// What all sources say together.
pub struct Merged {
    /// The settings of the profile.
    pub settings: Table,
    /// What is odd about them.
    pub warnings: Vec<String>,
}

/// Brings the sources of a project's configuration together.
pub fn merge(root: &Path, environment: &Environment) -> Result<Merged, ConfigError> {
    let mut merged = Merged {
        settings: directories(root),
        warnings: Vec::new(),
    };
    let profile = environment
        .get("FOUNDRY_PROFILE")
        .unwrap_or(DEFAULT_PROFILE);
    if let Some(home) = environment.get("HOME") {
        let file = Path::new(home).join(".foundry").join(FILE_NAME);
        merged.add_file(read(&file)?, profile);
    }
    let file = match environment.get("FOUNDRY_CONFIG") {
        Some(file) => root.join(file),
        None => root.join(FILE_NAME),
    };
    let document = read_extended(&file, profile)?;
    merged.warn(&document, &file, profile);
    merged.add_file(document, profile);
    merged.add_environment(environment);
    Ok(merged)
}

/// Folders as they are usual in the field, where there are any of these names.
fn directories(root: &Path) -> Table {
    let there = |name: &str| root.join(name).exists();
    let either = |usual: &str, other: &str| match there(other) && !there(usual) {
        true => other.to_owned(),
        false => usual.to_owned(),
    };
    let libs: Vec<Value> = match (there("lib"), there("node_modules")) {
        (true, true) => vec!["lib".into(), "node_modules".into()],
        (false, true) => vec!["node_modules".into()],
        _ => vec!["lib".into()],
    };
    let mut table = Table::new();
    table.insert("src".into(), either("src", "contracts").into());
    table.insert("out".into(), either("out", "artifacts").into());
    table.insert("libs".into(), libs.into());
    table
}

fn read(file: &Path) -> Result<Table, ConfigError> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Table::new()),
        Err(error) => return Err(ConfigError::Read(file.to_owned(), error)),
    };
    text.parse()
        .map_err(|error: toml::de::Error| ConfigError::Toml(file.to_owned(), error.to_string()))
}

/// Reads a file and the one that its profile extends.
fn read_extended(file: &Path, profile: &str) -> Result<Table, ConfigError> {
    let mut document = read(file)?;
    let extends = |document: &Table| {
        let profiles = document.get("profile")?.as_table()?;
        profiles.get(profile)?.get("extends").cloned()
    };
    let Some(extended) = extends(&document) else {
        return Ok(document);
    };
    let (path, strategy) = match &extended {
        Value::Table(table) => (
            table.get("path").and_then(Value::as_str),
            table.get("strategy").and_then(Value::as_str),
        ),
        other => (other.as_str(), None),
    };
    let wrong = |reason: &str| ConfigError::Extends(file.to_owned(), reason.to_owned());
    let path = path.ok_or_else(|| wrong("a path is needed"))?;
    let base: PathBuf = match file.parent() {
        Some(folder) => folder.join(path),
        None => path.into(),
    };
    if !base.is_file() {
        return Err(wrong(&format!("there is no {path}")));
    }
    let mut base = read(&base)?;
    if extends(&base).is_some() {
        return Err(wrong(&format!("{path} itself extends a file")));
    }
    let arrays = match strategy {
        None | Some("extend-arrays") => Arrays::Joined,
        Some("replace-arrays") => Arrays::Replaced,
        Some("no-collision") => {
            if collide(&base, &document, profile) {
                return Err(wrong(&format!(
                    "{path} has settings that this file has, too"
                )));
            }
            Arrays::Replaced
        }
        Some(other) => return Err(wrong(&format!("there is no strategy {other}"))),
    };
    lay_over(&mut base, std::mem::take(&mut document), arrays);
    Ok(base)
}

fn collide(base: &Table, document: &Table, profile: &str) -> bool {
    let settings = |table: &Table| Some(table.get("profile")?.get(profile)?.as_table()?.clone());
    match (settings(base), settings(document)) {
        (Some(base), Some(own)) => own
            .keys()
            .any(|key| key != "extends" && base.contains_key(key)),
        _ => false,
    }
}

#[derive(Clone, Copy)]
enum Arrays {
    Replaced,
    Joined,
}

/// Lays a table over another: tables are merged, everything else is replaced.
fn lay_over(below: &mut Table, above: Table, arrays: Arrays) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => lay_over(below, above, arrays),
            (Some(Value::Array(below)), Value::Array(above))
                if matches!(arrays, Arrays::Joined) =>
            {
                below.extend(above);
            }
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}

impl Merged {
    fn add_file(&mut self, mut document: Table, profile: &str) {
        let profiles = document.remove("profile");
        let profiles = profiles.and_then(|value| value.try_into::<Table>().ok());
        let mut profiles = profiles.unwrap_or_default();
        // An older form has profiles at the top.
        for name in [DEFAULT_PROFILE, profile] {
            let free = !keys::SECTIONS.contains(&name) && !profiles.contains_key(name);
            if let Some(value) = document.remove(name).filter(|_| free) {
                profiles.insert(name.to_owned(), value);
            }
        }
        if profile != DEFAULT_PROFILE {
            self.add_profile(profiles.remove(DEFAULT_PROFILE));
        }
        let fuzz = document.get("fuzz").cloned();
        for section in keys::SECTIONS {
            let mut value = document.remove(*section);
            // What holds for one kind of property test holds for the other, unless it says otherwise.
            if *section == "invariant" {
                let mut both = Table::new();
                for layer in [fuzz.clone(), value].into_iter().flatten() {
                    if let Value::Table(layer) = layer {
                        both.extend(layer);
                    }
                }
                value = (!both.is_empty()).then_some(Value::Table(both));
            }
            if let Some(value) = value {
                let table = Table::from_iter([((*section).to_owned(), value)]);
                lay_over(&mut self.settings, table, Arrays::Replaced);
            }
        }
        self.add_profile(profiles.remove(profile));
    }

    fn add_profile(&mut self, profile: Option<Value>) {
        if let Some(Value::Table(profile)) = profile {
            lay_over(&mut self.settings, usual_names(profile), Arrays::Replaced);
        }
    }

    fn add_environment(&mut self, environment: &Environment) {
        let mut layer = Table::new();
        for (name, text) in environment.iter() {
            let Some(name) = name.strip_prefix("FOUNDRY_").map(str::to_lowercase) else {
                continue;
            };
            if NOT_FROM_ENVIRONMENT.contains(&name.as_str()) {
                continue;
            }
            let section = keys::SECTIONS.iter().find_map(|section| {
                let key = name.strip_prefix(section)?.strip_prefix('_')?;
                Some((*section, key.to_owned()))
            });
            let table = match section {
                Some((section, key)) => Table::from_iter([(
                    section.to_owned(),
                    Value::Table(Table::from_iter([(key, from_text(text))])),
                )]),
                // The environment has names that concern other tools.
                None if keys::in_profile(&name) => Table::from_iter([(name, from_text(text))]),
                None => continue,
            };
            lay_over(&mut layer, table, Arrays::Replaced);
        }
        if let Some(version) = environment.get("FOUNDRY_SOLC_VERSION") {
            layer.insert("solc".into(), version.into());
        }
        if let Some(libraries) = environment.get("FOUNDRY_LIBRARIES") {
            let libraries: Vec<Value> = libraries
                .trim_matches(['[', ']'])
                .split(',')
                .map(|library| library.trim().trim_matches(['"', '\'']).into())
                .collect();
            layer.insert("libraries".into(), libraries.into());
        }
        lay_over(&mut self.settings, usual_names(layer), Arrays::Replaced);
    }

    fn warn(&mut self, document: &Table, file: &Path, profile: &str) {
        let file = file.file_name().unwrap_or_default().display();
        let profiles = document.get("profile").and_then(Value::as_table);
        for (name, settings) in profiles.into_iter().flatten() {
            for (key, value) in settings.as_table().into_iter().flatten() {
                let key = key.replace('-', "_");
                if !keys::in_profile(&key) {
                    self.warnings
                        .push(format!("unknown key `{key}` of profile `{name}` in {file}"));
                }
                self.warn_section(&key, value, &format_args!("{file}"));
            }
        }
        for (section, value) in document {
            let known = section == "profile"
                || section == "external"
                || keys::SECTIONS.contains(&section.as_str());
            if known {
                self.warn_section(section, value, &format_args!("{file}"));
            } else if section != DEFAULT_PROFILE && section != profile {
                self.warnings
                    .push(format!("unknown section [{section}] in {file}"));
            }
        }
        let known = profiles.is_some_and(|profiles| profiles.contains_key(profile));
        if profile != DEFAULT_PROFILE && !known && !document.contains_key(profile) {
            self.warnings.push(format!(
                "{file} has no profile `{profile}`; the default one is used"
            ));
        }
    }

    fn warn_section(&mut self, section: &str, value: &Value, file: &dyn std::fmt::Display) {
        for key in value.as_table().into_iter().flat_map(Table::keys) {
            if !keys::in_section(section, &key.replace('-', "_")) {
                self.warnings.push(format!(
                    "unknown key `{key}` of section [{section}] in {file}"
                ));
            }
        }
    }
}

/// Keys under the names that they have today.
fn usual_names(table: Table) -> Table {
    let mut renamed = Table::new();
    let mut older = BTreeMap::new();
    for (key, value) in table {
        let key = key.replace('-', "_");
        match key.as_str() {
            "solc_version" => older.insert("solc", value),
            "chain" => older.insert("chain_id", value),
            "deny_warnings" => older.insert("deny", value),
            _ => renamed.insert(key, value),
        };
    }
    for (key, value) in older {
        renamed.entry(key).or_insert(value);
    }
    renamed
}

/// A value of the environment: what it is in TOML, or else text.
fn from_text(text: &str) -> Value {
    let document: Result<Table, _> = format!("value = {text}").parse();
    document
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| text.into())
}
