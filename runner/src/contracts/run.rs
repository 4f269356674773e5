//! Many test contracts on many threads, with the same results whatever the number of threads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gasworks::{CodeCache, Config, U256};

use super::abi::Function;
use super::artifact::{Artifacts, Contract, Linked};
use super::cheats::values::Settings;
use super::cheats::{ForkRules, Project, name_of};
use super::coverage::Collected;
use super::decode::Decoder;
use super::events::Events;
use super::machine::Environment;
use super::properties::PropertyOptions;
use super::result::{SuiteResult, Verdict};
use super::suite::{self, is_suite};

/// Bytes of analysed code that are kept for all suites together: property tests may create endless new code.
const CODE_BUDGET: usize = 16 << 20;

/// Which tests are wanted.
pub trait Filter: fmt::Debug + Send + Sync {
    /// Whether a contract is.
    fn wants_contract(&self, contract: &Contract) -> bool;
    /// Whether a test of a contract is.
    fn wants_test(&self, contract: &Contract, function: &Function) -> bool;
}

/// All of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Everything;

impl Filter for Everything {
    fn wants_contract(&self, _: &Contract) -> bool {
        true
    }
    fn wants_test(&self, _: &Contract, _: &Function) -> bool {
        true
    }
}

/// What is wanted of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which tests.
    pub filter: Arc<dyn Filter>,
    /// How machines are set up.
    pub environment: Environment,
    /// Other environments of single contracts, by `source:name`.
    pub environments: BTreeMap<String, Environment>,
    /// What tests may look at.
    pub values: Arc<Settings>,
    /// What all that is random follows from.
    pub seed: U256,
    /// How many threads; 0 for as many as the machine has.
    pub jobs: usize,
    /// Seconds after which a test fails.
    pub timeout: Option<u64>,
    /// Whether the first failure is enough.
    pub fail_fast: bool,
    /// Which part of the suites is run: the first of how many.
    pub shard: Option<(usize, usize)>,
    /// Whether calls are written down.
    pub traces: bool,
    /// Where executed instructions are counted, if they are.
    pub coverage: Option<Collected>,
    /// Whether a revert of the test itself meets `vm.expectRevert`.
    pub internal_expect_revert: bool,
    /// How property tests run.
    pub properties: Arc<PropertyOptions>,
}

impl Options {
    /// How many threads a property test has, when so many suites run at a time: those that no suite needs.
    pub(super) fn threads_of_property(&self, suites: usize) -> usize {
        (self.threads() / suites.max(1)).max(1)
    }

    fn threads(&self) -> usize {
        match self.jobs {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            filter: Arc::new(Everything),
            environment: Environment::default(),
            environments: BTreeMap::new(),
            values: Arc::default(),
            seed: U256::zero(),
            jobs: 0,
            timeout: None,
            fail_fast: false,
            shard: None,
            traces: false,
            coverage: None,
            internal_expect_revert: false,
            properties: Arc::default(),
        }
    }
}

impl Options {
    /// The environment of a contract.
    pub fn environment_of(&self, contract: &Contract) -> Environment {
        let own = self.environments.get(&contract.full_name());
        own.unwrap_or(&self.environment).clone()
    }
}

/// Is told what happens. Suites are finished in their order, whatever the number of threads.
pub trait Reporter {
    /// So many suites will be run.
    fn begin(&mut self, _suites: usize) {}
    /// A suite was run.
    fn suite(&mut self, _result: &SuiteResult) {}
    /// Whether nobody wants to hear more; then no other test is begun.
    fn has_heard_enough(&self) -> bool {
        false
    }
}

/// Tells nobody.
impl Reporter for () {}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The suites, in order.
    pub suites: Vec<SuiteResult>,
}

impl Summary {
    /// How many tests ended so.
    pub fn count(&self, verdict: Verdict) -> usize {
        let tests = self.suites.iter().flat_map(|suite| &suite.tests);
        tests.filter(|test| test.verdict == verdict).count()
    }

    /// Whether at least one test ran, and none failed.
    pub fn is_success(&self) -> bool {
        self.count(Verdict::Failed) == 0 && self.count(Verdict::Passed) > 0
    }
}

/// Whether a run is to end, and how far each test is in its time.
#[derive(Debug, Default)]
pub struct Stop {
    all: Arc<AtomicBool>,
    /// Interrupts the machine of this thread.
    one: Arc<AtomicBool>,
    /// How many tests this thread has begun.
    begun: AtomicUsize,
    /// How many threads a property test of its suites may have.
    threads: usize,
}

impl Stop {
    /// Everything is to end.
    pub fn stop(&self) {
        self.all.store(true, Ordering::Relaxed);
    }

    /// Whether everything is to end.
    pub fn is_stopped(&self) -> bool {
        self.all.load(Ordering::Relaxed)
    }

    /// A test begins, and with it its time.
    pub fn begin_test(&self) {
        self.begun.fetch_add(1, Ordering::Relaxed);
        self.one.store(false, Ordering::Relaxed);
    }

    /// How many threads a property test may have.
    pub(super) fn threads(&self) -> usize {
        self.threads
    }

    /// What interrupts the machine of this thread.
    pub(crate) fn interrupt(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.one)
    }

    /// Whether the test has run out of time.
    pub fn is_late(&self) -> bool {
        self.one.load(Ordering::Relaxed)
    }
}

/// What the contracts of a project share.
pub fn project(artifacts: &Arc<Artifacts>, options: &Options) -> Arc<Project> {
    let fork = options.environment.fork;
    Arc::new(Project {
        artifacts: Arc::clone(artifacts),
        linked: Arc::new(Linked::new(artifacts)),
        decoder: Arc::new(Decoder::new(artifacts)),
        events: Arc::new(Events::new(artifacts)),
        fork: name_of(fork),
        rules: ForkRules::of(fork),
        internal_expect_revert: options.internal_expect_revert,
    })
}

/// The suites that are wanted, in their order.
pub fn suites<'a>(artifacts: &'a Artifacts, options: &Options) -> Vec<&'a Contract> {
    let mut suites: Vec<&Contract> = artifacts
        .contracts
        .iter()
        .map(AsRef::as_ref)
        .filter(|contract| is_suite(contract) && options.filter.wants_contract(contract))
        .filter(|contract| {
            let mut functions = contract.abi.functions();
            functions.any(|function| {
                suite::role(function) != suite::Role::Other
                    && options.filter.wants_test(contract, function)
            })
        })
        .collect();
    suites.sort_by(|a, b| (&a.source, &a.name).cmp(&(&b.source, &b.name)));
    suites.dedup_by(|a, b| (&a.source, &a.name) == (&b.source, &b.name));
    match options.shard {
        Some((part, of)) if of > 0 => {
            let of_part = |(position, suite)| (position % of + 1 == part).then_some(suite);
            suites.into_iter().enumerate().filter_map(of_part).collect()
        }
        _ => suites,
    }
}

/// Runs the tests that are wanted.
pub fn run(artifacts: &Arc<Artifacts>, options: &Options, reporter: &mut dyn Reporter) -> Summary {
    let project = project(artifacts, options);
    let suites = suites(artifacts, options);
    reporter.begin(suites.len());
    let jobs = options.threads().clamp(1, suites.len().max(1));
    let all = Arc::new(AtomicBool::new(false));
    let stops: Vec<Stop> = (0..jobs)
        .map(|_| Stop {
            all: Arc::clone(&all),
            threads: options.threads_of_property(jobs),
            ..Stop::default()
        })
        .collect();
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Option<SuiteResult>>> = Mutex::new(vec![None; suites.len()]);
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let code_cache = Arc::new(CodeCache::with_budget(CODE_BUDGET));
    let finished = AtomicBool::new(false);
    let mut results = Vec::new();
    std::thread::scope(|scope| {
        for stop in &stops {
            let tell = tell.clone();
            let (next, done, suites, project) = (&next, &done, &suites, &project);
            let code_cache = Arc::clone(&code_cache);
            scope.spawn(move || {
                let config = Config {
                    interrupt: options.timeout.map(|_| Arc::clone(&stop.one)),
                    code_cache,
                    ..Config::default()
                };
                loop {
                    let position = next.fetch_add(1, Ordering::Relaxed);
                    let Some(contract) = suites.get(position).filter(|_| !stop.is_stopped()) else {
                        break;
                    };
                    stop.begin_test();
                    let result = suite::run(contract, project, options, stop, &config);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(place) = done.get_mut(position) {
                        *place = Some(result);
                    }
                    drop(done);
                    let _ = tell.send(());
                }
            });
        }
        drop(tell);
        if let Some(seconds) = options.timeout {
            let (stops, finished) = (&stops, &finished);
            scope.spawn(move || watch(stops, seconds, finished));
        }
        // Results are told in their order, as soon as those before them are there.
        while told.recv().is_ok() {
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            while let Some(result) = done.get_mut(results.len()).and_then(Option::take) {
                reporter.suite(&result);
                results.push(result);
                if reporter.has_heard_enough() {
                    all.store(true, Ordering::Relaxed);
                }
            }
        }
        finished.store(true, Ordering::Relaxed);
    });
    // Behind a suite that was not run any more.
    let rest = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    for result in rest.into_iter().flatten() {
        reporter.suite(&result);
        results.push(result);
    }
    Summary { suites: results }
}

/// Interrupts what runs for longer than so many seconds.
pub(crate) fn watch(stops: &[Stop], seconds: u64, finished: &AtomicBool) {
    const TICK: std::time::Duration = std::time::Duration::from_millis(50);
    let ticks = seconds.saturating_mul(20);
    let mut seen: Vec<(usize, u64)> = vec![(0, 0); stops.len()];
    while !finished.load(Ordering::Relaxed) {
        std::thread::sleep(TICK);
        for (stop, (begun, age)) in stops.iter().zip(&mut seen) {
            let now = stop.begun.load(Ordering::Relaxed);
            *age = if now == *begun { *age + 1 } else { 0 };
            *begun = now;
            if *age > ticks {
                stop.one.store(true, Ordering::Relaxed);
            }
        }
    }
}
