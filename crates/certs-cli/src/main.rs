//! The `certs` command.

fn main() {}
