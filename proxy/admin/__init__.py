"""The admin HTTP endpoint: FastAPI on uvicorn, in the gateway's own event loop, behind one guard."""
