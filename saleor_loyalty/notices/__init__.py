"""No notice, no expiry: members are told in time, or their points stay."""
