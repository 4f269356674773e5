// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: a bid that comes in the last hour ends the auction a second time.
contract LateBid {
    uint256 public immutable end = block.timestamp + 3 days;
    uint256 public highest;
    uint256 public settled;
    bool private isSettled;

    function bid(uint128 amount) external {
        require(block.timestamp < end + 1 hours, "over");
        require(amount > highest, "too low");
        highest = amount;
        isSettled = false;
    }

    function settle() external {
        require(block.timestamp >= end && highest > 0 && !isSettled, "not now");
        isSettled = true;
        settled++;
    }
}
