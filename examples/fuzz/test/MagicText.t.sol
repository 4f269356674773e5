// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/MagicText.sol";

contract MagicTextTest {
    MagicText private target;

    function setUp() public {
        target = new MagicText();
    }

    function invariant_stays_closed() public view {
        assert(!target.isOpen());
    }
}
