// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/ComputedMagic.sol";

contract ComputedMagicTest {
    ComputedMagic private target;

    function setUp() public {
        target = new ComputedMagic();
    }

    function invariant_stays_closed() public view {
        assert(!target.isOpen());
    }
}
