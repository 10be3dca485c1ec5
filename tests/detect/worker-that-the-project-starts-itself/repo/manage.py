import sys

from press.printing import serve

if __name__ == "__main__":
    if sys.argv[1:] == ["print_pages"]:
        serve()
