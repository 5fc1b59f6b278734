"""Documents become text: files, folders, archives and web pages, read in a sandboxed process, cut into chunks."""
