// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/ExactPrice.sol";

contract ExactPriceTest {
    ExactPrice private shop;

    function setUp() public {
        shop = new ExactPrice();
    }

    function invariant_something_is_left() public view {
        assert(shop.left() > 0);
    }
}
