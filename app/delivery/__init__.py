"""What Aspan tells others by itself: event streams and webhooks."""
