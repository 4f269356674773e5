// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: the sum is not checked, so that a large amount passes below the cap.
contract Overflow {
    uint256 public constant CAP = 1_000_000 ether;
    uint256 public total;
    mapping(address => uint256) public balanceOf;

    function deposit(uint256 amount) external {
        unchecked {
            require(total + amount <= CAP, "cap");
            total += amount;
        }
        balanceOf[msg.sender] += amount;
        largest = balanceOf[msg.sender] > largest ? balanceOf[msg.sender] : largest;
    }

    uint256 public largest;
}
