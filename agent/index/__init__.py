"""Finding passages: one file an index, all behind the same `Index` protocol."""
