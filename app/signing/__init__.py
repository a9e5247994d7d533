"""Bytes and keys: canonical JSON, Multikey, proofs, key files, DID documents. Knows no label."""
