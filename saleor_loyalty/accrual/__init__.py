"""What a member's whole history should have earned, and making it so."""
