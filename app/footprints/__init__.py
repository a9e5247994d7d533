"""What is declared: the footprint file, the product category rules, and the review."""
