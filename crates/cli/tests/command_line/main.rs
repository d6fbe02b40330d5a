//! The program as it is called: what it prints, what it leaves on disk, and its exit code.

mod compare;
mod fixture;
mod going_on;
mod kills;
mod machine;
mod mistakes;
mod results;
mod words;
