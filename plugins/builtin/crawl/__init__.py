"""LOAD KNOWLEDGE of a whole part of a web site, politely and within bounds."""
