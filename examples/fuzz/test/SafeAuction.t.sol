// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/SafeAuction.sol";

contract SafeAuctionTest {
    SafeAuction private auction;

    function setUp() public {
        auction = new SafeAuction();
    }

    function invariant_is_settled_once() public view {
        assert(auction.settled() <= 1);
    }
}
