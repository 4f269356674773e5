//! Generated transactions: all machines agree.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::differential);
