// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/DriftingToken.sol";

contract DriftingTokenTest {
    DriftingToken private token;

    function setUp() public {
        token = new DriftingToken();
    }

    function invariant_sum_is_the_supply() public view {
        assert(token.sum() == token.totalSupply());
    }
}
