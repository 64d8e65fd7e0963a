"""The dashboard: pages rendered here, over the same operations as the API."""
