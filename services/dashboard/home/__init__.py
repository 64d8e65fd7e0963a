"""The first page: how business goes, and what needs attention."""
