from flask import Flask

app = Flask(__name__)


def prepare(store, debug=False):
    @app.route("/notes")
    def notes():
        return store.all()

    return app


if __name__ == "__main__":
    prepare({})
    app.run()
