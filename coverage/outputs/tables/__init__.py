"""What a command prints for people: small tables made from its JSON result, so that both say the same."""
