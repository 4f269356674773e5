//! Tells the machine whether the build is optimized for speed: only then are calls in tail position jumps.

use std::env::var;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=CARGO_ENCODED_RUSTFLAGS");
    println!("cargo::rustc-check-cfg=cfg(optimized)");
    // For little code ("s" and "z"), or with few optimizations, LLVM leaves some of them calls.
    let for_speed = matches!(var("OPT_LEVEL").as_deref(), Ok("2" | "3"));
    // A flag that wins over the profile may say anything.
    let overruled = var("CARGO_ENCODED_RUSTFLAGS").is_ok_and(|flags| flags.contains("opt-level"));
    if for_speed && !overruled {
        println!("cargo::rustc-cfg=optimized");
    }
}
