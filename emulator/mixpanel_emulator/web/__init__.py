"""The HTTP server, the admin API and the page."""
