"""How good a reader is: questions whose answers code has planted or knows, asked and scored."""
