"""Runs Locus and a real Kubernetes control plane on one machine: for the demo and for the end-to-end tests.

Everything listens on loopback, on ports that the kernel chose, in folders of the run. Nothing outlives the process
that started it.
"""
