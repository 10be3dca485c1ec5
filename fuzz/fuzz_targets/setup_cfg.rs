//! `setup.cfg` and `uwsgi.ini`.
#![no_main]

mod beside;

libfuzzer_sys::fuzz_target!(|data: &[u8]| beside::read(&["setup.cfg", "uwsgi.ini"], data));
