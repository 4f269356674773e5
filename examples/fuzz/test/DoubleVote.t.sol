// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/DoubleVote.sol";

contract DoubleVoteTest {
    DoubleVote private poll;

    function setUp() public {
        poll = new DoubleVote();
    }

    function invariant_no_more_votes_than_tokens() public view {
        assert(poll.votes() <= poll.supply());
    }
}
