"""Stamps, challenges and surprises."""
