"""Loyalty for Saleor shops."""
