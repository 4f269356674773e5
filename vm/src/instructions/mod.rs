//! The instructions, one file a family. What they cost in base gas, and what they take from and leave on the stack, is
//! in the opcode table; words are computed in [`crate::word`].

pub(crate) mod arithmetic;
pub(crate) mod block;
pub(crate) mod call;
pub(crate) mod control;
pub(crate) mod create;
pub(crate) mod environment;
pub(crate) mod log;
pub(crate) mod memory;
pub(crate) mod stack;
pub(crate) mod storage;
