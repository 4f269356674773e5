//! CREATE2 through the factory that nearly every chain has: so do creations reach a chain that a script broadcasts, and those
//! of tests that ask for it (`always_use_create_2_factory`).

use gasworks::inspect::World;
use gasworks::{Address, CallKind, CallOutcome, CallStatus, Fork, Message, MessageKind, U256};

use super::{Cheats, Fault, Open};

/// The contract that creates others at addresses that are known in advance.
pub(crate) const FACTORY: Address = Address([
    0x4e, 0x59, 0xb4, 0x48, 0x47, 0xb3, 0x79, 0x57, 0x85, 0x88, 0x92, 0x0c, 0xa7, 0x8f, 0xbf, 0x26,
    0xc0, 0xb4, 0x95, 0x6c,
]);

/// Its code.
pub(crate) const FACTORY_CODE: [u8; 69] = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xe0, 0x36, 0x01, 0x60, 0x00, 0x81, 0x60, 0x20, 0x82, 0x37, 0x80, 0x35, 0x82, 0x82, 0x34, 0xf5,
    0x80, 0x15, 0x15, 0x60, 0x39, 0x57, 0x81, 0x82, 0xfd, 0x5b, 0x80, 0x82, 0x52, 0x50, 0x50, 0x50,
    0x60, 0x14, 0x60, 0x0c, 0xf3,
];

/// What the factory's instructions cost beside the copy of the init code and CREATE2.
const INSTRUCTIONS: u64 = 81;

/// A creation that the factory makes for somebody.
#[derive(Clone, Debug)]
pub(super) struct Through {
    /// Who sent the value.
    sender: Address,
    value: U256,
    /// Gas of the factory itself.
    overhead: u64,
    /// The entry of the recorded accesses that is the call of the factory.
    access: Option<usize>,
}

/// What the factory spends on init code of so many bytes.
fn overhead(length: usize, fork: Fork) -> u64 {
    let words = (length as u64).div_ceil(32);
    let schedule = fork.schedule();
    let create = schedule.base[usize::from(CREATE2)];
    // Copying and memory (Yellow Paper, appendix H), hashing, EIP-3860.
    let copy = 3 * words + 3 * words + words * words / 512;
    INSTRUCTIONS + copy + create + words * (6 + schedule.init_code_word)
}

const CREATE2: u8 = 0xf5;

impl Cheats {
    /// Whether a message is a creation that the factory makes.
    pub(super) fn is_through_factory(&self, message: &Message) -> bool {
        let wanted = self.broadcast.is_some() || self.conduct.create2_factory;
        if !wanted || !matches!(message.kind, MessageKind::Create2(_)) {
            return false;
        }
        let depth = match (self.prank_at(message.depth), &self.broadcast) {
            (Some(prank), _) => prank.depth(),
            (None, Some(broadcast)) => broadcast.depth(),
            (None, None) => 1,
        };
        message.depth == depth
    }

    /// Has the factory create what somebody wanted to create.
    pub(super) fn send_through_factory(
        &mut self,
        message: &mut Message,
        world: &mut World<'_>,
    ) -> Result<Option<Through>, Fault> {
        let MessageKind::Create2(salt) = message.kind else {
            return Ok(None);
        };
        // Who has not enough is refused by the machine.
        if !world.transfer(message.caller, FACTORY, message.value)? {
            return Ok(None);
        }
        world.warm(FACTORY)?;
        let mut input = salt.to_big_endian().to_vec();
        input.extend_from_slice(&message.input);
        let call = Message {
            kind: MessageKind::Call(CallKind::Call),
            address: FACTORY,
            code_address: FACTORY,
            input: input.into(),
            ..message.clone()
        };
        let through = Through {
            sender: message.caller,
            value: message.value,
            overhead: overhead(message.input.len(), self.conduct.fork),
            access: self.record_account(&call, world)?,
        };
        message.caller = FACTORY;
        Ok(Some(through))
    }

    /// The factory is done: its own gas is spent, and of a failure it tells nothing.
    pub(super) fn leave_factory(
        &mut self,
        through: &Through,
        open: &Open,
        outcome: &mut CallOutcome,
        world: &mut World<'_>,
    ) -> Result<(), Fault> {
        outcome.gas_left = outcome.gas_left.saturating_sub(through.overhead);
        if outcome.status != CallStatus::Success {
            outcome.status = CallStatus::Revert;
            outcome.output = gasworks::Bytes::new();
            world.transfer(FACTORY, through.sender, through.value)?;
        }
        let call = Open {
            kind: MessageKind::Call(CallKind::Call),
            address: FACTORY,
            access: through.access,
            ..open.clone()
        };
        let ended = CallOutcome {
            created: None,
            ..outcome.clone()
        };
        self.finish_account(&call, &ended, world)
    }
}
