// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/DoubleConfirmation.sol";

contract DoubleConfirmationTest {
    DoubleConfirmation private wallet;

    function setUp() public {
        wallet = new DoubleConfirmation();
    }

    function invariant_nobody_decides_alone() public view {
        assert(!wallet.wasForged());
    }
}
