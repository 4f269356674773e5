// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: a text opens it, after another text.
contract MagicText {
    bool public isReady;
    bool public isOpen;

    function say(string calldata text) external {
        bytes32 hash = keccak256(bytes(text));
        if (hash == keccak256("open sesame")) isReady = true;
        if (isReady && hash == keccak256("now")) isOpen = true;
    }
}
