"""The promises of a passage store as tests, one module a topic; `carrel.testing.store_contract` joins them."""
