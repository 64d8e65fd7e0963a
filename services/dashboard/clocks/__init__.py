"""Test clocks, as people see and handle them."""
