"""A chat model that runs here; it knows nothing of documents."""
