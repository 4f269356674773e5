//! The deepest calls on a small native stack, and memory that is paid for before it is there.

use gasworks::{Fork, Halt, Inspector, U256};
use gasworks_tests::code::{Code, call, op, power_of_two, push, return_memory};
use gasworks_tests::world::{CONTRACT, OTHER, World, message};

/// Bytes of native stack that the deepest execution gets.
const NATIVE_STACK: usize = 256 * 1024;

/// Runs on a thread with [`NATIVE_STACK`].
fn on_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(NATIVE_STACK);
    thread
        .spawn(work)
        .expect("a thread")
        .join()
        .expect("no panic")
}

/// The greatest depth that was reached, and the messages that were entered.
#[derive(Default)]
struct Depth {
    deepest: usize,
    entered: usize,
}

impl Inspector for Depth {
    fn step(&mut self, step: &gasworks::inspect::Step<'_>) {
        self.deepest = self.deepest.max(step.depth);
    }
    fn enter(&mut self, _: &gasworks::Message) -> Option<gasworks::CallOutcome> {
        self.entered += 1;
        None
    }
}

/// Depth 1,024 below the first frame (Yellow Paper, 9.4.2), with more gas than that needs.
fn deepest(fork: Fork, program: Code) -> usize {
    on_small_stack(move || {
        let mut depth = Depth::default();
        let world = World::new(fork, program);
        let mut evm = world.evm();
        let outcome = evm
            .inspect(&mut depth)
            .call(&message(u64::MAX / 2))
            .expect("a call")
            .discard();
        assert_eq!(outcome.status, gasworks::CallStatus::Success);
        // And without anyone who looks on.
        let mut evm = world.evm();
        assert_eq!(
            evm.call(&message(u64::MAX / 2)).expect("a call").discard(),
            outcome
        );
        depth.deepest
    })
}

#[test]
fn calls_reach_depth_1024_on_a_small_stack() {
    for name in ["CALL", "CALLCODE", "DELEGATECALL", "STATICCALL"] {
        let program = call(name, CONTRACT).gas(U256::MAX).code();
        assert_eq!(deepest(Fork::Osaka, program), 1_025, "{name}");
    }
    // Before EIP-150 all gas is passed on: the rest is what a frame needs for itself.
    let gas = push(1_000) + op("GAS") + op("SUB");
    let program = 5 * push(0) + push(CONTRACT) + gas + op("CALL");
    assert_eq!(deepest(Fork::Homestead, program), 1_025);
}

#[test]
fn creations_reach_depth_1024_on_a_small_stack() {
    // Creates a contract with its own code for init code.
    let itself = op("CODESIZE")
        + push(0)
        + push(0)
        + op("CODECOPY")
        + op("CODESIZE")
        + push(0)
        + push(0)
        + op("CREATE");
    assert_eq!(deepest(Fork::Osaka, itself), 1_025);
    let itself = op("CODESIZE")
        + push(0)
        + push(0)
        + op("CODECOPY")
        + push(5)
        + op("CODESIZE")
        + push(0)
        + push(0)
        + op("CREATE2");
    assert_eq!(deepest(Fork::Osaka, itself), 1_025);
}

#[test]
fn output_comes_up_a_thousand_levels() {
    // Each level returns what the level below returned and 1 more if that call succeeded.
    let program = call("CALL", CONTRACT).gas(U256::MAX).output(0, 32).code()
        + push(0)
        + op("MLOAD")
        + op("ADD")
        + push(0)
        + op("MSTORE")
        + return_memory(0, 32);
    let word = on_small_stack(move || World::new(Fork::Osaka, program).call(u64::MAX / 2).word());
    // 1,025 frames call; the call of the deepest is refused and adds nothing.
    assert_eq!(word, 1_024.into());
}

/// Offsets and sizes that no gas pays for fail before a byte is allocated: a terabyte would not be there.
#[test]
fn memory_is_paid_for_before_it_is_allocated() {
    let copies = |name| move |size: U256| push(size) + push(0) + push(0) + op(name);
    let at = |name| move |offset: U256| push(0) + push(offset) + op(name);
    let range = |name| move |size: U256| push(size) + push(0) + op(name);
    type Write = Box<dyn Fn(U256) -> Code>;
    let programs: Vec<Write> = vec![
        Box::new(copies("CALLDATACOPY")),
        Box::new(copies("CODECOPY")),
        Box::new(copies("MCOPY")),
        Box::new(|size| push(size) + push(0) + push(0) + push(OTHER) + op("EXTCODECOPY")),
        Box::new(at("MSTORE")),
        Box::new(at("MSTORE8")),
        Box::new(|offset| push(offset) + op("MLOAD")),
        Box::new(range("RETURN")),
        Box::new(range("REVERT")),
        Box::new(range("KECCAK256")),
        Box::new(|size| push(0) + push(size) + push(0) + op("LOG1")),
        Box::new(|size| push(size) + push(0) + push(0) + op("CREATE")),
        Box::new(|size| push(0) + push(size) + push(0) + push(0) + op("CREATE2")),
        Box::new(|size| call("CALL", OTHER).input(0, size).code()),
        Box::new(|size| call("CALL", OTHER).output(0, size).code()),
        Box::new(|offset| call("STATICCALL", OTHER).output(offset, 1).code()),
    ];
    for exponent in [24, 31, 32, 33, 40, 63, 64, 255] {
        for program in &programs {
            let code = program(power_of_two(exponent));
            let ran = World::new(Fork::Cancun, code.clone()).call(30_000_000);
            let halt = ran.halt();
            let expected = [Some(Halt::OutOfGas), Some(Halt::InitCodeSizeExceeded)];
            assert!(
                expected.contains(&halt),
                "2^{exponent}: {code:x?}: {halt:?}"
            );
        }
    }
}
