from metadata_service import create_app

application = create_app()
