// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// What deposits are worth. Its functions are public: contracts that use it are linked with it.
library Shares {
    function forAssets(uint256 assets, uint256 total, uint256 supply) public pure returns (uint256) {
        return FixedPointMathLib.fullMulDiv(assets, supply + 1, total + 1);
    }

    function toAssets(uint256 shares, uint256 total, uint256 supply) public pure returns (uint256) {
        return FixedPointMathLib.fullMulDiv(shares, total + 1, supply + 1);
    }
}
