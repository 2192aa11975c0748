//! How far a connection has come, so that a time-out or a drop can say so.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// The steps to a session, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// Looking the host's name up.
    Lookup,
    /// TCP or the Unix socket.
    Connecting,
    /// The SSLRequest.
    TlsRequest,
    /// The TLS handshake.
    Tls,
    /// The start-up packet, until the server asks for a proof or lets us in.
    Startup,
    /// The proof.
    Authentication,
    /// After the proof, until the server is ready.
    Entering,
}

const STAGES: [Stage; 7] = [
    Stage::Lookup,
    Stage::Connecting,
    Stage::TlsRequest,
    Stage::Tls,
    Stage::Startup,
    Stage::Authentication,
    Stage::Entering,
];

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lookup => "while looking up its address",
            Self::Connecting => "while connecting",
            Self::TlsRequest => "after asking for TLS",
            Self::Tls => "during the TLS handshake",
            Self::Startup => "during start-up",
            Self::Authentication => "during authentication",
            Self::Entering => "after authentication",
        })
    }
}

/// The stage of one connection, shared between the task that connects and the one that waits.
#[derive(Debug, Default)]
pub struct Progress(AtomicU8);

impl Progress {
    /// Notes that `stage` has begun.
    pub fn reached(&self, stage: Stage) {
        self.0.store(stage as u8, Ordering::Relaxed);
    }

    /// The last stage that began.
    pub fn stage(&self) -> Stage {
        let at = usize::from(self.0.load(Ordering::Relaxed));
        STAGES.get(at).copied().unwrap_or(Stage::Entering)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_comes_back() {
        let progress = Progress::default();
        assert_eq!(progress.stage(), Stage::Lookup);
        for stage in STAGES {
            progress.reached(stage);
            assert_eq!(progress.stage(), stage);
        }
    }
}
