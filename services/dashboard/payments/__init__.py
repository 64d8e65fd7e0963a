"""Payments, as people see and handle them."""
