"""What can be seen from a mount: walls, line of sight, view clips."""
