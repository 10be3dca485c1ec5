//! A way to a server on the loopback that can be made a black hole: what is open stays open, and nothing comes through.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Passes connections on to a port until the test process ends.
pub(crate) struct Relay {
    pub(crate) port: u16,
    holds: Arc<AtomicBool>,
}

impl Relay {
    pub(crate) fn new(target: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let (port, holds) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let held = Arc::clone(&holds);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", target)) else { continue };
                pass(client.try_clone().unwrap(), server.try_clone().unwrap(), &held);
                pass(server, client, &held);
            }
        });
        Self { port, holds }
    }

    /// From now on nothing comes through.
    pub(crate) fn hold(&self) {
        self.holds.store(true, Ordering::SeqCst);
    }

    pub(crate) fn pass(&self) {
        self.holds.store(false, Ordering::SeqCst);
    }
}

/// Copies one direction in a thread of its own.
fn pass(mut from: TcpStream, mut to: TcpStream, holds: &Arc<AtomicBool>) {
    let holds = Arc::clone(holds);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            while holds.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(50));
            }
            if to.write_all(&buffer[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Both);
    });
}
