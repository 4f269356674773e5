// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/FailingAssertion.sol";

contract FailingAssertionTest {
    FailingAssertion private target;

    function setUp() public {
        target = new FailingAssertion();
    }

    function invariant_target_is_there() public view {
        assert(address(target).code.length > 0);
    }
}
