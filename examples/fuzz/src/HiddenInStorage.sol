// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: whoever names the number that was stored last, hashed, is let in.
contract HiddenInStorage {
    uint256 private secret;
    bool public isOpen;

    function prepare(uint256 salt) external {
        secret = uint256(keccak256(abi.encode(salt, msg.sender)));
    }

    function open(uint256 key) external {
        require(secret != 0, "not prepared");
        if (key == secret) isOpen = true;
    }
}
