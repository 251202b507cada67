"""Who reads: one file a reader, all behind the same `Reader` protocol."""
