"""Who acts: producers and certifiers, and the tokens by which the service knows them."""
