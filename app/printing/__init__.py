"""Label to paper: template, layout, QR, and one painter per output. Refuses what will not scan."""
