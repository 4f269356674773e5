// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: the least number has no positive counterpart.
contract AbsoluteValue {
    int256 public last;

    function set(int256 number) external {
        unchecked {
            last = number < 0 ? -number : number;
        }
    }
}
