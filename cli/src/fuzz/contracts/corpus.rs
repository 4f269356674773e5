//! `gasworks fuzz corpus`: what is in a folder of sequences.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use gasworks_fuzz::contracts::campaign::Event;
use gasworks_fuzz::contracts::store::{self, SavedSequence};
use gasworks_fuzz::contracts::{Campaign, Settings, finding};

use super::source;
use crate::terminal::{complain, error, finish, visible};

/// Look after folders of sequences.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Says what is in a folder, or in a file of it
    Show {
        /// A folder of sequences or of findings, or one of their files
        #[arg(value_name = "DIR")]
        path: PathBuf,
    },
    /// Copies what is in folders to one, without what is there already
    Merge {
        /// Where to
        #[arg(value_name = "INTO")]
        into: PathBuf,
        /// What from
        #[arg(value_name = "FROM", required = true)]
        from: Vec<PathBuf>,
    },
    /// Copies the sequences to a new folder that are needed to do all that they do together
    Min {
        /// The project
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// The folder
        #[arg(value_name = "FROM")]
        from: PathBuf,
        /// Where to
        #[arg(value_name = "INTO")]
        into: PathBuf,
        #[command(flatten)]
        source: source::SourceArgs,
    },
}

/// Runs the verb.
pub fn run(arguments: &Args) -> ExitCode {
    let done = match &arguments.what {
        What::Show { path } => match show(path) {
            Ok(text) => return finish(print(&text), ExitCode::SUCCESS),
            Err(message) => Err(message),
        },
        What::Merge { into, from } => merge(into, from),
        What::Min {
            path,
            from,
            into,
            source,
        } => minimize(path, from, into, source),
    };
    match done {
        Ok(text) => finish(print(&text), ExitCode::SUCCESS),
        Err(message) => error(message),
    }
}

fn print(text: &str) -> io::Result<()> {
    write!(anstream::stdout(), "{text}")
}

/// The sequences of a folder; what is none is told.
fn sequences(folder: &Path) -> Result<Vec<(PathBuf, SavedSequence)>, String> {
    if !folder.is_dir() {
        return Err(format!("{}: there is no such folder", folder.display()));
    }
    let mut read = Vec::new();
    for file in store::files(folder).map_err(|error| error.to_string())? {
        match store::read(&file) {
            Ok(saved) => read.push((file, saved)),
            Err(error) => complain(format_args!("left alone: {error}")),
        }
    }
    Ok(read)
}

fn show(path: &Path) -> Result<String, String> {
    if path.is_file() {
        return show_file(path);
    }
    if let Ok((findings, _)) = finding::all(path)
        && !findings.is_empty()
    {
        let texts: Vec<String> = findings.iter().map(finding::Finding::text).collect();
        return Ok(escaped(&texts.join("\n")));
    }
    let mut counts: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    for (_, saved) in sequences(path)? {
        let (files, calls, longest) = counts.entry(saved.contract).or_default();
        *files += 1;
        *calls += saved.calls.len();
        *longest = (*longest).max(saved.calls.len());
    }
    let mut text = String::new();
    for (contract, (files, calls, longest)) in counts {
        text.push_str(&format!(
            "{}: {files} sequences, {calls} calls, the longest has {longest}\n",
            visible(&contract)
        ));
    }
    if text.is_empty() {
        text = "no sequences\n".to_owned();
    }
    Ok(text)
}

fn show_file(path: &Path) -> Result<String, String> {
    let saved = store::read(path).map_err(|error| error.to_string());
    let mut text = String::new();
    let saved = match saved {
        Ok(saved) => saved,
        Err(reason) => {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
            let found: finding::Finding = serde_json::from_str(&text).map_err(|_| reason)?;
            return Ok(escaped(&found.text()));
        }
    };
    text.push_str(&format!("{}\n", visible(&saved.contract)));
    text.push_str(&escaped(&finding::calls(&saved)));
    Ok(text)
}

fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| format!("{}\n", visible(line)));
    lines.collect()
}

fn merge(into: &Path, from: &[PathBuf]) -> Result<String, String> {
    store::open(into).map_err(|error| error.to_string())?;
    let (mut new, mut all) = (0, 0);
    for folder in from {
        for (_, saved) in sequences(folder)? {
            all += 1;
            let path = into.join(store::name_of(&saved));
            let text = store::text_of(&saved);
            new += usize::from(store::write(&path, &text).map_err(|error| error.to_string())?);
        }
    }
    Ok(format!(
        "{new} of {all} sequences are new in {}\n",
        into.display()
    ))
}

fn minimize(
    path: &Path,
    from: &Path,
    into: &Path,
    source: &source::SourceArgs,
) -> Result<String, String> {
    let all = sequences(from)?;
    let tested = source::tested(source, path)?;
    let settings = Settings::default();
    let mut tell = |event: Event| {
        if let Event::Warning(text) = event {
            complain(text);
        }
    };
    store::open(into).map_err(|error| error.to_string())?;
    let campaign = Campaign::new(tested, settings, &mut tell).map_err(|error| error.to_string())?;
    let count = all.len();
    let needed = campaign.needed(all, &mut tell);
    for saved in &needed {
        let target = into.join(store::name_of(saved));
        store::write(&target, &store::text_of(saved)).map_err(|error| error.to_string())?;
    }
    Ok(format!(
        "{} of {count} sequences are needed\n",
        needed.len()
    ))
}
