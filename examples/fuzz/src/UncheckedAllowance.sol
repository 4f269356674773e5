// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: an allowance that is too small is not refused for exactly one unit more.
contract UncheckedAllowance {
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;
    bool public wasAbused;

    function mint(uint64 amount) external {
        balanceOf[msg.sender] += amount;
    }

    function approve(address to, uint256 amount) external {
        allowance[msg.sender][to] = amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        uint256 allowed = allowance[from][msg.sender];
        require(allowed > 1_000 && allowed + 1 >= amount, "not allowed");
        if (amount > allowed && from != msg.sender) wasAbused = true;
        unchecked {
            allowance[from][msg.sender] = allowed - amount;
        }
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}
