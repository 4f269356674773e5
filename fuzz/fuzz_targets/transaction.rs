//! The bytes of transactions: decoded, encoded, recovered, validated.
#![cfg_attr(fuzzing, no_main)]

gasworks_fuzz::target!(gasworks_fuzz::targets::transaction);
