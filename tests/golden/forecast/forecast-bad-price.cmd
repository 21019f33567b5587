forecast --policy tests/golden/forecast/bad-price.yaml --cluster orders
