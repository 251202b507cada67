"""Small parts that views are drawn from."""
