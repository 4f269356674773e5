// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.20;

/// Bug: who confirms, revokes and confirms counts twice.
contract DoubleConfirmation {
    struct Proposal {
        uint256 confirmations;
        bool done;
        mapping(address => bool) confirmed;
        mapping(address => bool) everConfirmed;
        uint256 people;
    }

    Proposal[] private proposals;
    bool public wasForged;

    function propose() external {
        require(proposals.length < 4, "enough");
        proposals.push();
    }

    function confirm(uint256 id) external {
        Proposal storage proposal = proposals[id];
        require(!proposal.confirmed[msg.sender], "again");
        proposal.confirmed[msg.sender] = true;
        proposal.confirmations++;
        if (!proposal.everConfirmed[msg.sender]) {
            proposal.everConfirmed[msg.sender] = true;
            proposal.people++;
        }
    }

    function revoke(uint256 id) external {
        Proposal storage proposal = proposals[id];
        require(proposal.confirmed[msg.sender], "not confirmed");
        proposal.confirmed[msg.sender] = false;
    }

    function execute(uint256 id) external {
        Proposal storage proposal = proposals[id];
        require(proposal.confirmations >= 3 && !proposal.done, "not enough");
        proposal.done = true;
        if (proposal.people < 2) wasForged = true;
    }
}
