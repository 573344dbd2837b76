"""What Saleor shows of members: their level and points, as attributes of its customers."""
