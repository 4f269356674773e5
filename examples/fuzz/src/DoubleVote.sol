// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: votes move with the tokens, and are counted again.
contract DoubleVote {
    mapping(address => uint256) public balanceOf;
    mapping(address => bool) private hasVoted;
    uint256 public supply;
    uint256 public votes;

    function join() external {
        require(balanceOf[msg.sender] == 0 && !hasVoted[msg.sender], "again");
        balanceOf[msg.sender] = 100;
        supply += 100;
    }

    function give(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function vote() external {
        require(!hasVoted[msg.sender], "again");
        hasVoted[msg.sender] = true;
        votes += balanceOf[msg.sender];
    }
}
