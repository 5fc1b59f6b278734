"""The process that embeds and reranks texts: sentence-transformers behind an OpenAI-compatible HTTP API.

It imports only sentence-transformers, what that stands on, starlette and uvicorn; nothing of askwire's settings.
"""
