// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/EightCalls.sol";

contract EightCallsTest {
    EightCalls private target;

    function setUp() public {
        target = new EightCalls();
    }

    function invariant_stays_closed() public view {
        assert(target.digits() < 8);
    }
}
