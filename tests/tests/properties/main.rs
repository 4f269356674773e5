//! What holds for every program: the gas of every frame adds up, and wei is neither made nor lost.

mod frames;
mod generate;

use std::collections::BTreeMap;

use gasworks::{Address, Database, Evm, Fork, MemoryDatabase, Transaction, U256};
use gasworks_tests::world::{COINBASE, CONTRACT, OTHER, SENDER, World, transaction};
use proptest::prelude::*;

use generate::{Program, program};

/// Two contracts that call each other, in a fork.
#[derive(Clone, Debug)]
struct Scene {
    fork: Fork,
    first: Program,
    second: Program,
    gas_limit: u64,
    value: u64,
}

fn scenes(with_destruction: bool) -> impl Strategy<Value = Scene> {
    let forks: Vec<Fork> = Fork::all().collect();
    let programs = (program(with_destruction), program(with_destruction));
    (
        prop::sample::select(forks),
        programs,
        21_000u64..400_000,
        0u64..50,
    )
        .prop_map(|(fork, (first, second), gas_limit, value)| Scene {
            fork,
            first,
            second,
            gas_limit,
            value,
        })
}

impl Scene {
    fn world(&self) -> World {
        let world =
            World::new(self.fork, self.first.code()).account(OTHER, 500, self.second.code());
        world.slot(0, 1).slot(1, 2)
    }

    fn transaction(&self) -> Transaction {
        Transaction {
            gas_limit: self.gas_limit,
            value: self.value.into(),
            ..transaction()
        }
    }
}

/// The wei of all accounts that there are before, or that changed.
fn wei_after(world: &World, changes: &gasworks::Changes) -> U256 {
    let mut balances: BTreeMap<Address, U256> = BTreeMap::new();
    for address in [SENDER, CONTRACT, OTHER, COINBASE] {
        let Ok(account) = world.database.account(address);
        balances.insert(
            address,
            account.map_or(U256::zero(), |account| account.balance),
        );
    }
    for (address, change) in &changes.accounts {
        balances.insert(
            *address,
            if change.deleted {
                U256::zero()
            } else {
                change.balance
            },
        );
    }
    balances
        .values()
        .fold(U256::zero(), |sum, balance| sum + balance)
}

fn evm(world: &World) -> Evm<MemoryDatabase> {
    world.evm()
}

proptest! {
    /// Given = used + left in every frame; over the whole transaction given = used + refunded + left.
    #[test]
    fn gas_adds_up(scene in scenes(true)) {
        let world = scene.world();
        let mut frames = frames::Frames::default();
        let mut evm = evm(&world);
        let executed = evm.inspect(&mut frames).transact(&scene.transaction()).expect("valid");
        let outcome = executed.outcome().clone();
        drop(executed);
        frames.check(scene.fork);
        // No input, so that the floor of EIP-7623 is the intrinsic gas.
        let (given, left) = frames.outermost();
        prop_assert_eq!(given, scene.gas_limit - 21_000);
        prop_assert_eq!(outcome.gas_used + outcome.gas_refunded + left, scene.gas_limit);
        let quotient = if scene.fork >= Fork::London { 5 } else { 2 };
        prop_assert!(outcome.gas_refunded <= (outcome.gas_used + outcome.gas_refunded) / quotient);
    }

    /// Wei moves, and only the base fee is burnt.
    #[test]
    fn wei_is_conserved(scene in scenes(false)) {
        let world = scene.world();
        let mut evm = evm(&world);
        let executed = evm.transact(&scene.transaction()).expect("valid");
        let burnt = if scene.fork >= Fork::London { 7 * executed.outcome().gas_used } else { 0 };
        let before = wei_after(&world, &gasworks::Changes::default());
        prop_assert_eq!(wei_after(&world, &executed.changes()) + burnt, before);
    }

    /// With SELFDESTRUCT more may be burnt, and never made.
    #[test]
    fn wei_is_never_made(scene in scenes(true)) {
        let world = scene.world();
        let mut evm = evm(&world);
        let executed = evm.transact(&scene.transaction()).expect("valid");
        let burnt = if scene.fork >= Fork::London { 7 * executed.outcome().gas_used } else { 0 };
        let before = wei_after(&world, &gasworks::Changes::default());
        prop_assert!(wei_after(&world, &executed.changes()) + burnt <= before);
    }

    /// The same again gives the same, on this machine after a discard and on another.
    #[test]
    fn what_is_discarded_has_not_happened(scene in scenes(true)) {
        let world = scene.world();
        let run = |evm: &mut Evm<MemoryDatabase>| {
            let executed = evm.transact(&scene.transaction()).expect("valid");
            let changes = executed.changes();
            (executed.discard(), changes)
        };
        let mut first = evm(&world);
        let once = run(&mut first);
        prop_assert_eq!(&run(&mut first), &once);
        prop_assert_eq!(&run(&mut evm(&world)), &once);
    }

    /// Two transactions on one machine are as the second on a database with the first one's changes.
    #[test]
    fn committing_is_as_writing_to_the_database(scene in scenes(true)) {
        let world = scene.world();
        let second = Transaction { nonce: 1, ..scene.transaction() };
        let mut machine = evm(&world);
        let executed = machine.transact(&scene.transaction()).expect("valid");
        let changes = executed.changes();
        executed.commit();
        let on_top = machine.transact(&second).expect("valid");
        let (outcome, on_top) = (on_top.outcome().clone(), on_top.changes());
        let mut database = world.database.clone();
        database.apply(&changes);
        let written = World { database, ..world };
        let mut machine = evm(&written);
        let executed = machine.transact(&second).expect("valid");
        prop_assert_eq!(executed.outcome(), &outcome);
        prop_assert_eq!(executed.changes(), on_top);
    }
}

/// The property is about something: programs run, call, create, fail and succeed.
#[test]
fn generated_programs_do_a_bit_of_everything() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for _ in 0..400 {
        let scene = scenes(true)
            .new_tree(&mut runner)
            .expect("a scene")
            .current();
        let ran = scene.world().transact(&scene.transaction()).expect("valid");
        let mut count = |what, happens| *seen.entry(what).or_default() += u32::from(happens);
        count("succeeds", ran.halt().is_none());
        count("fails", ran.halt().is_some());
        count("calls", ran.calls.len() > 1);
        count("calls deeply", ran.calls.len() > 5);
        count(
            "fails below",
            ran.calls
                .iter()
                .rev()
                .skip(1)
                .any(|(_, outcome)| outcome.status != gasworks::CallStatus::Success),
        );
        count(
            "creates",
            ran.calls
                .iter()
                .any(|(_, outcome)| outcome.created.is_some()),
        );
        count(
            "writes",
            ran.changes
                .accounts
                .values()
                .any(|account| !account.storage.is_empty()),
        );
        count("logs", !ran.logs.is_empty());
        count("refunds", ran.refunded > 0);
        count(
            "destroys",
            ran.changes.accounts.values().any(|account| account.deleted),
        );
    }
    assert!(seen.values().all(|count| *count >= 10), "{seen:?}");
}
