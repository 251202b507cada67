"""Work that outlives the page: what was handed in waits in a file, a process of its own does it."""
