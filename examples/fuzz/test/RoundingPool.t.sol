// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

import "../src/RoundingPool.sol";

contract RoundingPoolTest {
    RoundingPool private pool;
    uint256 private product;

    function setUp() public {
        pool = new RoundingPool();
        product = pool.x() * pool.y();
    }

    function invariant_product_does_not_fall() public view {
        assert(pool.x() * pool.y() >= product);
    }
}
