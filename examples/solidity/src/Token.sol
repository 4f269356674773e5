// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// A token with a cap, which its owner mints.
contract Token is ERC20Permit, Ownable {
    uint256 public constant CAP = 1_000_000e18;

    error AboveCap(uint256 wanted, uint256 left);

    constructor(address owner) ERC20("Token", "TKN") ERC20Permit("Token") Ownable(owner) {}

    function mint(address to, uint256 amount) external onlyOwner {
        uint256 left = CAP - totalSupply();
        if (amount > left) revert AboveCap(amount, left);
        _mint(to, amount);
    }
}
