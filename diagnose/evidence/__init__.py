"""What is known of a statement: its tree, its plan, the schema."""
