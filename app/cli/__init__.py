"""The `carbon-label` command: thin, one file per group, imported when it is asked for."""
