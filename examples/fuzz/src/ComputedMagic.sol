// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: a number opens it whose multiple is asked for, so that it stands nowhere in the code.
contract ComputedMagic {
    bool public isOpen;

    function open(uint64 key, uint64 other) external {
        unchecked {
            if (uint256(key) * 3 + 6 == 0x1122334455667788 && (uint256(other) ^ 0x5555) - 11 == 0x99aabbcc) isOpen = true;
        }
    }
}
