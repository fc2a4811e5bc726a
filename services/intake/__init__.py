"""What residents say comes in here: pages, REST API, tracking; submissions and contacts are kept here alone."""
