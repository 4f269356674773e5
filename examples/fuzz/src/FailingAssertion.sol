// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: an assertion of the contract itself, in a corner of what it computes.
contract FailingAssertion {
    uint256 private factor = 1;

    function setFactor(uint256 to) external {
        require(to > 0 && to <= 1_000, "factor");
        factor = to;
    }

    function split(uint256 amount) external view returns (uint256 a, uint256 b) {
        require(amount <= 1e18, "amount");
        a = amount / factor * factor;
        b = amount - a;
        assert(factor != 997 || b != 996);
    }

    function touch(uint256 amount) external {
        this.split(amount);
    }
}
