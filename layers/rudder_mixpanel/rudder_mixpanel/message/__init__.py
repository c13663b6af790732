"""RudderStack messages: JSON values, times and identifiers, read as RudderStack reads them."""
