//! CALL and its kin, and SELFDESTRUCT. They price the call; the driver makes it.

use crate::call::{CallKind, CallRequest, Callee, Request, RequestKind};
use crate::error::Halt;
use crate::interpreter::{Context, Exit, Range};
use crate::word;
use primitive_types::U256;

/// Words that a call takes from the stack.
struct Operands {
    gas: U256,
    to: U256,
    value: U256,
    input: Range,
    output: Range,
}

/// Takes the operands and pays for both ranges of memory.
fn operands(context: &mut Context<'_, '_>, with_value: bool) -> Result<Operands, Exit> {
    let frame = &mut *context.frame;
    let [gas, to] = frame.take();
    let value = if with_value {
        frame.pop()
    } else {
        U256::zero()
    };
    let [input, input_size, output, output_size] = frame.take();
    Ok(Operands {
        gas,
        to,
        value,
        input: frame.expand(input, input_size)?,
        output: frame.expand(output, output_size)?,
    })
}

fn call_any(context: &mut Context<'_, '_>, kind: CallKind, with_value: bool) -> Result<(), Exit> {
    let operands = operands(context, with_value)?;
    let transfers = !operands.value.is_zero();
    // EIP-214.
    if context.frame.is_static && transfers && kind == CallKind::Call {
        return Err(Halt::StaticViolation.into());
    }
    let host = &mut *context.host;
    let (frame, schedule) = (&mut *context.frame, host.schedule);
    let (target, cold) = host.state.access(host.source, operands.to)?;
    if cold {
        frame.charge(schedule.cold_account)?;
    }
    if transfers {
        frame.charge(schedule.call_value)?;
    }
    if kind == CallKind::Call {
        let account = host.state.account(target);
        // EIP-161: only a transfer of value creates an account; before, any call did.
        let creates = if host.rules.clears_empty_accounts {
            transfers && (account.is_empty() || !account.flags.exists)
        } else {
            !account.flags.exists
        };
        if creates {
            frame.charge(schedule.new_account)?;
        }
    }
    // EIP-7702: the account that code is delegated to is accessed, too.
    let code = host.state.code(host.source, target)?;
    let mut callee = Callee {
        holder: target,
        code: target,
        delegated: false,
    };
    if host.rules.delegation
        && let Some(delegate) = code.delegate()
    {
        let (id, cold) = host.state.access(host.source, &delegate)?;
        frame.charge(schedule.warm_access)?;
        if cold {
            frame.charge(schedule.cold_account)?;
        }
        callee = Callee {
            code: id,
            delegated: true,
            ..callee
        };
    }
    // EIP-150: all but one 64th at most.
    let gas = if host.rules.all_but_one_64th {
        word::saturating_u64(operands.gas).min(frame.gas - frame.gas / 64)
    } else {
        word::to_u64(operands.gas).ok_or(Halt::OutOfGas)?
    };
    frame.charge(gas)?;
    let stipend = if transfers { schedule.call_stipend } else { 0 };
    frame.request = Some(Request {
        gas: gas.saturating_add(stipend),
        value: operands.value,
        input: operands.input,
        kind: RequestKind::Call(CallRequest {
            kind,
            callee,
            output: operands.output,
        }),
    });
    Err(Exit::Enter)
}

pub(crate) fn call(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    call_any(context, CallKind::Call, true)
}
pub(crate) fn callcode(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    call_any(context, CallKind::CallCode, true)
}
/// DELEGATECALL (EIP-7).
pub(crate) fn delegatecall(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    call_any(context, CallKind::DelegateCall, false)
}
/// STATICCALL (EIP-214).
pub(crate) fn staticcall(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    call_any(context, CallKind::StaticCall, false)
}

/// SELFDESTRUCT (EIP-150, EIP-161, EIP-2929, EIP-3529, EIP-6780).
pub(crate) fn selfdestruct(context: &mut Context<'_, '_>) -> Result<(), Exit> {
    let (frame, host) = (&mut *context.frame, &mut *context.host);
    if frame.is_static {
        return Err(Halt::StaticViolation.into());
    }
    let schedule = host.schedule;
    let address = frame.pop();
    let (beneficiary, cold) = host.state.access(host.source, address)?;
    if cold && host.rules.access_lists {
        frame.charge(schedule.cold_account + schedule.warm_access)?;
    }
    let balance = host.state.account(frame.account).balance;
    let heir = host.state.account(beneficiary);
    let creates = if host.rules.clears_empty_accounts {
        !balance.is_zero() && (heir.is_empty() || !heir.flags.exists)
    } else {
        !heir.flags.exists
    };
    if creates {
        frame.charge(schedule.selfdestruct_new_account)?;
    }
    let flags = host.state.account(frame.account).flags;
    if !flags.destructed {
        host.state.refund += schedule.selfdestruct_refund as i64;
    }
    // EIP-6780: only contracts of this transaction are deleted; others keep what they leave to themselves.
    let deleted = !host.rules.selfdestruct_only_if_created || flags.created;
    if beneficiary != frame.account {
        host.state.sub_balance(frame.account, balance);
        host.state.add_balance(beneficiary, balance);
    } else if deleted {
        host.state.set_balance(frame.account, U256::zero());
    }
    if deleted {
        host.state.set_flags(frame.account, |flags| {
            flags.destructed = true;
            flags.touched = true;
        });
    }
    Err(Exit::Stop)
}
