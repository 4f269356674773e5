//! Answers to calls of `vm`, the contract through which tests reach the machine and their project.

pub mod values;
