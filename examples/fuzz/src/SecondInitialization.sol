// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: an upgrade makes it forget that it was initialized.
contract SecondInitialization {
    address public admin;
    uint8 public version;
    uint8 private initialized;
    uint256 public limit = 100;

    function initialize() external {
        require(initialized == 0 || initialized < version, "again");
        initialized = 1;
        admin = msg.sender;
    }

    function upgrade(uint8 to) external {
        require(to == version + 1, "one by one");
        version = to;
    }

    function setLimit(uint256 to) external {
        require(msg.sender == admin, "not the admin");
        require(version >= 2, "too early");
        limit = to;
    }
}
