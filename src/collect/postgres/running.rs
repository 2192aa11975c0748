//! What a scan is running at the moment, for those who have to end it: a signal, or a time limit.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::cancel::CancelToken;

/// Nobody waits longer for a server that does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// At most one session is busy at a time; this knows how to cancel what it does.
#[derive(Default)]
pub struct Running(Mutex<Option<CancelToken>>);

impl Running {
    /// Another session is busy now, or none.
    pub(super) fn now(&self, token: Option<CancelToken>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = token;
    }

    /// Asks the server to cancel the running query, so that nothing goes on there when we have gone.
    pub async fn cancel(&self) {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(token) = token {
            // we are leaving: whoever cannot be reached has lost us anyway
            let _ = tokio::time::timeout(PATIENCE, token.cancel()).await;
        }
    }
}
