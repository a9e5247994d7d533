"""The signed document, pure: build, lint, verify, read. No database, no network."""
