//! A proxy between scanner and server that counts, cuts and stalls.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Passes bytes on, up to a number of them from the server; then it cuts every connection, or only falls silent.
pub(crate) struct Proxy {
    port: u16,
    passed: Arc<AtomicU64>,
    stalled: Arc<AtomicBool>,
}

/// What happens at the limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Cut,
    Stall,
}

impl Proxy {
    /// In front of `localhost:port`.
    pub(crate) fn before(server: u16, limit: u64, then: Then) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (passed, stalled) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (count, stall) = (Arc::clone(&passed), Arc::clone(&stalled));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (count, stall) = (Arc::clone(&count), Arc::clone(&stall));
                thread::spawn(move || pass(&client, server, limit, then, &count, &stall));
            }
        });
        Self { port, passed, stalled }
    }

    /// Where it listens on 127.0.0.1.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How many bytes of the server were passed on.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.load(Ordering::SeqCst)
    }

    /// Whether the limit was reached.
    pub(crate) fn has_stalled(&self) -> bool {
        self.stalled.load(Ordering::SeqCst)
    }
}

fn pass(client: &TcpStream, server: u16, limit: u64, then: Then, count: &AtomicU64, stall: &AtomicBool) {
    if count.load(Ordering::SeqCst) >= limit {
        // the connection is accepted and closed, as by a server that is going down; or nothing is ever said
        if then == Then::Stall {
            let _ = std::io::copy(&mut &*client, &mut std::io::sink());
        }
        return;
    }
    let Ok(server) = TcpStream::connect(("localhost", server)) else { return };
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut from, mut to) = (&server, client);
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let before = count.fetch_add(read as u64, Ordering::SeqCst);
        let left = usize::try_from(limit.saturating_sub(before)).unwrap_or(usize::MAX).min(read);
        if to.write_all(&buffer[..left]).is_err() {
            break;
        }
        if left < read {
            stall.store(true, Ordering::SeqCst);
            if then == Then::Stall {
                continue;
            }
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}
