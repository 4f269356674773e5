// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/FiveCalls.sol";

contract FiveCallsTest {
    FiveCalls private target;

    function setUp() public {
        target = new FiveCalls();
    }

    function invariant_is_never_done() public view {
        assert(!target.isDone());
    }
}
