"""Images built by buildah, and containers of them run by crun, without a registry and without a daemon. Needs root."""
