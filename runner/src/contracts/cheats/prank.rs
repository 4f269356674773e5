//! Other callers: `prank`, `startPrank`, `broadcast` and `readCallers`.

use gasworks::inspect::World;
use gasworks::{Address, CallKind, CallOutcome, Message, MessageKind, U256, address_of_secret};

use super::arguments::Arguments;
use super::table::Action;
use super::{Answer, Call, Cheats, Fault, encode_error};
use crate::contracts::abi::{self, Value};

/// From a depth on, a caller is another.
#[derive(Clone, Debug)]
pub(super) struct Prank {
    /// Whose calls.
    of: Address,
    /// What ORIGIN was.
    origin: Address,
    caller: Address,
    new_origin: Option<Address>,
    depth: usize,
    once: bool,
    delegates: bool,
    used: bool,
}

/// Calls at a depth are sent by an account, as a script would have them sent.
#[derive(Clone, Debug)]
pub(super) struct Broadcast {
    of: Address,
    origin: Address,
    sender: Address,
    depth: usize,
    once: bool,
}

impl Prank {
    /// From which depth on.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

impl Broadcast {
    /// At which depth.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }
}

pub(super) fn action(name: &str) -> Option<Action> {
    Some(match name {
        "prank" => |cheats, call, given| start(cheats, call, given, true),
        "startPrank" => |cheats, call, given| start(cheats, call, given, false),
        "stopPrank" => |cheats, call, _| {
            cheats.pranks.remove(&call.depth());
            Ok(Vec::new())
        },
        "broadcast" => |cheats, call, given| broadcast(cheats, call, given, true),
        "startBroadcast" => |cheats, call, given| broadcast(cheats, call, given, false),
        "stopBroadcast" => |cheats, _, _| match cheats.broadcast.take() {
            Some(_) => Ok(Vec::new()),
            None => Err("no broadcast in progress to stop".into()),
        },
        "readCallers" => |cheats, call, _| Ok(callers(cheats, call)),
        _ => return None,
    })
}

fn start(cheats: &mut Cheats, call: &mut Call<'_, '_>, given: Arguments<'_>, once: bool) -> Answer {
    let caller = given.address(0)?;
    let new_origin = given.is_address(1).then(|| given.address(1)).transpose()?;
    let delegates = given.len() > 1 && given.flag(given.len() - 1).unwrap_or(false);
    call.world.warm(caller)?;
    if delegates && call.world.code(caller)?.is_empty() {
        return Err("cannot `prank` delegate call from an EOA".into());
    }
    let depth = call.depth();
    if let Some(prank) = cheats.prank_at(depth) {
        if !prank.used {
            return Err("cannot overwrite a prank until it is applied at least once".into());
        }
        if once != prank.once {
            return Err("cannot override an ongoing prank with a single vm.prank; \
                        use vm.startPrank to override the current prank"
                .into());
        }
    }
    if cheats.broadcast.is_some() {
        return Err("cannot `prank` for a broadcasted transaction; \
                    pass the desired `tx.origin` into the `broadcast` cheatcode call"
            .into());
    }
    let prank = Prank {
        of: call.message.caller,
        origin: call.world.origin(),
        caller,
        new_origin,
        depth,
        once,
        delegates,
        used: false,
    };
    cheats.pranks.insert(depth, prank);
    Ok(Vec::new())
}

fn broadcast(
    cheats: &mut Cheats,
    call: &mut Call<'_, '_>,
    given: Arguments<'_>,
    once: bool,
) -> Answer {
    let sender = if given.len() == 0 {
        call.world.origin()
    } else if given.is_address(0) {
        given.address(0)?
    } else {
        let secret = given.word(0)?.to_big_endian();
        address_of_secret(&secret).ok_or("no private key")?
    };
    let depth = call.depth();
    if cheats.prank_at(depth).is_some() {
        return Err("you have an active prank; broadcasting and pranks are not compatible".into());
    }
    if cheats.broadcast.is_some() {
        return Err("a broadcast is active already".into());
    }
    cheats.broadcast = Some(Broadcast {
        of: call.message.caller,
        origin: call.world.origin(),
        sender,
        depth,
        once,
    });
    Ok(Vec::new())
}

fn callers(cheats: &Cheats, call: &Call<'_, '_>) -> Vec<Value> {
    let origin = call.world.origin();
    let (mode, caller, origin) = match (cheats.prank_at(call.depth()), &cheats.broadcast) {
        (Some(prank), _) => (
            if prank.once { 3 } else { 4 },
            prank.caller,
            prank.new_origin.unwrap_or(origin),
        ),
        (None, Some(broadcast)) => (
            if broadcast.once { 1 } else { 2 },
            broadcast.sender,
            broadcast.sender,
        ),
        (None, None) => (0, origin, origin),
    };
    vec![
        abi::uint_value(U256::from(mode)),
        abi::address_value(caller),
        abi::address_value(origin),
    ]
}

impl Cheats {
    pub(super) fn prank_at(&self, depth: usize) -> Option<&Prank> {
        self.pranks
            .range(..=depth)
            .next_back()
            .map(|(_, prank)| prank)
    }

    /// Gives a message the caller of a prank.
    pub(super) fn apply_prank(&mut self, message: &mut Message, world: &mut World<'_>) {
        let depth = message.depth;
        let Some(prank) = self.prank_at(depth).cloned() else {
            return;
        };
        let here = depth == prank.depth;
        let is_delegate = message.kind == MessageKind::Call(CallKind::DelegateCall);
        if prank.delegates && here && is_delegate {
            (message.address, message.caller) = (prank.caller, prank.caller);
            if let Some(origin) = prank.new_origin {
                world.set_origin(origin);
            }
        }
        if depth < prank.depth || message.caller != prank.of {
            return;
        }
        if here {
            // Reading it cannot fail any more: it was read when the prank began.
            let _ = world.warm(prank.caller);
            message.caller = prank.caller;
        }
        if let Some(origin) = prank.new_origin {
            world.set_origin(origin);
        }
        if (here || prank.new_origin.is_some()) && !prank.used {
            self.pranks.insert(
                depth,
                Prank {
                    used: true,
                    ..prank
                },
            );
        }
    }

    /// Who sends what is broadcast.
    pub(super) fn broadcaster(&self) -> Option<Address> {
        self.broadcast.as_ref().map(|broadcast| broadcast.sender)
    }

    /// Ends what lasts for one call only.
    pub(super) fn end_prank(&mut self, depth: usize, is_create: bool, world: &mut World<'_>) {
        if let Some(prank) = self.prank_at(depth)
            && prank.depth == depth
        {
            world.set_origin(prank.origin);
            if prank.once && is_create {
                self.pranks.clear();
            } else if prank.once {
                self.pranks.remove(&depth);
            }
        }
        if let Some(broadcast) = &self.broadcast
            && broadcast.depth == depth
        {
            world.set_origin(broadcast.origin);
            if broadcast.once {
                self.broadcast = None;
            }
        }
    }

    /// Gives a message the sender of a broadcast, whose nonce rises as that of a transaction would; a creation sees to that
    /// itself, but for one that the factory makes.
    pub(super) fn apply_broadcast(
        &mut self,
        message: &mut Message,
        is_call: bool,
        world: &mut World<'_>,
    ) -> Result<Option<CallOutcome>, Fault> {
        let Some(broadcast) = &self.broadcast else {
            return Ok(None);
        };
        if message.depth != broadcast.depth || message.caller != broadcast.of {
            return Ok(None);
        }
        let sender = broadcast.sender;
        world.set_origin(sender);
        message.caller = sender;
        if !is_call {
            return Ok(None);
        }
        if message.is_static {
            if broadcast.once {
                let text =
                    "`staticcall`s are not allowed after `broadcast`; use `startBroadcast` instead";
                return Ok(Some(CallOutcome::revert(
                    message.gas,
                    encode_error(text).into(),
                )));
            }
            return Ok(None);
        }
        // A transaction uses up what was attached to it; the sender's own delegations took a nonce each.
        let attached = std::mem::take(&mut self.delegations);
        if std::mem::take(&mut self.has_blob) && !attached.is_empty() {
            let text = "both delegation and blob are active; `attachBlob` and `attachDelegation` are not compatible";
            return Ok(Some(CallOutcome::revert(
                message.gas,
                encode_error(text).into(),
            )));
        }
        let own = attached
            .iter()
            .filter(|(authority, _)| *authority == sender)
            .count() as u64;
        let nonce = world.account(sender)?.nonce.saturating_add(own);
        world.set_nonce(sender, nonce.saturating_add(1))?;
        Ok(None)
    }
}
