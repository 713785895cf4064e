"""Link budget: terminals, losses, the itemised budget, adaptive rate and volume per contact."""
