// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/Overflow.sol";

contract OverflowTest {
    Overflow private target;

    function setUp() public {
        target = new Overflow();
    }

    function invariant_nobody_has_more_than_all() public view {
        assert(target.largest() <= target.CAP());
    }
}
