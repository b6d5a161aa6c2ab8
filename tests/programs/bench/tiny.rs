//! The smallest process there is: it ends at once.

fn main() {}
