// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/OpenOwner.sol";

contract OpenOwnerTest {
    OpenOwner private target;

    function setUp() public {
        target = new OpenOwner();
    }

    function invariant_reserve_is_kept() public view {
        assert(target.reserve() == 1_000);
    }
}
