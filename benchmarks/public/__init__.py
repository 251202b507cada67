"""Questions with known answers in the forms in which they are published, and who can be scored."""
