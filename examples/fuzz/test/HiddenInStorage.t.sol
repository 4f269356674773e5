// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/HiddenInStorage.sol";

contract HiddenInStorageTest {
    HiddenInStorage private target;

    function setUp() public {
        target = new HiddenInStorage();
    }

    function invariant_stays_closed() public view {
        assert(!target.isOpen());
    }
}
