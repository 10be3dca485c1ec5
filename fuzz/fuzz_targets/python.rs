//! Python source in every place that is read differently: a package, settings, `setup.py`, a URL configuration.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["pkg/__init__.py", "pkg/settings.py", "setup.py", "urls.py", "wsgi.py"], data));
