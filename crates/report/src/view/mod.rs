//! Figures of an interactive page: each is made from a [`Summary`](crate::Summary) and from what a
//! reader picked, with the same numbers as a table and as values that a script can read.
