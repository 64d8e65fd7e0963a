"""The dashboard under test."""
