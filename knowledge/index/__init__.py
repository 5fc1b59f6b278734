"""Indexes over the chunks of knowledge bases: words and vectors. Each can be made again from the SQLite file."""
