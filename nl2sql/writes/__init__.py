"""Changes by question: tried inside a transaction and rolled back, and run for good when they are confirmed."""
