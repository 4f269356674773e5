// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Counter} from "../src/Counter.sol";

contract CounterTest {
    Counter counter;

    function setUp() public {
        counter = new Counter(100);
    }

    function testAdd() public {
        counter.add(3);
        counter.add(4);
        assert(counter.count() == 7);
    }

    function testTooMany() public {
        (bool success,) = address(counter).call(abi.encodeCall(Counter.add, 101));
        assert(!success);
    }

    function testSum() public view {
        assert(counter.sum(4) == 10);
    }
}
