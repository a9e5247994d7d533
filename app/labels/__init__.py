"""The heart: issue, the life of a label, status lists, register, scans."""
