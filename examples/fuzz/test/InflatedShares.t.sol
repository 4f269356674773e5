// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/InflatedShares.sol";

contract InflatedSharesTest {
    InflatedShares private vault;

    function setUp() public {
        vault = new InflatedShares();
    }

    function invariant_takes_nothing_for_nothing() public view {
        assert(!vault.hasTakenForNothing());
    }
}
