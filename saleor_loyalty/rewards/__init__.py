"""Rewards: what points buy, for whom, at what price. Pure decisions."""
