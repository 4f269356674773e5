//! Transactions: what makes one invalid, what it costs, who is paid, and what its lists do.

mod authorizations;
mod fees;
mod intrinsic;
mod invalid;
mod lists;
mod make;
mod settlement;
