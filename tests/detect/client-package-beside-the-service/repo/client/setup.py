from setuptools import setup

setup(name="svc-client", install_requires=["requests"])
