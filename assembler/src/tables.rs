//! Tables by hash. The only file that names `foldhash`: its tables are keyed anew in each process, and their order is
//! never seen.

pub(crate) use foldhash::{HashMap, HashSet};
