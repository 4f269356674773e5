// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// No bug: a deposit that would give no share is refused.
contract SafeShares {
    mapping(address => uint256) public sharesOf;
    uint256 public shares;
    uint256 public assets;

    function deposit(uint96 amount) external {
        uint256 made = shares == 0 ? amount : uint256(amount) * shares / assets;
        require(made > 0, "too little");
        sharesOf[msg.sender] += made;
        shares += made;
        assets += amount;
    }

    function redeem(uint256 amount) external {
        require(amount > 0, "nothing");
        sharesOf[msg.sender] -= amount;
        uint256 out = amount * assets / shares;
        shares -= amount;
        assets -= out;
        if (shares == 0) assets = 0;
    }
}
