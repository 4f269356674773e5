// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: three calls, each by somebody else.
contract ThreeCalls {
    address[] private hands;
    bool public isOpen;

    function raise() external {
        for (uint256 i = 0; i < hands.length; i++) require(hands[i] != msg.sender, "again");
        require(hands.length < 3, "enough");
        hands.push(msg.sender);
    }

    function open() external {
        require(hands.length == 3 && hands[0] == msg.sender, "not all");
        isOpen = true;
    }

    function leave() external {
        delete hands;
    }
}
