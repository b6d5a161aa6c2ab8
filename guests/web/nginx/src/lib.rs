//! The nginx stand-in.
