from setuptools import setup

setup(name="flask-thing", install_requires=["Flask>=2"])
