// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: the first depositor can make a share so dear that others get none for what they pay.
contract InflatedShares {
    mapping(address => uint256) public sharesOf;
    uint256 public shares;
    uint256 public assets;
    bool public hasTakenForNothing;

    function deposit(uint96 amount) external {
        require(amount > 0, "nothing");
        uint256 made = shares == 0 ? amount : uint256(amount) * shares / assets;
        if (made == 0) hasTakenForNothing = true;
        sharesOf[msg.sender] += made;
        shares += made;
        assets += amount;
    }

    function donate(uint96 amount) external {
        require(shares > 0, "to nobody");
        assets += amount;
    }

    function redeem(uint256 amount) external {
        require(amount > 0, "nothing");
        sharesOf[msg.sender] -= amount;
        uint256 out = amount * assets / shares;
        shares -= amount;
        assets -= out;
    }
}
