"""The only HTTP: routers by audience, and the pages that people read."""
