"""How rows are chosen: protocols, their steps, and the manifests they make."""
