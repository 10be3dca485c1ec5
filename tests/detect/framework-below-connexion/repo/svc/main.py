import connexion

outer = connexion.App(__name__)
outer.add_api("api.yaml")
app = outer.app
