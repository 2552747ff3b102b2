"""The page's figures: one file a kind of figure, each drawn as inline SVG."""
