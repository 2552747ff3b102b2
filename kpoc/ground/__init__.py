"""What every room uses: files, text, schemas, registries, hashes, the cache."""
