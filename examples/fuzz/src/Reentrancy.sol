// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: it pays before it books.
contract Bank {
    mapping(address => uint256) public balanceOf;
    uint256 public total;

    function deposit() external payable {
        balanceOf[msg.sender] += msg.value;
        total += msg.value;
    }

    function withdraw(uint256 amount) external {
        uint256 left = balanceOf[msg.sender] - amount;
        uint256 rest = total - amount;
        (bool paid,) = msg.sender.call{value: amount}("");
        require(paid, "not paid");
        balanceOf[msg.sender] = left;
        total = rest;
    }
}

/// Comes back once while it is paid.
contract Guest {
    Bank private bank;
    bool private comesBack;

    constructor(Bank to) payable {
        bank = to;
    }

    function deposit(uint64 amount) external {
        bank.deposit{value: amount}();
    }

    function withdraw(uint64 amount, bool twice) external {
        comesBack = twice;
        bank.withdraw(amount);
    }

    receive() external payable {
        if (comesBack) {
            comesBack = false;
            bank.withdraw(msg.value);
        }
    }
}
