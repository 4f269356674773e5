// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/UncheckedAllowance.sol";

contract UncheckedAllowanceTest {
    UncheckedAllowance private token;

    function setUp() public {
        token = new UncheckedAllowance();
    }

    function invariant_allowances_are_kept() public view {
        assert(!token.wasAbused());
    }
}
