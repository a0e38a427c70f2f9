"""Where new cameras should go."""
