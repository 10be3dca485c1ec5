from search_service import create_app

application = create_app()
