//! A watch over the stream while a session begins.
//!
//! tokio-postgres does the log-in, and keeps to itself what the server asked for. The watch reads along until the
//! server is ready: it notes the authentication method, the SCRAM iterations, the parameters and how far things came;
//! it stops what is no PostgreSQL before a length of gigabytes is believed; and it hides a request for a
//! clear-text password on an unencrypted connection from the driver, which would obey.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::timeout;
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use crate::collect::printable;
use crate::collect::wire::{Progress, Stage, Transport};

/// libpq believes no longer message before the session is ready, either.
const LONGEST_MESSAGE: usize = 30_000;
/// How long a proper end may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// What must end the connection at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Violation {
    ClearTextPassword,
    NotPostgres(String),
    Garbage(String),
    /// The server ended TLS with this alert, as it does when it does not like the client's certificate.
    Alert(String),
}

/// What was seen so far.
#[derive(Debug, Default, Clone)]
pub(super) struct Observed {
    pub(super) method: Option<String>,
    pub(super) iterations: Option<u64>,
    pub(super) channel_bound: bool,
    pub(super) process_id: Option<i32>,
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) violation: Option<Violation>,
    /// The server closed the stream.
    pub(super) ended: bool,
}

/// A stream that is watched until the server is ready, and that others may hold too.
#[derive(Debug, Clone)]
pub(super) struct Watched(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    transport: Transport,
    binding: Option<Vec<u8>>,
    progress: Arc<Progress>,
    observed: Observed,
    unread: Vec<u8>,
    heard_any: bool,
    ready: bool,
}

impl Watched {
    pub(super) fn new(transport: Transport, binding: Option<Vec<u8>>, progress: Arc<Progress>) -> Self {
        progress.reached(Stage::Startup);
        let (observed, unread) = (Observed::default(), Vec::new());
        Self(Arc::new(Mutex::new(Inner {
            transport,
            binding,
            progress,
            observed,
            unread,
            heard_any: false,
            ready: false,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn observed(&self) -> Observed {
        self.lock().observed.clone()
    }

    /// Ends the stream properly after a failure, so that the server logs no broken connection.
    pub(super) async fn hang_up(mut self) {
        let _ = timeout(FAREWELL, self.shutdown()).await;
    }
}

impl TlsStream for Watched {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.lock().binding {
            Some(digest) => ChannelBinding::tls_server_end_point(digest.clone()),
            None => ChannelBinding::none(),
        }
    }
}

impl AsyncRead for Watched {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut inner = self.lock();
        let before = buf.filled().len();
        let polled = Pin::new(&mut inner.transport).poll_read(cx, buf);
        match &polled {
            Poll::Ready(Ok(())) if buf.filled().len() == before => inner.observed.ended = buf.remaining() > 0,
            Poll::Ready(Ok(())) if !inner.ready => {
                if let Err(violation) = inner.hear(&buf.filled()[before..]) {
                    inner.observed.violation = Some(violation);
                    buf.set_filled(before);
                    return Poll::Ready(Err(io::Error::other("stopped by the watch")));
                }
            }
            Poll::Ready(Err(error)) => inner.end(error),
            _ => {}
        }
        polled
    }
}

impl AsyncWrite for Watched {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut inner = self.lock();
        // SASLInitialResponse: 'p', length, mechanism
        if !inner.ready && buf.first() == Some(&b'p') && buf[1..].get(4..).is_some_and(binds) {
            inner.observed.channel_bound = true;
        }
        let polled = Pin::new(&mut inner.transport).poll_write(cx, buf);
        if matches!(polled, Poll::Ready(Err(_))) {
            inner.observed.ended = true;
        }
        polled
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().transport).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.lock().transport).poll_shutdown(cx)
    }
}

fn binds(mechanism: &[u8]) -> bool {
    mechanism.starts_with(b"SCRAM-SHA-256-PLUS\0")
}

impl Inner {
    fn end(&mut self, error: &io::Error) {
        self.observed.ended = true;
        if let Some(rustls::Error::AlertReceived(alert)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
            self.observed.violation = Some(Violation::Alert(format!("{alert:?}")));
        }
    }

    /// Takes in what has come and looks at every whole message.
    fn hear(&mut self, bytes: &[u8]) -> Result<(), Violation> {
        self.unread.extend_from_slice(bytes);
        while let Some(length) = self.next_length()? {
            if self.unread.len() <= length {
                return Ok(());
            }
            let message: Vec<u8> = self.unread.drain(..=length).collect();
            self.heard_any = true;
            self.look_at(message[0], &message[5..])?;
            if self.ready {
                self.unread = Vec::new();
                return Ok(());
            }
        }
        Ok(())
    }

    /// The length of the next message without its tag, once its head is there and makes sense.
    fn next_length(&self) -> Result<Option<usize>, Violation> {
        let Some(tag) = self.unread.first() else {
            return Ok(None);
        };
        if !self.heard_any && !b"RENv".contains(tag) {
            return Err(Violation::NotPostgres(self.beginning()));
        }
        if !b"RENvSKZ".contains(tag) {
            return Err(Violation::Garbage(format!("message type '{}' is out of place", tag.escape_ascii())));
        }
        let Some(length) = self.unread.get(1..5).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) else {
            return Ok(None);
        };
        match usize::try_from(u32::from_be_bytes(length)) {
            Ok(length @ 4..=LONGEST_MESSAGE) => Ok(Some(length)),
            _ => Err(Violation::Garbage(format!("a message of type '{}' has an absurd length", tag.escape_ascii()))),
        }
    }

    fn beginning(&self) -> String {
        printable(&String::from_utf8_lossy(&self.unread[..self.unread.len().min(32)]))
    }

    fn look_at(&mut self, tag: u8, body: &[u8]) -> Result<(), Violation> {
        match tag {
            b'R' => self.look_at_authentication(body)?,
            b'K' => {
                self.observed.process_id = body.get(..4).and_then(|id| Some(i32::from_be_bytes(id.try_into().ok()?)))
            }
            b'S' => {
                let mut words = body.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
                if let (Some(name), Some(value)) = (words.next(), words.next()) {
                    self.observed.parameters.insert(name, value);
                }
            }
            b'Z' => self.ready = true,
            _ => {}
        }
        Ok(())
    }

    fn look_at_authentication(&mut self, body: &[u8]) -> Result<(), Violation> {
        let code = body.get(..4).and_then(|code| Some(u32::from_be_bytes(code.try_into().ok()?)));
        let code = code.ok_or_else(|| Violation::Garbage("an authentication request is cut short".to_owned()))?;
        self.progress.reached(if code == 0 { Stage::Entering } else { Stage::Authentication });
        let method = match code {
            0 => self.observed.method.take().unwrap_or_else(|| "none".to_owned()),
            2 => "Kerberos V5".to_owned(),
            3 => "password".to_owned(),
            5 => "md5".to_owned(),
            7 => "GSSAPI".to_owned(),
            9 => "SSPI".to_owned(),
            10 => sasl_method(&body[4..]),
            11 => {
                self.observed.iterations = iterations(&body[4..]);
                return Ok(());
            }
            8 | 12 => return Ok(()),
            other => format!("authentication request {other}"),
        };
        self.observed.method = Some(method);
        match code {
            3 if !self.transport.is_private() => Err(Violation::ClearTextPassword),
            _ => Ok(()),
        }
    }
}

/// `scram-sha-256` where it is offered, else the names of what is.
fn sasl_method(mechanisms: &[u8]) -> String {
    let offered: Vec<_> = mechanisms.split(|byte| *byte == 0).filter(|name| !name.is_empty()).collect();
    if offered.iter().any(|name| name.starts_with(b"SCRAM-SHA-256")) {
        return "scram-sha-256".to_owned();
    }
    printable(&String::from_utf8_lossy(&offered.join(&b' ')))
}

/// The `i=` of SCRAM's server-first-message.
fn iterations(message: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(message).ok()?;
    text.split(',').find_map(|part| part.strip_prefix("i=")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_and_iterations_are_read_from_the_wire() {
        assert_eq!(sasl_method(b"SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"), "scram-sha-256");
        assert_eq!(sasl_method(b"OAUTHBEARER\0\0"), "OAUTHBEARER");
        assert_eq!(iterations(b"r=abc,s=c2FsdA==,i=600000"), Some(600_000));
        assert_eq!(iterations(b"r=abc"), None);
        assert!(binds(b"SCRAM-SHA-256-PLUS\0rest") && !binds(b"SCRAM-SHA-256\0rest"));
    }
}
