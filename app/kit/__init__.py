"""The ground: errors, exact decimals, units, time, codes, texts. Knows no label."""
