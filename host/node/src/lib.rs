//! The composition root: one node built from the layers (layer 4)
