"""The live page: what flows, what came out and why, on one web server without a build step."""
