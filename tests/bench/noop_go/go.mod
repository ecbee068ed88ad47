module locus.dev/noop_extender

go 1.21
