// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/LateBid.sol";

contract LateBidTest {
    LateBid private auction;

    function setUp() public {
        auction = new LateBid();
    }

    function invariant_is_settled_once() public view {
        assert(auction.settled() <= 1);
    }
}
