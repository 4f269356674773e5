//! Fuzzing of contracts: sequences of calls from several senders, led by what they cover, until a property breaks.
//!
//! A [`World`] is what a project's test contracts offer, a [`Target`] runs a [`Sequence`] on one of them under a
//! [`Watcher`], `mutate` makes new sequences of old ones, and a [`Campaign`] does that until it is told to stop. The
//! engine around it (corpus, schedule, processes) is LibAFL's; `engine` is the one folder that names it.

mod calls;
pub mod campaign;
pub mod coverage;
pub mod engine;
pub mod finding;
pub mod input;
pub mod mutate;
pub mod reproduce;
pub mod shrink;
pub mod store;
pub mod target;
pub mod values;
pub mod world;

pub use campaign::{Campaign, CampaignError, Limits, Progress, Report, Settings};
pub use coverage::Watcher;
pub use finding::Finding;
pub use input::{Argument, Call, Sequence};
pub use target::{Broken, Ran, Target};
pub use world::{Tested, World};
