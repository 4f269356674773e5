// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// No bug.
contract SafeAuction {
    uint256 public immutable end = block.timestamp + 3 days;
    uint256 public highest;
    uint256 public settled;

    function bid(uint128 amount) external {
        require(block.timestamp < end, "over");
        require(amount > highest, "too low");
        highest = amount;
    }

    function settle() external {
        require(block.timestamp >= end && highest > 0 && settled == 0, "not now");
        settled++;
    }
}
