// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/SafeShares.sol";

contract SafeSharesTest {
    SafeShares private vault;

    function setUp() public {
        vault = new SafeShares();
    }

    function invariant_shares_are_backed() public view {
        assert(vault.shares() == 0 || vault.assets() > 0);
    }
}
