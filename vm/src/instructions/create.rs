//! CREATE and CREATE2. They price the creation; the driver makes it.

use crate::call::{Request, RequestKind};
use crate::error::Halt;
use crate::interpreter::{Context, Exit};
use crate::word;

fn create_any(context: &mut Context<'_, '_>, with_salt: bool) -> Result<(), Exit> {
    let (frame, host) = (&mut *context.frame, &mut *context.host);
    // EIP-214.
    if frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let value = frame.pop();
    let (offset, size) = (frame.pop(), frame.pop());
    let salt = with_salt.then(|| frame.pop());
    // EIP-3860.
    if word::saturating_u64(size) > host.rules.max_init_code_size as u64 {
        return Err(Halt::InitCodeSizeExceeded.into());
    }
    let hashing = if with_salt {
        host.schedule.keccak_word
    } else {
        0
    };
    frame.charge_words(size, host.schedule.init_code_word + hashing)?;
    let input = frame.expand(offset, size)?;
    let gas = if host.rules.all_but_one_64th {
        frame.gas - frame.gas / 64
    } else {
        frame.gas
    };
    frame.charge(gas)?;
    frame.request = Some(Request {
        gas,
        value,
        input,
        kind: RequestKind::Create { salt },
    });
    Err(Exit::Enter)
}

pub(crate) fn create(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    create_any(context, false)
}
/// CREATE2 (EIP-1014).
pub(crate) fn create2(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    create_any(context, true)
}
