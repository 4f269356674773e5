//! Tokens that are not what they should be, and another contract that a test needs.

use gasworks::Address;

use crate::world::World;

/// A token that answers every call with as many bytes of a word as are given here.
pub fn answering(world: &mut World, word: u64, length: usize) -> Address {
    world.install(&format!(
        "push {word}\npush 0\nmstore\npush {length}\npush 0\nreturn"
    ))
}

/// A token that undoes every call.
pub fn reverting(world: &mut World) -> Address {
    world.install("push 0\ndup1\nrevert")
}

/// A token that calls its caller back: a function, with words that are given as expressions of assembly. It keeps whether
/// that succeeded in slot 0, the first word of the answer in slot 1, and answers true.
pub fn calling_back(world: &mut World, function: &str, arguments: &[&str]) -> Address {
    let stores: String = arguments
        .iter()
        .enumerate()
        .map(|(index, argument)| format!("{argument}\npush {}\nmstore\n", 32 + 32 * index))
        .collect();
    let length = 4 + 32 * arguments.len();
    world.install(&format!(
        "
        push selector(\"{function}\")
        push 0
        mstore
        {stores}
        push 32
        push 0x200
        push {length}
        push 28
        push 0
        caller
        gas
        call
        push 0
        sstore
        push 0x200
        mload
        push 1
        sstore
        push 1
        push 0
        mstore
        push 32
        push 0
        return"
    ))
}

/// A contract that passes its call data on to another one, twice, and answers with a byte for each: whether it succeeded.
pub fn calling_twice(world: &mut World, contract: Address) -> Address {
    let call = |place| {
        format!(
            "push 0
            push 0
            calldatasize
            push 32
            push 0
            push {contract:?}
            gas
            call
            push {place}
            mstore8
            "
        )
    };
    let calls = call(0) + &call(1);
    world.install(&format!(
        "calldatasize
        push 0
        push 32
        calldatacopy
        {calls}
        push 2
        push 0
        return"
    ))
}
