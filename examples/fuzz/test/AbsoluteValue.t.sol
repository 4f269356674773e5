// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/AbsoluteValue.sol";

contract AbsoluteValueTest {
    AbsoluteValue private target;

    function setUp() public {
        target = new AbsoluteValue();
    }

    function invariant_is_not_negative() public view {
        assert(target.last() >= 0);
    }
}
