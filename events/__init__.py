"""Sample events, and the recorder that wrote them."""
