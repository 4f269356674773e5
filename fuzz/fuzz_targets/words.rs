//! Arithmetic on words against integers of any size.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::words);
