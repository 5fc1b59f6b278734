"""The embedded engine: a process of its own around llama.cpp with an OpenAI-compatible HTTP surface on 127.0.0.1.

It is run as ``python -I -m models_runtime.engine`` and imports only llama_cpp, starlette, uvicorn and the standard
library, so that a crash or the memory of the model never touches the gateway.
"""
