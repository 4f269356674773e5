//! Several workers, each a process of its own that tells what it does in lines of JSON.
//!
//! Workers end when their standard input does, so that none is left behind whatever happens to this process. One that is
//! killed is started again, and goes on from what is in the corpus.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use gasworks_fuzz::contracts::campaign::Event;
use gasworks_fuzz::contracts::engine::Broker;
use gasworks_fuzz::contracts::{Finding, Progress};
use serde::Deserialize;

use super::{Args, Shown, interrupt, source};
use crate::terminal::complain;

/// How often a worker is started again.
const MOST_STARTS: u32 = 20;

/// How long a worker has to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// A line of a worker.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    Progress(Progress),
    Finding(Box<Finding>),
    Warning(String),
}

/// What is heard of workers.
enum Heard {
    Line(usize, Line),
    /// Its standard output has ended.
    Ended(usize),
}

/// What workers share.
struct Group {
    jobs: usize,
    /// Of their broker.
    port: u16,
    started: Instant,
    tell: Sender<Heard>,
}

struct Worker {
    child: Child,
    /// Kept open for as long as it is to work.
    input: Option<ChildStdin>,
    starts: u32,
    is_done: bool,
}

/// What is known of all workers together.
#[derive(Default)]
struct Total {
    /// The last progress of each process, those that were killed included.
    progress: BTreeMap<(usize, u32), Progress>,
    keys: BTreeSet<String>,
    warnings: BTreeSet<String>,
}

impl Total {
    fn progress(&self, started: Instant) -> Progress {
        let all = || self.progress.values();
        let sum = |of: fn(&Progress) -> u64| all().map(of).sum();
        let most = |of: fn(&Progress) -> u64| all().map(of).max().unwrap_or(0);
        Progress {
            milliseconds: started.elapsed().as_millis() as u64,
            since_new: all().map(|of| of.since_new).min().unwrap_or(0),
            sequences: sum(|of| of.sequences),
            calls: sum(|of| of.calls),
            reverted: sum(|of| of.reverted),
            edges: most(|of| of.edges),
            corpus: most(|of| of.corpus),
            saved: sum(|of| of.saved),
            findings: most(|of| of.findings).max(self.keys.len() as u64),
        }
    }
}

/// Runs so many workers until they end.
pub fn run(arguments: &Args, jobs: usize) -> Result<u8, String> {
    // What is wrong with the project is told once, and what has to be compiled is.
    source::tested(&arguments.source, &arguments.path)?;
    let (listen, join) = (arguments.group.broker, arguments.group.join);
    let mut broker = Broker::start(listen, join).map_err(|error| error.to_string())?;
    let stop = interrupt::flag();
    let started = now();
    let (tell, told) = channel();
    let group = Group {
        jobs,
        port: broker.port(),
        started,
        tell,
    };
    let mut workers = Vec::new();
    for number in 0..jobs {
        workers.push(start(arguments, number, &group, 0)?);
    }
    let mut shown = Shown::new(arguments.json);
    let mut total = Total::default();
    while workers.iter().any(|worker| !worker.is_done) {
        if let Some(reason) = broker.failure() {
            shown.tell(Event::Warning(format!(
                "workers cannot speak to each other any more: {reason}"
            )));
        }
        let is_over =
            stop.load(Ordering::Relaxed) || arguments.stop_on_finding && !total.keys.is_empty();
        if is_over {
            break;
        }
        match next(&told) {
            Some(Heard::Line(number, line)) => {
                let starts = workers[number].starts;
                hear((number, starts), line, &mut total, &mut shown);
                let progress = total.progress(started);
                shown.progress(&progress);
            }
            Some(Heard::Ended(number)) => {
                again(arguments, &mut workers, number, &group, &mut shown)?;
            }
            None => {}
        }
    }
    end(&mut workers);
    while let Ok(heard) = told.try_recv() {
        if let Heard::Line(number, line) = heard {
            let starts = workers[number].starts;
            hear((number, starts), line, &mut total, &mut shown);
        }
    }
    let progress = total.progress(started);
    shown.finish(&progress)?;
    Ok(u8::from(progress.findings > 0))
}

#[allow(clippy::disallowed_methods, reason = "it is told how long it took")]
fn now() -> Instant {
    Instant::now()
}

fn next(told: &Receiver<Heard>) -> Option<Heard> {
    told.recv_timeout(Duration::from_millis(100)).ok()
}

fn hear(of: (usize, u32), line: Line, total: &mut Total, shown: &mut Shown) {
    match line {
        Line::Progress(progress) => {
            total.progress.insert(of, progress);
        }
        Line::Finding(finding) => {
            if total.keys.insert(finding.key.clone()) {
                shown.finding(&finding);
            }
        }
        Line::Warning(text) => {
            if total.warnings.insert(text.clone()) {
                shown.tell(Event::Warning(text));
            }
        }
    }
}

fn start(arguments: &Args, number: usize, group: &Group, starts: u32) -> Result<Worker, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(own);
    command
        .arg("fuzz")
        .arg(&arguments.path)
        .args(options(arguments));
    if let Some(count) = arguments.count {
        command.arg(format!("--count={}", count.div_ceil(group.jobs as u64)));
    }
    if let Some(time) = arguments.time {
        // What is left of it.
        let left = time.saturating_sub(group.started.elapsed().as_secs());
        command.arg(format!("--time={left}"));
    }
    // A worker that is started again does not try the same again.
    let seed = arguments.seed.wrapping_add(u64::from(starts) << 32);
    command.arg(format!("--seed={seed}"));
    command.args([
        "--json",
        &format!("--port={}", group.port),
        &format!("--worker={number}"),
    ]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = command
        .spawn()
        .map_err(|error| format!("a worker cannot be started: {error}"))?;
    let input = child.stdin.take();
    if let Some(output) = child.stdout.take() {
        let tell = group.tell.clone();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Ok(line) = serde_json::from_str(&line) {
                    let _ = tell.send(Heard::Line(number, line));
                }
            }
            let _ = tell.send(Heard::Ended(number));
        });
    }
    Ok(Worker {
        child,
        input,
        starts,
        is_done: false,
    })
}

/// What workers are told of what this process was told.
fn options(arguments: &Args) -> Vec<std::ffi::OsString> {
    let mut options: Vec<std::ffi::OsString> = Vec::new();
    let source = &arguments.source;
    let mut named = |name: &str, value: Option<std::ffi::OsString>| {
        if let Some(value) = value {
            let mut option = std::ffi::OsString::from(format!("--{name}="));
            option.push(value);
            options.push(option);
        }
    };
    named(
        "match-contract",
        source.match_contract.as_ref().map(Into::into),
    );
    named("abi", source.abi.as_ref().map(Into::into));
    named("solc", source.solc.as_ref().map(Into::into));
    named("depth", Some(arguments.depth.to_string().into()));
    named("gas", Some(arguments.gas.to_string().into()));
    named("corpus", arguments.corpus.as_ref().map(Into::into));
    named("findings", arguments.findings.as_ref().map(Into::into));
    let flags = [
        (source.deploy, "--deploy"),
        (source.no_compile, "--no-compile"),
    ];
    options.extend(flags.iter().filter(|flag| flag.0).map(|flag| flag.1.into()));
    options
}

/// A worker has ended: by itself, or it is started again.
fn again(
    arguments: &Args,
    workers: &mut [Worker],
    number: usize,
    group: &Group,
    shown: &mut Shown,
) -> Result<(), String> {
    let worker = &mut workers[number];
    let status = worker.child.wait().map_err(|error| error.to_string())?;
    match status.code() {
        Some(0 | 1) => worker.is_done = true,
        _ if worker.starts >= MOST_STARTS => {
            worker.is_done = true;
            shown.tell(Event::Warning(format!(
                "worker {number} ended again ({status}), and is left out"
            )));
        }
        _ => {
            shown.tell(Event::Warning(format!(
                "worker {number} ended ({status}), and is started again"
            )));
            let starts = worker.starts + 1;
            *worker = start(arguments, number, group, starts)?;
        }
    }
    Ok(())
}

/// Lets workers end, and ends them where they do not.
fn end(workers: &mut [Worker]) {
    for worker in workers.iter_mut() {
        worker.input = None;
    }
    let started = now();
    for worker in workers {
        while worker.child.try_wait().ok().flatten().is_none() {
            if started.elapsed() > GRACE {
                let _ = worker.child.kill();
                let _ = worker.child.wait();
                break;
            }
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Ends a worker's campaign when its standard input ends, and the worker itself if it is then still there after a while.
pub fn end_with_input(stop: &Arc<AtomicBool>) {
    let stop = Arc::clone(stop);
    thread::spawn(move || {
        let _ = std::io::stdin().read(&mut [0]);
        stop.store(true, Ordering::Relaxed);
        thread::sleep(GRACE);
        complain("the worker did not end in time");
        std::process::exit(2);
    });
}
