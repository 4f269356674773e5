// SPDX-License-Identifier: MIT
pragma solidity ^0.8.20;

import {Shares} from "../src/Shares.sol";
import {Token} from "../src/Token.sol";
import {Vault} from "../src/Vault.sol";
import {Test, Vm} from "./utils/Test.sol";

contract VaultTest is Test {
    struct Deposit {
        uint256 first;
        uint256 gift;
        uint256 second;
        uint256 shares;
    }

    Token private token;
    Vault private vault;

    event Deposited(address indexed by, uint256 assets, uint256 shares);

    function setUp() public {
        token = new Token(address(this));
        vault = new Vault(address(token));
        token.mint(address(this), 1000e18);
        token.approve(address(vault), type(uint256).max);
    }

    function testTheFirstSharesAreWorthTheirAssets() public {
        vm.expectEmit(true, false, false, true);
        emit Deposited(address(this), 10e18, 10e18);
        vm.assertEq(vault.deposit(10e18), 10e18);
        vm.assertEq(vault.withdraw(10e18), 10e18);
        vm.assertEq(vault.totalSupply(), 0);
    }

    function testAsksForTheTokens() public {
        vm.expectCall(address(token), abi.encodeCall(token.transferFrom, (address(this), address(vault), 3)));
        vault.deposit(3);
    }

    function testNothingIsRefused() public {
        vm.expectRevert(Vault.NothingToDo.selector);
        vault.deposit(0);
    }

    function fixtureRow() public pure returns (Deposit[] memory rows) {
        rows = new Deposit[](3);
        rows[0] = Deposit(100, 0, 50, 50);
        rows[1] = Deposit(100, 101, 50, 25);
        rows[2] = Deposit(1, 999, 1000, 1);
    }

    function tableDeposits(Deposit memory row) public {
        vault.deposit(row.first);
        token.transfer(address(vault), row.gift);
        vm.assertEq(vault.deposit(row.second), row.shares);
    }

    function testFuzz_NobodyGainsByGoingInAndOut(uint256 first, uint256 gift, uint256 second) public {
        first = bound(first, 1, 300e18);
        gift = bound(gift, 0, 300e18);
        second = bound(second, 1, 300e18);
        vault.deposit(first);
        token.transfer(address(vault), gift);
        uint256 shares = Shares.forAssets(second, vault.totalAssets(), vault.totalSupply());
        vm.assume(shares > 0);
        vault.deposit(second);
        vm.assertLe(Shares.toAssets(shares, vault.totalAssets(), vault.totalSupply()), second);
    }

    function testFuzz_SharesAreMonotonic(uint128 less, uint128 more, uint128 total, uint128 supply) public pure {
        vm.assume(less <= more);
        vm.assertLe(Shares.forAssets(less, total, supply), Shares.forAssets(more, total, supply));
    }
}

/// Goes in and out of the vault as several people would.
contract Visitors {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    Token private immutable token;
    Vault private immutable vault;
    address[3] private people = [address(0x1001), address(0x1002), address(0x1003)];
    uint256 public moved;

    constructor(Token token_, Vault vault_) {
        token = token_;
        vault = vault_;
        for (uint256 i = 0; i < people.length; i++) {
            vm.prank(people[i]);
            token_.approve(address(vault_), type(uint256).max);
        }
    }

    function deposit(uint256 who, uint256 amount) external {
        address person = people[who % people.length];
        amount = 1e6 + amount % 1e24;
        if (amount > token.balanceOf(person)) return;
        vm.prank(person);
        vault.deposit(amount);
        moved++;
    }

    function withdraw(uint256 who, uint256 shares) external {
        address person = people[who % people.length];
        uint256 most = vault.balanceOf(person);
        if (most == 0) return;
        vm.prank(person);
        vault.withdraw(1 + shares % most);
        moved++;
    }

    function give(uint256 amount) external {
        amount = amount % 1e12;
        if (amount > token.balanceOf(address(this))) return;
        token.transfer(address(vault), amount);
    }

    function allShares() external view returns (uint256 sum) {
        for (uint256 i = 0; i < people.length; i++) {
            sum += vault.balanceOf(people[i]);
        }
    }
}

contract VaultInvariants is Test {
    Token private token;
    Vault private vault;
    Visitors private visitors;

    function setUp() public {
        token = new Token(address(this));
        vault = new Vault(address(token));
        visitors = new Visitors(token, vault);
        for (uint160 person = 0x1001; person <= 0x1003; person++) {
            token.mint(address(person), 100_000e18);
        }
        token.mint(address(visitors), 1e18);
        targetContract(address(visitors));
        bytes4[] memory selectors = new bytes4[](3);
        selectors[0] = Visitors.deposit.selector;
        selectors[1] = Visitors.withdraw.selector;
        selectors[2] = Visitors.give.selector;
        targetSelector(FuzzSelector(address(visitors), selectors));
    }

    function invariant_AllSharesHaveAnOwner() public view {
        vm.assertEq(vault.totalSupply(), visitors.allShares());
    }

    function invariant_NoTokenIsLost() public view {
        uint256 sum = token.balanceOf(address(vault)) + token.balanceOf(address(visitors));
        for (uint160 person = 0x1001; person <= 0x1003; person++) {
            sum += token.balanceOf(address(person));
        }
        vm.assertEq(sum, token.totalSupply());
    }

    function invariant_SharesAreCovered() public view {
        uint256 supply = vault.totalSupply();
        vm.assertLe(Shares.toAssets(supply, vault.totalAssets(), supply), vault.totalAssets() + 1);
    }
}
