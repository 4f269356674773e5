// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: who transfers to themselves has more than before.
contract DriftingToken {
    mapping(address => uint256) public balanceOf;
    uint256 public totalSupply;
    address[] public holders;

    function mint(uint96 amount) external {
        if (balanceOf[msg.sender] == 0) holders.push(msg.sender);
        balanceOf[msg.sender] += amount;
        totalSupply += amount;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        uint256 from = balanceOf[msg.sender];
        uint256 there = balanceOf[to];
        require(from >= amount, "not enough");
        if (there == 0) holders.push(to);
        balanceOf[msg.sender] = from - amount;
        balanceOf[to] = there + amount;
        return true;
    }

    function sum() external view returns (uint256 total) {
        for (uint256 i = 0; i < holders.length; i++) {
            bool known = false;
            for (uint256 j = 0; j < i; j++) known = known || holders[j] == holders[i];
            if (!known) total += balanceOf[holders[i]];
        }
    }
}
