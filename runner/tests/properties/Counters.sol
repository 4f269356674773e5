// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

contract Counter {
    uint256 public number;

    function up(uint8 by) public {
        number += by % 4;
    }

    function down() public {
        number--;
    }
}

contract CounterTest {
    Counter counter;
    uint256[] public fixtureAmount = [1, 2, 3];

    function setUp() public {
        counter = new Counter();
    }

    function testHolds(uint8 by) public {
        counter.up(by);
        require(counter.number() < 4, "never");
    }

    function testFails(uint256 number, string calldata) public pure {
        require(number < 1000, "large");
    }

    function tableFails(uint256 amount) public pure {
        require(amount < 3, "three");
    }

    function invariantHolds() public view {
        counter.number();
    }

    function invariantFails() public view {
        require(counter.number() < 5, "grown");
    }
}
