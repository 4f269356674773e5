// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

contract Counter {
    uint256 public immutable limit;
    uint256 public count;

    constructor(uint256 limit_) {
        limit = limit_;
    }

    function add(uint256 more) external {
        require(count + more <= limit, "too many");
        if (more > 10) {
            count += more * 2;
        } else {
            count += more;
        }
    }

    function sum(uint256 to) external pure returns (uint256 total) {
        for (uint256 i = 1; i <= to; i++) {
            total += i;
        }
    }

    function never() external {
        count = 0;
    }
}
