"""What a programme would have done: a draft over real orders, beside the programme in force."""
