//! The web servers.
fn main() {}
