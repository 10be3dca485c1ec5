from front_service import create_app

application = create_app()
