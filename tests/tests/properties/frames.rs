//! Keeps the books of every frame: what it was given, what each instruction took, what calls gave back, what is left.

use gasworks::inspect::Step;
use gasworks::{CallOutcome, CallStatus, Fork, Halt, Inspector, Message, MessageKind};

/// A message that has been entered and has not ended.
struct Open {
    given: u64,
    creates: bool,
    /// What should be left now; `None` before the first instruction, which shows what was given.
    left: Option<u64>,
    /// Gas before the instruction that runs.
    before: u64,
    /// The sum of all that instructions took and calls gave back.
    used: i128,
}

/// The books.
#[derive(Default)]
pub struct Frames {
    open: Vec<Open>,
    closed: Vec<Closed>,
}

struct Closed {
    given: u64,
    creates: bool,
    used: i128,
    steps: bool,
    outcome: CallOutcome,
}

impl Inspector for Frames {
    fn enter(&mut self, message: &Message) -> Option<CallOutcome> {
        let creates = !matches!(message.kind, MessageKind::Call(_));
        self.open.push(Open {
            given: message.gas,
            creates,
            left: None,
            before: 0,
            used: 0,
        });
        None
    }

    fn step(&mut self, step: &Step<'_>) {
        let frame = self.open.last_mut().expect("a frame");
        let expected = frame.left.unwrap_or(frame.given);
        assert_eq!(
            step.gas, expected,
            "before 0x{:02x} at {}",
            step.opcode, step.pc
        );
        frame.before = step.gas;
    }

    fn step_end(&mut self, gas_left: u64, _: Option<Halt>) {
        let frame = self.open.last_mut().expect("a frame");
        assert!(
            gas_left <= frame.before,
            "an instruction never adds gas to what it was given"
        );
        frame.used += i128::from(frame.before - gas_left);
        frame.left = Some(gas_left);
    }

    fn exit(&mut self, outcome: &CallOutcome) {
        let frame = self.open.pop().expect("a frame");
        if let Some(caller) = self.open.last_mut() {
            let left = caller.left.expect("the caller has run");
            caller.left = Some(left + outcome.gas_left);
            caller.used -= i128::from(outcome.gas_left);
        }
        let (given, creates, used) = (frame.given, frame.creates, frame.used);
        self.closed.push(Closed {
            given,
            creates,
            used,
            steps: frame.left.is_some(),
            outcome: outcome.clone(),
        });
    }
}

impl Frames {
    /// Given and left of the outermost frame.
    pub fn outermost(&self) -> (u64, u64) {
        assert!(self.open.is_empty(), "every message has ended");
        let last = self.closed.last().expect("a message");
        (last.given, last.outcome.gas_left)
    }

    /// Given = used + left, for every message.
    pub fn check(&self, fork: Fork) {
        for frame in &self.closed {
            let left = frame.outcome.gas_left;
            assert!(left <= frame.given, "more is left than was given");
            let rest = i128::from(frame.given) - frame.used - i128::from(left);
            match frame.outcome.status {
                // What began and halted has nothing left.
                CallStatus::Halt(_) if frame.steps => assert_eq!(left, 0),
                CallStatus::Halt(_) => assert!(left == 0 || left == frame.given),
                // The deposit of code comes after the last instruction (200 a byte).
                CallStatus::Success if frame.creates => {
                    let deposit = 200 * frame.outcome.output.len() as i128;
                    let unpaid = fork == Fork::Frontier && rest == 0;
                    assert!(
                        rest == deposit || unpaid,
                        "{rest} for a deposit of {deposit}"
                    );
                }
                // A precompile has no steps, and takes its price.
                CallStatus::Success if !frame.steps => assert!(rest >= 0),
                CallStatus::Success | CallStatus::Revert => assert_eq!(rest, 0),
            }
        }
    }
}
