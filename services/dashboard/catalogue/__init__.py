"""Products and prices, as people see and handle them."""
