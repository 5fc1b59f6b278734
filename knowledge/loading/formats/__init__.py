"""One module per kind of file, each with ``read(file, document)``. They run in the sandboxed process only."""
