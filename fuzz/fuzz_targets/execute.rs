//! Any bytes as code: all cores agree.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::execute);
