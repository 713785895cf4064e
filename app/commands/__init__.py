"""What the commands do, one file each; ``app.cli`` declares them."""
