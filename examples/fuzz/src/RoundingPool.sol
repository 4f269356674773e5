// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: what goes out is rounded up, so that the product falls with every swap.
contract RoundingPool {
    uint256 public x = 1_000_000;
    uint256 public y = 3_000_000;

    function swap(uint256 amount, bool isX) external returns (uint256 out) {
        require(amount > 0 && amount < 1e12, "amount");
        (uint256 from, uint256 to) = isX ? (x, y) : (y, x);
        out = (to * amount + from + amount - 1) / (from + amount);
        require(out < to, "too much");
        (x, y) = isX ? (from + amount, to - out) : (to - out, from + amount);
    }
}
