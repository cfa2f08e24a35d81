"""Terminal capabilities, output filters, image protocols, key order and shutdown."""
