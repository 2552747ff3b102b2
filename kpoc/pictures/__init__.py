"""Image files to pixels: found, decoded, resized, drawn small."""
