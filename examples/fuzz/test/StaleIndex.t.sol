// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/StaleIndex.sol";

contract StaleIndexTest {
    StaleIndex private list;

    function setUp() public {
        list = new StaleIndex();
    }

    function invariant_no_item_twice() public view {
        assert(list.isInOrder());
    }
}
