"""An append-only Merkle log of opaque bytes, its checkpoints and its proofs. Knows no label."""
