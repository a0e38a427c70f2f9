"""Files for the GIS department, the installer, the accountant and the public, from a run folder."""
