// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {ERC20} from "solady/tokens/ERC20.sol";
import {ReentrancyGuard} from "solady/utils/ReentrancyGuard.sol";
import {SafeTransferLib} from "solady/utils/SafeTransferLib.sol";

import {Shares} from "./Shares.sol";

/// Shares of a pot of tokens.
contract Vault is ERC20, ReentrancyGuard {
    address public immutable asset;

    event Deposited(address indexed by, uint256 assets, uint256 shares);
    event Withdrawn(address indexed by, uint256 assets, uint256 shares);

    error NothingToDo();

    constructor(address asset_) {
        asset = asset_;
    }

    function name() public pure override returns (string memory) {
        return "Vault";
    }

    function symbol() public pure override returns (string memory) {
        return "VLT";
    }

    function totalAssets() public view returns (uint256) {
        return SafeTransferLib.balanceOf(asset, address(this));
    }

    function deposit(uint256 assets) external nonReentrant returns (uint256 shares) {
        shares = Shares.forAssets(assets, totalAssets(), totalSupply());
        if (shares == 0) revert NothingToDo();
        SafeTransferLib.safeTransferFrom(asset, msg.sender, address(this), assets);
        _mint(msg.sender, shares);
        emit Deposited(msg.sender, assets, shares);
    }

    function withdraw(uint256 shares) external nonReentrant returns (uint256 assets) {
        assets = Shares.toAssets(shares, totalAssets(), totalSupply());
        if (assets == 0) revert NothingToDo();
        _burn(msg.sender, shares);
        SafeTransferLib.safeTransfer(asset, msg.sender, assets);
        emit Withdrawn(msg.sender, assets, shares);
    }
}
