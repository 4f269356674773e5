// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// Gives tokens to those whose share is in a tree, once and until a time.
contract Airdrop {
    using SafeERC20 for IERC20;

    IERC20 public immutable token;
    bytes32 public immutable root;
    uint256 public immutable end;
    mapping(address => bool) public claimed;

    error Over();
    error Twice();
    error NotInTree();

    constructor(IERC20 token_, bytes32 root_, uint256 end_) {
        token = token_;
        root = root_;
        end = end_;
    }

    function claim(uint256 amount, bytes32[] calldata proof) external {
        if (block.timestamp > end) revert Over();
        if (claimed[msg.sender]) revert Twice();
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(msg.sender, amount))));
        if (!MerkleProof.verifyCalldata(proof, root, leaf)) revert NotInTree();
        claimed[msg.sender] = true;
        token.safeTransfer(msg.sender, amount);
    }
}
