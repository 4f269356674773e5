//! The language server from outside: driven over pipes as an editor does.

mod editor;
mod features;
mod protocol;
