"""Real Spark applications: submitted in client mode, asked for one scan after another, and looked at from outside."""
