"""One verb per file: classify, train, evaluate, predict."""
