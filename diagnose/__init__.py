"""EXPLAIN AI and slow-statement diagnosis: evidence -> findings -> verified advice -> narrative."""
