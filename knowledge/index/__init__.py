"""Indexes over the chunks of knowledge bases: words and vectors. SQLite is the truth; each can be made again from it."""
