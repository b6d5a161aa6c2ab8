//! Images: references, the embedded set, the local store, building (layer 1)
