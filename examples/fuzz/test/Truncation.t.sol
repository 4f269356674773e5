// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/Truncation.sol";

contract TruncationTest {
    Truncation private target;

    function setUp() public {
        target = new Truncation();
    }

    function invariant_all_that_is_paid_is_booked() public view {
        assert(target.paid() == target.booked());
    }
}
