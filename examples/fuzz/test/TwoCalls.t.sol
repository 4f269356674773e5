// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/TwoCalls.sol";

contract TwoCallsTest {
    TwoCalls private target;

    function setUp() public {
        target = new TwoCalls();
    }

    function invariant_does_not_fire() public view {
        assert(!target.fired());
    }
}
