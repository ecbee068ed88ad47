"""What `tools/dev` does. Standard library only: it runs before anything of ours is installed."""
