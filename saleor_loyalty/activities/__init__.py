"""What members did besides buying."""
