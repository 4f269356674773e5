// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: rewards are paid for the time since the stake, not since the last claim.
contract DoubleReward {
    mapping(address => uint256) public stakeOf;
    mapping(address => uint256) private since;
    uint256 public immutable start = block.timestamp;
    uint256 public total;
    uint256 public paid;

    function stake(uint64 amount) external {
        require(amount > 0 && stakeOf[msg.sender] == 0, "no");
        stakeOf[msg.sender] = amount;
        since[msg.sender] = block.timestamp;
        total += amount;
    }

    function claim() external {
        uint256 time = block.timestamp - since[msg.sender];
        require(stakeOf[msg.sender] > 0 && time >= 1 days, "too early");
        paid += stakeOf[msg.sender] * time / 365 days;
    }

    function most() external view returns (uint256) {
        return total * (block.timestamp - start) / 365 days;
    }
}
