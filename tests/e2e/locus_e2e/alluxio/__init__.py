"""A real Alluxio on this machine, and Locus beside it."""
