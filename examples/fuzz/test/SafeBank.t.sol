// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/SafeBank.sol";

contract SafeBankTest {
    SafeBank private bank;

    function setUp() public {
        bank = new SafeBank();
    }

    function invariant_it_can_pay_all() public view {
        assert(address(bank).balance >= bank.total());
    }
}
