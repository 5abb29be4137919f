//! The tests live in `tests/it`. The examples of the README are tried here.

#[doc = include_str!("../../README.md")]
#[cfg(doctest)]
struct Readme;
