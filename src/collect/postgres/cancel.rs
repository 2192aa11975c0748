//! Ending a running query from outside, over a connection as well secured as the session's own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use tokio::time::timeout;

use super::session::Passage;
use super::watch::Watched;
use crate::collect::ConnectError;
use crate::collect::wire::{self, Progress};
use crate::conninfo::ConnectionSettings;

/// The right to cancel what a session is running.
#[derive(Clone)]
pub struct CancelToken {
    pub(super) settings: Arc<ConnectionSettings>,
    pub(super) now: DateTime<Utc>,
    pub(super) token: tokio_postgres::CancelToken,
}

impl CancelToken {
    /// Asks the server to cancel the session's running query. The server never says whether it did.
    ///
    /// # Errors
    /// When the server cannot be reached a second time, within the same time limit.
    pub async fn cancel(&self) -> Result<(), ConnectError> {
        let (progress, after) = (Arc::new(Progress::default()), self.settings.connect_timeout);
        match timeout(after, self.ask(&progress)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(ConnectError::TimedOut { at: self.settings.address(), stage: progress.stage(), after }),
        }
    }

    async fn ask(&self, progress: &Arc<Progress>) -> Result<(), ConnectError> {
        let wire = wire::connect(&self.settings, self.now, progress).await?;
        let stream = Watched::new(wire.transport, None, Arc::clone(progress));
        let sent = self.token.cancel_query_raw(stream, Passage).await;
        sent.map_err(|_| ConnectError::Dropped { at: self.settings.address(), stage: progress.stage() })
    }
}
