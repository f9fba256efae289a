"""The server: uvicorn's connections, held to bounds, and an answer to what is no request."""
