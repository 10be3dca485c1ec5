#[test]
fn scratch() {
    let (config, document) = pykube::config::parse("app.toml".into(), std::fs::read_to_string("/tmp/t.toml").unwrap())
        .unwrap_or_else(|e| panic!("{e}"));
    let app = pykube::app::resolve(&config, &document, &Default::default()).unwrap_or_else(|e| panic!("{e}"));
    for (path, text) in pykube::render::render(&app).unwrap_or_else(|e| panic!("{e:#}")).iter() {
        let path = std::path::Path::new("/tmp/out").join(path.as_str());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
