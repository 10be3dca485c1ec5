import setuptools


def checked(**keywords):
    setuptools.setup(**keywords)


checked(name="shop", install_requires=["flask==3.1.2", "psycopg[binary]"])
