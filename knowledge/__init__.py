"""Documents, terms and verified queries: store, chunk, embed, index, retrieve."""
