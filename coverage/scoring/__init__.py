"""How much street the cameras see, and where the gaps are."""
