//! A director may put itself between caller and callee, and change the world; what the protocol says holds for the rest.

use gasworks::inspect::{Director, World};
use gasworks::{
    Address, BlockEnv, Bytes, CallOutcome, CallStatus, Config, Core, Evm, Fork, MemoryDatabase,
    Message, U256,
};
use gasworks_assembler::{Options, assemble};

const CALLER: Address = Address::repeat_byte(0xaa);
const CONTRACT: Address = Address::repeat_byte(0xcc);
const CALLEE: Address = Address::repeat_byte(0xdd);
const SOMEBODY: Address = Address::repeat_byte(0xee);

fn code(source: &str) -> Bytes {
    let program = assemble(source, &Options::default());
    program
        .unwrap_or_else(|found| panic!("{found}"))
        .code
        .into()
}

/// A contract that calls CALLEE with a value and returns what that returned, after whether it succeeded.
fn caller(value: u64) -> Bytes {
    code(&format!(
        "push 32\npush 32\npush 0\npush 0\npush {value}\npush 0x{}\ngas\ncall\npush 0\nmstore\npush 64\npush 0\nreturn\n",
        "dd".repeat(20)
    ))
}

/// A contract that stores its caller, and returns it.
fn callee() -> Bytes {
    code("caller\ndup1\npush 0\nsstore\npush 0\nmstore\npush 32\npush 0\nreturn\n")
}

fn machine(caller: Bytes, callee: Bytes, core: Core) -> Evm<MemoryDatabase> {
    let mut database = MemoryDatabase::default();
    database.insert_account(CONTRACT, 1, 100.into(), caller);
    database.insert_account(CALLEE, 1, 0.into(), callee);
    database.insert_account(SOMEBODY, 0, 50.into(), Bytes::new());
    let config = Config {
        core,
        ..Config::default()
    };
    Evm::new(Fork::Osaka, BlockEnv::default(), database).with_config(config)
}

/// Acts on messages to CALLEE.
#[derive(Default)]
struct Puppeteer {
    name: Option<Address>,
    answer: Option<CallOutcome>,
    makes: Option<CallStatus>,
    seen: Vec<String>,
}

impl Director for Puppeteer {
    fn enter(&mut self, message: &mut Message, _: &mut World<'_>) -> Option<CallOutcome> {
        self.seen.push(format!("enter {}", message.depth));
        if message.address != CALLEE {
            return None;
        }
        if let Some(name) = self.name {
            message.caller = name;
        }
        self.answer.clone()
    }

    fn exit(&mut self, outcome: &mut CallOutcome, _: &mut World<'_>) {
        self.seen.push(format!("exit {:?}", outcome.status));
        if let Some(status) = self.makes.take() {
            outcome.status = status;
            outcome.output = Bytes::copy_from_slice(&[7; 32]);
        }
    }
}

fn run(evm: &mut Evm<MemoryDatabase>, director: &mut Puppeteer) -> (U256, U256) {
    let message = Message::call(CALLER, CONTRACT, Bytes::new(), 1_000_000);
    let outcome = evm.direct(director, &message).expect("it runs").commit();
    assert_eq!(outcome.status, CallStatus::Success);
    let word = |range| U256::from_big_endian(&outcome.output[range]);
    (word(0..32), word(32..64))
}

/// What the world has between two executions.
fn look(evm: &mut Evm<MemoryDatabase>, at: impl Fn(&mut World<'_>) -> U256) -> U256 {
    struct Reader<F>(F, U256);
    impl<F: Fn(&mut World<'_>) -> U256> Director for Reader<F> {
        fn enter(&mut self, message: &mut Message, world: &mut World<'_>) -> Option<CallOutcome> {
            self.1 = (self.0)(world);
            Some(CallOutcome::success(message.gas, Bytes::new()))
        }
    }
    let mut reader = Reader(at, U256::zero());
    let message = Message::call(CALLER, CONTRACT, Bytes::new(), 0);
    drop(evm.direct(&mut reader, &message).expect("it runs"));
    reader.1
}

fn stored(evm: &mut Evm<MemoryDatabase>) -> U256 {
    look(evm, |world| {
        world
            .storage(CALLEE, U256::zero())
            .expect("memory does not fail")
    })
}

fn balance(evm: &mut Evm<MemoryDatabase>, address: Address) -> U256 {
    look(evm, |world| {
        world
            .account(address)
            .expect("memory does not fail")
            .balance
    })
}

fn word(address: Address) -> U256 {
    U256::from_big_endian(&address.0)
}

const CORES: [Core; 2] = [Core::Plain, Core::Translated];

#[test]
fn another_caller_is_seen_and_pays() {
    for core in CORES {
        let mut evm = machine(caller(30), callee(), core);
        let mut director = Puppeteer {
            name: Some(SOMEBODY),
            ..Puppeteer::default()
        };
        assert_eq!(run(&mut evm, &mut director), (1.into(), word(SOMEBODY)));
        assert_eq!(stored(&mut evm), word(SOMEBODY));
        assert_eq!(
            director.seen,
            ["enter 0", "enter 1", "exit Success", "exit Success"]
        );
        // Who has less than is sent cannot call.
        let mut evm = machine(caller(51), callee(), core);
        assert_eq!(run(&mut evm, &mut director).0, 0.into());
    }
}

#[test]
fn an_answer_takes_the_place_of_the_call() {
    for core in CORES {
        let mut evm = machine(caller(0), callee(), core);
        let output = Bytes::copy_from_slice(&[9; 32]);
        let mut director = Puppeteer {
            answer: Some(CallOutcome::revert(5, output)),
            ..Puppeteer::default()
        };
        assert_eq!(
            run(&mut evm, &mut director),
            (0.into(), U256::from_big_endian(&[9; 32]))
        );
        assert_eq!(stored(&mut evm), U256::zero());
        assert_eq!(
            director.seen,
            ["enter 0", "enter 1", "exit Success"],
            "an answer has no exit"
        );
    }
}

#[test]
fn a_success_that_is_made_a_failure_is_undone_and_the_reverse_is_not_done() {
    for core in CORES {
        let mut evm = machine(caller(0), callee(), core);
        let mut director = Puppeteer {
            makes: Some(CallStatus::Revert),
            ..Puppeteer::default()
        };
        assert_eq!(
            run(&mut evm, &mut director),
            (0.into(), U256::from_big_endian(&[7; 32]))
        );
        assert_eq!(stored(&mut evm), U256::zero());

        let reverts = code("caller\npush 0\nsstore\npush 0\npush 0\nrevert\n");
        let mut evm = machine(caller(0), reverts, core);
        let mut director = Puppeteer {
            makes: Some(CallStatus::Success),
            ..Puppeteer::default()
        };
        assert_eq!(
            run(&mut evm, &mut director),
            (1.into(), U256::from_big_endian(&[7; 32]))
        );
        assert_eq!(stored(&mut evm), U256::zero(), "what reverted stays undone");
    }
}

#[test]
fn a_call_of_nobody_has_an_exit_too() {
    for callee in [Bytes::new(), callee()] {
        let mut evm = machine(caller(1), callee, Core::Adaptive);
        let mut director = Puppeteer {
            makes: Some(CallStatus::Revert),
            ..Puppeteer::default()
        };
        assert_eq!(run(&mut evm, &mut director).0, 0.into());
        // The value that came along went back.
        assert_eq!(balance(&mut evm, CALLEE), U256::zero());
    }
}

#[test]
fn a_creation_in_another_name_has_that_ones_address() {
    struct Creator(Option<Address>);
    impl Director for Creator {
        fn enter(&mut self, message: &mut Message, _: &mut World<'_>) -> Option<CallOutcome> {
            if message.depth == 1 {
                message.caller = SOMEBODY;
            }
            None
        }
        fn exit(&mut self, outcome: &mut CallOutcome, _: &mut World<'_>) {
            self.0 = self.0.or(outcome.created);
        }
    }
    let creator = code("push 0\npush 0\npush 0\ncreate\npush 0\nmstore\npush 32\npush 0\nreturn\n");
    let mut evm = machine(creator, Bytes::new(), Core::Adaptive);
    let mut director = Creator(None);
    let message = Message::call(CALLER, CONTRACT, Bytes::new(), 1_000_000);
    let outcome = evm
        .direct(&mut director, &message)
        .expect("it runs")
        .commit();
    let expected = gasworks::create_address(SOMEBODY, 0);
    assert_eq!(director.0, Some(expected));
    assert_eq!(U256::from_big_endian(&outcome.output), word(expected));
}
