//! Tells the program which target and which compiler it is built with, for `fitroom doctor`.

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).expect("cargo sets it");
    let version =
        Command::new(variable("RUSTC")).arg("--version").output().expect("the compiler runs");
    let version = String::from_utf8(version.stdout).expect("a version is text");
    println!("cargo::rustc-env=FITROOM_TARGET={}", variable("TARGET"));
    println!("cargo::rustc-env=FITROOM_COMPILER={}", version.trim());
}
