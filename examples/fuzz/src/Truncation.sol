// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: amounts are kept in 64 bits, and what is paid is not.
contract Truncation {
    mapping(address => uint64) public owed;
    uint256 public paid;
    uint256 public booked;

    function borrow(uint256 amount) external {
        require(amount < 1e30, "too much");
        owed[msg.sender] += uint64(amount);
        booked += uint64(amount);
        paid += amount;
    }

    function repay(uint64 amount) external {
        owed[msg.sender] -= amount;
        booked -= amount;
        paid -= amount;
    }
}
