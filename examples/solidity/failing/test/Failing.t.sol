// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

interface Vm {
    function assertEq(uint256 left, uint256 right) external pure;
    function assertEq(uint256 left, uint256 right, string calldata why) external pure;
    function assume(bool condition) external pure;
    function expectEmit(bool first, bool second, bool third, bool data) external;
    function expectRevert() external;
    function expectRevert(bytes calldata data) external;
    function prank(address sender) external;
}

abstract contract Base {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    bool public constant IS_TEST = true;
}

contract Counter {
    uint256 public value;

    event Changed(uint256 value);

    error TooLarge(uint256 value);

    function set(uint256 to) public {
        if (to > 1_000_000) revert TooLarge(to);
        value = to;
        emit Changed(to);
    }

    function add(uint8 more) external {
        value += more;
    }
}

contract FailingTest is Base {
    Counter private counter;

    event Changed(uint256 value);

    function setUp() public {
        counter = new Counter();
    }

    function testAssertion() public {
        counter.set(3);
        vm.assertEq(counter.value(), 4, "the counter");
    }

    function testRequire() public pure {
        require(Math.sqrt(16) == 5, "four is not five");
    }

    function testCustomError() public {
        counter.set(1_000_001);
    }

    function testPanic() public view returns (uint256) {
        return 1 / counter.value();
    }

    function testNoRevert() public {
        vm.expectRevert();
        counter.set(1);
    }

    function testOtherRevert() public {
        vm.expectRevert(abi.encodeWithSelector(Counter.TooLarge.selector, 2_000_000));
        counter.set(3_000_000);
    }

    function testNoEvent() public {
        vm.expectEmit(false, false, false, true);
        emit Changed(8);
        counter.set(7);
    }

    function testEndless() public view {
        uint256 start = counter.value();
        while (start == 0) {}
    }

    function testPasses() public {
        counter.set(5);
        vm.assertEq(counter.value(), 5);
    }

    function testFuzz_IsSmall(uint256 to) public {
        to = to % 1_000_001;
        counter.set(to);
        vm.assertEq(counter.value() >> 1, to / 2 + (to > 10 ? 1 : 0));
    }

    function testFuzz_NothingIsLeft(uint256 to) public pure {
        vm.assume(to == uint256(keccak256("unlikely")));
    }
}

contract FailingSetUp is Base {
    function setUp() public pure {
        revert("no scene");
    }

    function testNeverRuns() public pure {}
}

contract FailingInvariant is Base {
    Counter private counter;

    function setUp() public {
        counter = new Counter();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(counter);
    }

    function invariant_StaysAtZero() public view {
        vm.assertEq(counter.value(), 0);
    }

    function invariant_IsNeverNegative() public view {
        require(counter.value() >= 0);
    }
}
