// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: a lock of eight digits, and a wrong one closes it.
contract EightCalls {
    uint256 private constant CODE = 83_172_946;
    uint256 public digits;
    uint256 private left = CODE;

    function turn(uint8 digit) external {
        require(digit < 10, "a digit");
        if (left % 10 == digit) {
            left /= 10;
            digits++;
        } else {
            left = CODE;
            digits = 0;
        }
    }
}
