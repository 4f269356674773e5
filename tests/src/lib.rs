//! What the integration tests of Gasworks share. Nothing here is part of the product.
#![forbid(unsafe_code)]
