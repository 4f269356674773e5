// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: one number of 2^256 opens it.
contract MagicNumber {
    bool public isOpen;

    function open(uint256 key) external {
        if (key == 0x1f9a8c3e7d5b2046a1b2c3d4e5f60718293a4b5c6d7e8f901234567890abcdef) isOpen = true;
    }
}
