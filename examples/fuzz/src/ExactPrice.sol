// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: a price that only the author knows buys everything.
contract ExactPrice {
    uint256 public left = 10;

    function buy() external payable {
        require(msg.value > 0, "not for nothing");
        if (msg.value == 1.337 ether) left = 0;
        else if (msg.value >= 10 ether && left > 5) left--;
    }
}
