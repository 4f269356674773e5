// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: anybody may become the owner, and the owner may take everything.
contract OpenOwner {
    address public owner = msg.sender;
    uint256 public reserve = 1_000;

    function setOwner(address to) external {
        require(to != address(0), "nobody");
        owner = to;
    }

    function drain(uint256 amount) external {
        require(msg.sender == owner, "not the owner");
        reserve -= amount;
    }
}
