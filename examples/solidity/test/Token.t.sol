// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {Token} from "../src/Token.sol";
import {Test} from "./utils/Test.sol";

contract TokenTest is Test {
    uint256 private constant KEY = 0xa11ce;
    address private immutable alice = vm.addr(KEY);
    address private constant BOB = address(0xb0b);
    Token private token;

    function setUp() public {
        token = new Token(address(this));
        token.mint(alice, 100e18);
        vm.label(alice, "alice");
    }

    function testNames() public view {
        vm.assertEq(token.name(), "Token");
        vm.assertEq(token.symbol(), "TKN");
        vm.assertEq(token.decimals(), 18);
    }

    function testTransferEmits() public {
        vm.expectEmit(true, true, false, true, address(token));
        emit IERC20.Transfer(alice, BOB, 1e18);
        vm.prank(alice);
        token.transfer(BOB, 1e18);
        vm.assertEq(token.balanceOf(BOB), 1e18);
        vm.assertEq(token.balanceOf(alice), 99e18);
    }

    function testOnlyTheOwnerMints() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, BOB));
        vm.prank(BOB);
        token.mint(BOB, 1);
    }

    function testTheCapHolds() public {
        uint256 left = token.CAP() - token.totalSupply();
        vm.expectRevert(abi.encodeWithSelector(Token.AboveCap.selector, left + 1, left));
        token.mint(BOB, left + 1);
        token.mint(BOB, left);
        vm.assertEq(token.totalSupply(), token.CAP());
    }

    function testPermit() public {
        bytes32 typeHash = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 permit = keccak256(abi.encode(typeHash, alice, BOB, 5e18, 0, 100));
        bytes32 digest = keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), permit));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(KEY, digest);
        vm.warp(100);
        token.permit(alice, BOB, 5e18, 100, v, r, s);
        vm.assertEq(token.allowance(alice, BOB), 5e18);
        vm.warp(101);
        vm.expectRevert();
        token.permit(alice, BOB, 5e18, 100, v, r, s);
    }

    function testStorageIsWhereItIs() public {
        bytes32 slot = keccak256(abi.encode(BOB, uint256(0)));
        vm.store(address(token), slot, bytes32(uint256(7)));
        vm.assertEq(token.balanceOf(BOB), 7);
        vm.assertEq(uint256(vm.load(address(token), slot)), 7);
    }

    function testMocked() public {
        vm.mockCall(address(token), abi.encodeCall(token.balanceOf, (BOB)), abi.encode(42));
        vm.assertEq(token.balanceOf(BOB), 42);
        vm.assertEq(token.balanceOf(alice), 100e18);
    }

    function testSnapshots() public {
        uint256 id = vm.snapshotState();
        vm.prank(alice);
        token.transfer(BOB, 1);
        vm.assertEq(token.balanceOf(BOB), 1);
        vm.assertTrue(vm.revertToState(id));
        vm.assertEq(token.balanceOf(BOB), 0);
    }

    function testLater() public {
        vm.skip(true);
        vm.assertTrue(false);
    }

    function testFuzz_TransferMovesExactly(address to, uint256 amount) public {
        vm.assume(to != address(0) && to != alice);
        amount = bound(amount, 0, 100e18);
        vm.prank(alice);
        token.transfer(to, amount);
        vm.assertEq(token.balanceOf(to), amount);
        vm.assertEq(token.balanceOf(alice), 100e18 - amount);
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzz_NobodySpendsMoreThanThereIs(uint256 amount) public {
        amount = bound(amount, 100e18 + 1, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, 100e18, amount)
        );
        vm.prank(alice);
        token.transfer(BOB, amount);
    }
}
