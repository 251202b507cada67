"""One file a language: how needles, questions and filler are put in it."""
