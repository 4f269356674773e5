// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/DoubleReward.sol";

contract DoubleRewardTest {
    DoubleReward private staking;

    function setUp() public {
        staking = new DoubleReward();
    }

    function invariant_pays_no_more_than_is_due() public view {
        assert(staking.paid() <= staking.most());
    }
}
