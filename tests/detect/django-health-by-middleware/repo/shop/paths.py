READY = "/readyz"
