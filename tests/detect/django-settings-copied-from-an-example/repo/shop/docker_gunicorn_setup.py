bind = "0.0.0.0:8150"
workers = 2
