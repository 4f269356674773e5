//! Precompiled contracts against another library each.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::precompiles);
