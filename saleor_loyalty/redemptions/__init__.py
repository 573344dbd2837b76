"""Redemptions: purchases of rewards, from the held points to the paid order and back."""
