"""Hold everything that puts the services somewhere: images, manifests, territories, the local start."""
