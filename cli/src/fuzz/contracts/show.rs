//! What a campaign shows: a view that lives in a terminal, plain lines elsewhere, or JSON.

use std::io::{self, Write};

use gasworks_fuzz::contracts::campaign::Event;
use gasworks_fuzz::contracts::{Finding, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::terminal::{BAD, GOOD, complain, grouped, visible};

/// Milliseconds between plain lines; lines of JSON come each second.
const LINES: u64 = 5_000;
const SECOND: u64 = 1_000;

/// Shows what happens.
pub struct Shown {
    as_json: bool,
    /// Draws nothing where standard error is no terminal.
    live: ProgressBar,
    /// When progress was last shown, in milliseconds.
    last: u64,
    /// Why results could not be written.
    lost: Option<io::Error>,
}

impl Shown {
    pub fn new(as_json: bool) -> Self {
        let live = match as_json {
            true => ProgressBar::hidden(),
            false => ProgressBar::new_spinner(),
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            live.set_style(style);
        }
        Self {
            as_json,
            live,
            last: 0,
            lost: None,
        }
    }

    pub fn tell(&mut self, event: Event) {
        match event {
            Event::Progress(progress) => self.progress(&progress),
            Event::Found(finding) => self.finding(&finding),
            Event::Warning(text) if self.as_json => {
                self.print(&json!({ "warning": text }).to_string());
            }
            Event::Warning(text) => self
                .live
                .suspend(|| complain(format_args!("warning: {}", visible(&text)))),
        }
    }

    pub fn progress(&mut self, progress: &Progress) {
        if !self.live.is_hidden() {
            self.live.set_message(line(progress));
            self.live.tick();
            return;
        }
        let pause = if self.as_json { SECOND } else { LINES };
        if progress.milliseconds < self.last + pause {
            return;
        }
        self.last = progress.milliseconds;
        self.whole(progress);
    }

    fn whole(&mut self, progress: &Progress) {
        match self.as_json {
            true => self.print(&json!({ "progress": progress }).to_string()),
            false => complain(line(progress)),
        }
    }

    pub fn finding(&mut self, finding: &Finding) {
        if self.as_json {
            self.print(&json!({ "finding": finding }).to_string());
            return;
        }
        let text = finding.text();
        let lines: Vec<_> = text.lines().map(visible).collect();
        let live = self.live.clone();
        live.suspend(|| self.print(&format!("{BAD}broken:{BAD:#} {}", lines.join("\n"))));
    }

    /// Shows what came of all; the error is that of the first result that nobody can have read, though somebody wants to.
    pub fn finish(mut self, progress: &Progress) -> Result<(), String> {
        self.live.finish_and_clear();
        self.whole(progress);
        if !self.as_json {
            let (style, word) = match progress.findings {
                0 => (GOOD, "nothing was found".to_owned()),
                1 => (BAD, "1 finding".to_owned()),
                more => (BAD, format!("{more} findings")),
            };
            self.print(&format!("{style}{word}{style:#}"));
        }
        match self.lost {
            None => Ok(()),
            Some(error) => Err(format!("results could not be written: {error}")),
        }
    }

    fn print(&mut self, text: &str) {
        let mut out = anstream::stdout();
        match writeln!(out, "{text}").and_then(|()| out.flush()) {
            // Whoever read this may have gone; the campaign is not done for them alone.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.lost.get_or_insert(error);
            }
            _ => {}
        }
    }
}

fn line(progress: &Progress) -> String {
    let seconds = progress.milliseconds as f64 / 1_000.0;
    let whole = |milliseconds: u64| milliseconds / 1_000;
    format!(
        "{} s  {} calls, {} a second, {} % reverted  {} edges  corpus {}  findings {}  last find {} s ago",
        whole(progress.milliseconds),
        grouped(progress.calls),
        grouped((progress.calls as f64 / seconds.max(1e-3)) as u64),
        100 * progress.reverted / progress.calls.max(1),
        grouped(progress.edges),
        grouped(progress.corpus),
        progress.findings,
        whole(progress.since_new),
    )
}
