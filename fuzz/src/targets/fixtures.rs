//! The JSON of test fixtures.

use gasworks_runner::fixtures;

/// Any bytes are fixtures, or an error that says what is wrong.
pub fn fixtures(bytes: &[u8]) {
    if let Err(error) = fixtures::read(bytes) {
        assert!(!error.to_string().is_empty());
    }
}
