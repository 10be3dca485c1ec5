import os

if "PRESENT" in os.environ:
    pass
B = os.getenvb(b"BYTES_TOKEN")
