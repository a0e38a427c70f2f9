"""Presets, the demo town and project files, checked into frozen settings."""
