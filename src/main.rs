//! The `pykube` program: arguments in, text and exit code out; everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    pykube::run(std::env::args_os())
}
