"""The printable case: one HTML page, and a PDF of it, from a run folder."""
