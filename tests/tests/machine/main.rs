//! The machine against itself and others, in the form that users get: one program, since to link a release build of it
//! takes minutes.

mod differential;
mod handlers;
mod tiers;
