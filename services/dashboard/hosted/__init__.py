"""Pages for the customers of an account: an invoice, for whoever has its address, on screen and as a PDF."""
