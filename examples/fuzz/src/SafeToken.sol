// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// No bug.
contract SafeToken {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    mapping(address => bool) private isKnown;
    uint256 public totalSupply;
    address[] public holders;

    function note(address holder) private {
        if (isKnown[holder]) return;
        isKnown[holder] = true;
        holders.push(holder);
    }

    function mint(uint96 amount) external {
        note(msg.sender);
        balanceOf[msg.sender] += amount;
        totalSupply += amount;
    }

    function approve(address to, uint256 amount) external {
        allowance[msg.sender][to] = amount;
    }

    function transfer(address to, uint256 amount) external {
        note(to);
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        note(to);
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }

    function sum() external view returns (uint256 total) {
        for (uint256 i = 0; i < holders.length; i++) total += balanceOf[holders[i]];
    }
}
