"""What a camera list does not say or says wrongly, and what that costs."""
