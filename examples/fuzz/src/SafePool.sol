// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// No bug: what goes out is rounded down.
contract SafePool {
    uint256 public x = 1_000_000;
    uint256 public y = 3_000_000;

    function swap(uint256 amount, bool isX) external returns (uint256 out) {
        require(amount > 0 && amount < 1e12, "amount");
        (uint256 from, uint256 to) = isX ? (x, y) : (y, x);
        out = to * amount / (from + amount);
        require(out < to, "too much");
        (x, y) = isX ? (from + amount, to - out) : (to - out, from + amount);
    }
}
