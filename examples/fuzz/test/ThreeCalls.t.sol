// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/ThreeCalls.sol";

contract ThreeCallsTest {
    ThreeCalls private target;

    function setUp() public {
        target = new ThreeCalls();
    }

    function targetSenders() public pure returns (address[] memory senders) {
        senders = new address[](3);
        for (uint160 i = 0; i < 3; i++) senders[i] = address(0xa11ce + i);
    }

    function invariant_stays_closed() public view {
        assert(!target.isOpen());
    }
}
