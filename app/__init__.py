"""Carbon Label: signed product carbon labels that anyone can check."""
