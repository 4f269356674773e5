// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: an item that takes the place of a removed one keeps its old index.
contract StaleIndex {
    uint256[] public items;
    mapping(uint256 => uint256) private indexOf;

    function add(uint8 item) external {
        require(item != 0 && indexOf[item] == 0 && items.length < 8, "no");
        items.push(item);
        indexOf[item] = items.length;
    }

    function remove(uint8 item) external {
        uint256 index = indexOf[item];
        require(index != 0 && index <= items.length, "unknown");
        items[index - 1] = items[items.length - 1];
        items.pop();
        delete indexOf[item];
    }

    function isInOrder() external view returns (bool) {
        for (uint256 i = 0; i < items.length; i++) {
            for (uint256 j = 0; j < i; j++) if (items[i] == items[j]) return false;
        }
        return true;
    }
}
