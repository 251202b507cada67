"""What a person can be looking at: one module a view, each with `draw`."""
