"""A kubelet for tests: pods that the scheduler has bound run as processes of this machine."""
