"""Invoices, as people see and handle them."""
