"""Where files and the web come in, and nowhere else."""
