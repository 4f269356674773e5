// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: five calls, each with what the one before left behind.
contract FiveCalls {
    uint256 private stage;
    uint256 private value;
    bool public isDone;

    function first(uint256 x) external {
        require(x > 100 && x < 10_000, "first");
        stage = 1;
        value = x;
    }

    function second(uint256 x) external {
        require(stage == 1 && x == value * 2, "second");
        stage = 2;
    }

    function third(bool yes) external {
        require(stage == 2, "third");
        stage = yes ? 3 : 0;
    }

    function fourth(uint256 x) external {
        require(stage == 3 && x == 0xc0ffee, "fourth");
        stage = 4;
    }

    function fifth() external {
        require(stage == 4, "fifth");
        isDone = true;
    }
}
