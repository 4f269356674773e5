// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/SafeToken.sol";

contract SafeTokenTest {
    SafeToken private token;

    function setUp() public {
        token = new SafeToken();
    }

    function invariant_sum_is_the_supply() public view {
        assert(token.sum() == token.totalSupply());
    }
}
