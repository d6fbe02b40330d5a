//! Tests that call the program: what it prints, what it writes to disk, and its exit code.

mod compare;
mod data_sets;
mod fixture;
mod going_on;
mod held_out;
mod image_formats;
mod judge;
mod kills;
mod learning_rates;
mod machine;
mod mistakes;
mod models;
mod pairs;
mod planted;
mod results;
mod shares;
mod until_clear;
mod words;
