// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: two calls in this order.
contract TwoCalls {
    uint256 private armed;
    bool public fired;

    function arm(uint256 code) external {
        require(code > 1e9 && code < 1e12, "code");
        armed = code;
    }

    function fire(uint256 code) external {
        require(armed != 0 && code == armed + 1, "not armed");
        fired = true;
    }

    function disarm() external {
        armed = 0;
    }
}
