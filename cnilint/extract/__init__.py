"""From bytes to facts: files are read, built, and each object gives its facts."""
