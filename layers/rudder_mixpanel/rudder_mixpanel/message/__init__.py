"""RudderStack messages: their JSON values, times and ids, read as RudderStack reads them."""
