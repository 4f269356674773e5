// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/Reentrancy.sol";

contract ReentrancyTest {
    Bank private bank;
    Guest private guest;

    function setUp() public {
        bank = new Bank();
        bank.deposit{value: 100 ether}();
        guest = new Guest{value: 50 ether}(bank);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(guest);
    }

    function invariant_it_can_pay_all() public view {
        assert(address(bank).balance >= bank.total());
    }
}
