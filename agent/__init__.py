"""Longread's agent: ask long documents, and get answers whose every claim shows its place."""
