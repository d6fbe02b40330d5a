//! Tests that call the program: what it prints, what it writes to disk, and its exit code.

mod compare;
mod fixture;
mod going_on;
mod kills;
mod machine;
mod mistakes;
mod pairs;
mod planted;
mod results;
mod until_clear;
mod words;
