//! A campaign: what is tried, found and kept, from the first sequence to the report.
//!
//! The [`Bench`] is everything that the parts of an engine share. It runs sequences, makes new ones, keeps what is new on
//! disk, and turns what broke into findings; which sequence is next is the engine's choice.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gasworks::U256;
use gasworks_runner::contracts::property::random::Random;

use super::coverage::Watcher;
use super::finding::{self, Finding};
use super::input::Sequence;
use super::mutate::Knowledge;
use super::shrink::shrink;
use super::store::{self, SavedSequence, StoreError};
use super::target::{Broken, Ran, Target};
use super::world::{Tested, World};

/// Executions that making a finding small may take.
const SHRINK_LIMIT: u32 = 4_000;

/// When a campaign ends.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// After so long.
    pub time: Option<Duration>,
    /// After so many calls.
    pub calls: Option<u64>,
    /// With the first finding.
    pub first_finding: bool,
}

/// How a campaign is run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What all that is random follows from.
    pub seed: u64,
    /// Which of several workers this is.
    pub worker: u32,
    /// When it ends.
    pub limits: Limits,
    /// Calls that a sequence has at most.
    pub depth: usize,
    /// Gas that a call has.
    pub gas: u64,
    /// Where sequences are kept that did something new.
    pub corpus: Option<PathBuf>,
    /// Where findings are written.
    pub findings: Option<PathBuf>,
    /// Set from outside, it ends the campaign.
    pub stop: Arc<AtomicBool>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 0,
            worker: 0,
            limits: Limits::default(),
            depth: 100,
            gas: 30_000_000,
            corpus: None,
            findings: None,
            stop: Arc::default(),
        }
    }
}

impl Settings {
    /// Whether time is up, or somebody wants the campaign to end.
    fn is_late(&self, started: Instant) -> bool {
        let time = self.limits.time;
        self.stop.load(Ordering::Relaxed) || time.is_some_and(|most| started.elapsed() >= most)
    }
}

/// How far a campaign is.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Progress {
    /// Since it began.
    pub milliseconds: u64,
    /// Since something new was seen.
    pub since_new: u64,
    /// Sequences that were run.
    pub sequences: u64,
    /// Calls in them.
    pub calls: u64,
    /// Calls that failed.
    pub reverted: u64,
    /// Edges of code that were passed.
    pub edges: u64,
    /// Sequences that did something new.
    pub corpus: u64,
    /// Those among them that are in files.
    pub saved: u64,
    /// What was found.
    pub findings: u64,
}

/// What came of a campaign.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How far it came.
    pub progress: Progress,
    /// What this campaign found; others may have found more, if they share its folder.
    pub findings: Vec<Finding>,
}

/// Why a campaign cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum CampaignError {
    /// There is nothing to call.
    #[error("there is nothing to fuzz: no contract has a function that could be called")]
    Nothing,
    /// A folder or a file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The engine.
    #[error("the fuzzing engine failed: {0}")]
    Engine(String),
}

/// A campaign that has not begun.
pub struct Campaign {
    bench: Bench,
    initial: Vec<Sequence>,
}

/// What happens, for whoever shows it.
#[derive(Clone, Debug)]
pub enum Event {
    /// It is so far.
    Progress(Progress),
    /// Something is broken.
    Found(Box<Finding>),
    /// Something is odd.
    Warning(String),
}

impl Campaign {
    /// Prepares a campaign. What cannot be used of the corpus is told, and left alone.
    ///
    /// # Errors
    /// [`CampaignError::Nothing`] where nothing can be called, [`CampaignError::Store`] where a folder cannot be used.
    pub fn new(
        mut tested: Vec<Tested>,
        settings: Settings,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Self, CampaignError> {
        for signature in tested.iter_mut().flat_map(Tested::leave_out_large) {
            let text = format!("{signature} is not called: its arguments are too large");
            tell(Event::Warning(text));
        }
        let world = World::new(&mut tested);
        if world.subjects.iter().all(|of| of.callables.is_empty()) {
            return Err(CampaignError::Nothing);
        }
        for folder in [&settings.corpus, &settings.findings].into_iter().flatten() {
            store::open(folder)?;
        }
        let mut initial: Vec<Sequence> = (0..world.subjects.len())
            .map(|at| world.empty(at))
            .collect();
        if let Some(folder) = &settings.corpus {
            for file in store::files(folder)? {
                let read = store::read(&file).and_then(|saved| {
                    store::restored(&world, &saved)
                        .map_err(|reason| StoreError::Unfit(file, reason))
                });
                match read {
                    Ok(sequence) => initial.push(sequence),
                    Err(error) => tell(Event::Warning(format!("left alone: {error}"))),
                }
            }
        }
        let targets = tested.into_iter().enumerate();
        let targets = targets.map(|(at, tested)| Target::new(&world, at, tested, settings.gas));
        Ok(Self {
            bench: Bench::new(&world, targets.collect(), settings),
            initial,
        })
    }

    /// What is fuzzed.
    pub fn world(&self) -> &World {
        &self.bench.world
    }

    /// What an engine of one's own is made of.
    pub(super) fn into_parts(self) -> (Bench, Vec<Sequence>) {
        (self.bench, self.initial)
    }

    /// The sequences that are needed to do all that some do together: short ones first, each if it does something new.
    /// What cannot be run is told.
    pub fn needed(
        mut self,
        mut all: Vec<(PathBuf, SavedSequence)>,
        tell: &mut dyn FnMut(Event),
    ) -> Vec<SavedSequence> {
        all.sort_by_cached_key(|(path, saved)| (saved.calls.len(), path.clone()));
        let mut needed = Vec::new();
        for (path, saved) in all {
            match store::restored(&self.bench.world, &saved) {
                Ok(sequence) => {
                    if self.bench.run(&sequence).kept.is_some() {
                        needed.push(saved);
                    }
                }
                Err(reason) => {
                    let error = StoreError::Unfit(path, reason);
                    tell(Event::Warning(format!("left out: {error}")));
                }
            }
        }
        needed
    }

    /// Runs it in this thread until it is to end.
    ///
    /// # Errors
    /// [`CampaignError`]
    pub fn run(self, tell: &mut dyn FnMut(Event)) -> Result<Report, CampaignError> {
        super::engine::run_alone(self.bench, self.initial, tell)
    }

    /// Runs it in this thread as one of the workers of the broker at a port of this machine.
    ///
    /// # Errors
    /// [`CampaignError`]
    pub fn run_in_group(
        self,
        port: u16,
        tell: &mut dyn FnMut(Event),
    ) -> Result<Report, CampaignError> {
        super::engine::run_in_group(self.bench, self.initial, port, tell)
    }
}

/// What the parts of an engine share.
pub struct Bench {
    pub(super) world: Arc<World>,
    pub(super) settings: Settings,
    targets: Vec<Target>,
    /// What each test contract is known to do.
    watchers: Vec<Watcher>,
    random: Random,
    started: Instant,
    last_new: Duration,
    progress: Progress,
    /// What came of the last sequence.
    last: Ran,
    last_place: usize,
    /// What the calls of the sequence compare that is changed just now.
    traced: Vec<Vec<(U256, U256)>>,
    /// Calls that were made before it began: those of the corpus, which do not count.
    begun: Option<u64>,
    findings: Vec<Finding>,
    known: BTreeSet<String>,
    events: Vec<Event>,
    warned: BTreeSet<&'static str>,
}

#[allow(
    clippy::disallowed_methods,
    reason = "a campaign may be limited in time, and says how fast it is; nothing that it does depends on it"
)]
fn now() -> Instant {
    Instant::now()
}

impl Bench {
    fn new(world: &Arc<World>, targets: Vec<Target>, settings: Settings) -> Self {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&settings.seed.to_be_bytes());
        Self {
            world: Arc::clone(world),
            watchers: targets.iter().map(|_| Watcher::default()).collect(),
            targets,
            random: Random::new(&seed, &["contracts"]).of_run(u64::from(settings.worker)),
            started: now(),
            last_new: Duration::ZERO,
            progress: Progress::default(),
            last: Ran::default(),
            last_place: 0,
            traced: Vec::new(),
            begun: None,
            findings: Vec::new(),
            known: BTreeSet::new(),
            events: Vec::new(),
            warned: BTreeSet::new(),
            settings,
        }
    }

    /// Whether the campaign is to end.
    pub fn is_over(&self) -> bool {
        let limits = &self.settings.limits;
        self.settings.is_late(self.started)
            || limits.first_finding && self.progress.findings > 0
            || limits.calls.is_some_and(|most| {
                self.begun
                    .is_some_and(|from| self.progress.calls - from >= most)
            })
    }

    /// What there was to begin with has been run.
    pub fn begin(&mut self) {
        self.begun = Some(self.progress.calls);
    }

    /// How far it is.
    pub fn progress(&mut self) -> Progress {
        let elapsed = self.started.elapsed();
        self.progress.milliseconds = elapsed.as_millis() as u64;
        self.progress.since_new = elapsed.saturating_sub(self.last_new).as_millis() as u64;
        self.progress.edges = self.watchers.iter().map(Watcher::edges).sum::<usize>() as u64;
        self.progress.clone()
    }

    /// What happened since this was last asked.
    pub fn events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// What came of all.
    pub fn report(&mut self) -> Report {
        Report {
            progress: self.progress(),
            findings: std::mem::take(&mut self.findings),
        }
    }

    /// Random numbers of this worker.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Whether there is still something to be found that has a name, or never was.
    pub fn is_open(&self, harness: usize) -> bool {
        let properties = self
            .world
            .subjects
            .get(harness)
            .map_or(0, |of| of.properties.len());
        let target = self.targets.get(harness);
        properties == 0 || target.is_some_and(|target| target.open_properties() > 0)
    }

    /// Runs a sequence. One that was made for another project is not run, and neither is any after the end.
    pub fn run(&mut self, sequence: &Sequence) -> &Ran {
        self.last = Ran::default();
        if self.is_over() || !self.world.fits(sequence) {
            return &self.last;
        }
        let place = usize::from(sequence.harness);
        self.last_place = place;
        let target = self.targets.get_mut(place);
        if let Some((target, watcher)) = target.zip(self.watchers.get_mut(place)) {
            let is_late = &mut || self.settings.is_late(self.started);
            self.last = target.run(sequence, None, Some(watcher), is_late);
        }
        self.progress.sequences += 1;
        self.progress.calls += self.last.calls as u64;
        self.progress.reverted += self.last.reverted as u64;
        &self.last
    }

    /// From now on, edges are written down.
    pub(super) fn record_edges(&mut self) {
        self.watchers.iter_mut().for_each(Watcher::record);
    }

    /// The edges of the last sequence, if they are written down.
    pub(super) fn passed(&self) -> impl Iterator<Item = (usize, u8)> {
        let watcher = self.watchers.get(self.last_place);
        watcher.into_iter().flat_map(Watcher::passed)
    }

    /// What came of the last sequence.
    pub fn last(&self) -> &Ran {
        &self.last
    }

    /// Finds out what each call of a sequence compares; sequences that are made of it are made with that in mind.
    pub fn trace(&mut self, sequence: &Sequence) {
        let place = usize::from(sequence.harness);
        self.traced.clear();
        if self.is_over() || !self.world.fits(sequence) {
            return;
        }
        let target = self.targets.get_mut(place);
        if let Some((target, watcher)) = target.zip(self.watchers.get_mut(place)) {
            watcher.trace();
            let is_late = &mut || self.settings.is_late(self.started);
            target.run(sequence, None, Some(watcher), is_late);
            self.traced = watcher.traced();
        }
    }

    /// Makes a new sequence of one, and perhaps another one of the same test contract.
    pub fn mutate(&mut self, sequence: &mut Sequence, other: Option<&Sequence>) {
        let Some(subject) = self.world.subject(sequence) else {
            return;
        };
        let Some(watcher) = self.watchers.get_mut(usize::from(sequence.harness)) else {
            return;
        };
        let recent = watcher.recent().to_vec();
        let knowledge = Knowledge {
            subject,
            compared: watcher.compared(),
            recent: &recent,
            traced: &self.traced,
            depth: match subject.is_stateful() {
                true => self.settings.depth,
                false => 1,
            },
        };
        knowledge.mutate(sequence, other, &mut self.random);
    }

    /// Keeps a sequence that did something new.
    pub fn keep(&mut self, sequence: &Sequence) {
        self.last_new = self.started.elapsed();
        self.progress.corpus += 1;
        if sequence.calls.is_empty() {
            return;
        }
        let Some(folder) = &self.settings.corpus else {
            return;
        };
        if self.begun.is_none() {
            // It comes from there; that less of it would do now is no reason to keep it twice.
            self.progress.saved += 1;
            return;
        }
        let saved = store::saved(&self.world, sequence);
        let path = folder.join(store::name_of(&saved));
        match store::write(&path, &store::text_of(&saved)) {
            Ok(_) => self.progress.saved += 1,
            Err(error) => self.warn_of(&error, "what is new is kept in memory only"),
        }
    }

    /// What cannot be written is told once: it will not be the last.
    fn warn_of(&mut self, error: &StoreError, consequence: &'static str) {
        if self.warned.insert(consequence) {
            let text = format!("{error}: {consequence} from here on");
            self.events.push(Event::Warning(text));
        }
    }

    /// Makes a finding of what the last sequence broke, unless it is known.
    pub fn conclude(&mut self, sequence: &Sequence) {
        let Some((broken, reason)) = self.last.broken.clone() else {
            return;
        };
        let ran = Sequence {
            calls: sequence
                .calls
                .iter()
                .take(self.last.calls)
                .cloned()
                .collect(),
            ..*sequence
        };
        let place = usize::from(sequence.harness);
        let Some(target) = self.targets.get_mut(place) else {
            return;
        };
        let name = target.name(&broken, &ran);
        let key = finding::key(&self.world, &ran, &broken, &name);
        if let Broken::Property(property) = broken {
            target.give_up(property);
        }
        let folder = self.settings.findings.clone();
        let is_there = folder
            .as_ref()
            .is_some_and(|at| finding::path_of(at, &key).exists());
        if !self.known.insert(key.clone()) {
            return;
        }
        if is_there {
            // Somebody else has found it, or it was found before.
            self.progress.findings += 1;
            return;
        }
        let Some(least) = shrink(&self.world, target, &ran, &broken, SHRINK_LIMIT) else {
            let text = format!("{name} broke once and not again: {reason}");
            self.events.push(Event::Warning(text));
            return;
        };
        let again = target.run(&least, Some(&broken), None, &mut || false);
        let failing = target.written(&least);
        let finding = Finding {
            name,
            reason: again.broken.map_or(reason, |(_, reason)| reason),
            key,
            original: ran.calls.len(),
            sequence: store::saved(&self.world, &least),
        };
        self.progress.findings += 1;
        self.last_new = self.started.elapsed();
        let subject = self.world.subjects.get(place);
        if let Some((folder, subject)) = folder.as_ref().zip(subject)
            && let Err(error) = finding.write(folder, subject, failing.as_deref())
        {
            self.warn_of(&error, "findings are printed only");
        }
        self.findings.push(finding.clone());
        self.events.push(Event::Found(Box::new(finding)));
    }
}
