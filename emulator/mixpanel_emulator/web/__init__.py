"""The HTTP server, the page, and the views of what arrived."""
