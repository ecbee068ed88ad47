"""What locality is worth: parts of run_benefit_bench.py."""
