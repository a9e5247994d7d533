"""The database without anyone's tables, and the only way out to the network."""
