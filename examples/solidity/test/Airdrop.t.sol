// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

import {Airdrop} from "../src/Airdrop.sol";
import {Token} from "../src/Token.sol";
import {Test} from "./utils/Test.sol";

contract AirdropTest is Test {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);
    Token private token;
    Airdrop private airdrop;

    function leaf(address who, uint256 amount) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(who, amount))));
    }

    function proof(address other, uint256 amount) private pure returns (bytes32[] memory path) {
        path = new bytes32[](1);
        path[0] = leaf(other, amount);
    }

    function setUp() public {
        vm.warp(1000);
        token = new Token(address(this));
        bytes32 root = Hashes.commutativeKeccak256(leaf(ALICE, 10), leaf(BOB, 20));
        airdrop = new Airdrop(IERC20(address(token)), root, block.timestamp + 1 days);
        token.mint(address(airdrop), 30);
    }

    function testClaim() public {
        vm.startPrank(ALICE);
        airdrop.claim(10, proof(BOB, 20));
        vm.expectRevert(Airdrop.Twice.selector);
        airdrop.claim(10, proof(BOB, 20));
        vm.stopPrank();
        vm.assertEq(token.balanceOf(ALICE), 10);
        vm.assertTrue(airdrop.claimed(ALICE));
        vm.assertFalse(airdrop.claimed(BOB));
    }

    function testTooLate() public {
        vm.warp(block.timestamp + 1 days + 1);
        vm.expectRevert(Airdrop.Over.selector);
        vm.prank(BOB);
        airdrop.claim(20, proof(ALICE, 10));
    }

    function testFuzz_NothingElseIsInTheTree(address who, uint256 amount, bytes32[] calldata path) public {
        vm.assume(who != ALICE && who != BOB);
        vm.expectRevert(Airdrop.NotInTree.selector);
        vm.prank(who);
        airdrop.claim(amount, path);
    }
}
