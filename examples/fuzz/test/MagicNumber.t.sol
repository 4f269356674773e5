// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/MagicNumber.sol";

contract MagicNumberTest {
    MagicNumber private target;

    function setUp() public {
        target = new MagicNumber();
    }

    function invariant_stays_closed() public view {
        assert(!target.isOpen());
    }
}
