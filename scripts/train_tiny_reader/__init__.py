"""Trains the tiny reader: a Qwen2 of about a million parameters that finds and quotes."""
