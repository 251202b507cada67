"""What is promised about faults and attacks, each with a harness that can break it."""
