"""Run folders, GIS layers and tables."""
