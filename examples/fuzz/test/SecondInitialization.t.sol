// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/SecondInitialization.sol";

contract SecondInitializationTest {
    SecondInitialization private target;

    function setUp() public {
        target = new SecondInitialization();
        target.initialize();
    }

    function invariant_limit_is_kept() public view {
        assert(target.limit() <= 100);
    }
}
