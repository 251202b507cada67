"""Runs the training: `python -m scripts.train_tiny_reader`."""

from scripts.train_tiny_reader.train import main

main()
