//! SQL on a private server, as its superuser: over the socket, by peer, in or out of a runtime.

use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tokio_postgres::{Client, NoTls};

use super::ServerError;
use super::run::{PATIENCE, PrivateServer, SUPERUSER};

impl PrivateServer {
    /// How to connect as the superuser, over the socket and by peer.
    pub fn superuser_config(&self, database: &str) -> tokio_postgres::Config {
        let mut config = tokio_postgres::Config::new();
        config.host_path(self.socket_dir()).port(self.port()).user(SUPERUSER).dbname(database);
        config.connect_timeout(PATIENCE);
        config
    }

    /// A connection as the superuser. Its task runs on the current runtime until the client is dropped.
    ///
    /// # Errors
    /// [`ServerError::Sql`] with the server's words.
    pub async fn superuser_client(&self, database: &str) -> Result<Client, ServerError> {
        let connected = self.superuser_config(database).connect(NoTls).await;
        let (client, connection) = connected.map_err(ServerError::sql(database))?;
        tokio::spawn(connection);
        Ok(client)
    }

    /// Runs SQL as the superuser and waits for it, in or out of a runtime. Several statements in one text are one
    /// transaction.
    ///
    /// # Errors
    /// [`ServerError::Sql`] with the server's words.
    pub fn execute(&self, database: &str, sql: &str) -> Result<(), ServerError> {
        self.execute_all(database, &[sql])
    }

    /// Runs several texts one after the other on one connection; each is a transaction of its own.
    ///
    /// # Errors
    /// [`ServerError::Sql`] with the server's words.
    pub fn execute_all(&self, database: &str, texts: &[&str]) -> Result<(), ServerError> {
        self.on_own_runtime(async {
            let client = self.superuser_client(database).await?;
            for sql in texts {
                client.batch_execute(sql).await.map_err(ServerError::sql(database))?;
            }
            Ok(())
        })
    }

    /// The first column of the first row as text, read as the superuser; `None` for NULL or no row.
    ///
    /// # Errors
    /// [`ServerError::Sql`] with the server's words.
    pub fn value(&self, database: &str, sql: &str) -> Result<Option<String>, ServerError> {
        self.on_own_runtime(async {
            let client = self.superuser_client(database).await?;
            let said = client.simple_query(sql).await.map_err(ServerError::sql(database))?;
            Ok(said.iter().find_map(|message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
                _ => None,
            }))
        })
    }

    /// Has the server read its files again, and waits until it has.
    ///
    /// # Errors
    /// [`ServerError::Sql`], or [`ServerError::Start`] if the time does not move.
    pub fn reload(&self) -> Result<(), ServerError> {
        const LOADED: &str = "SELECT pg_catalog.pg_conf_load_time()";
        let before = self.value(SUPERUSER, LOADED)?;
        self.execute(SUPERUSER, "SELECT pg_catalog.pg_reload_conf()")?;
        let patience = Instant::now() + PATIENCE;
        while self.value(SUPERUSER, LOADED)? == before {
            if Instant::now() > patience {
                return Err(self.start_error());
            }
            sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Drives a future to its end on a thread and runtime of its own, so that callers may be in a runtime or not.
    fn on_own_runtime<T: Send>(
        &self,
        future: impl Future<Output = Result<T, ServerError>> + Send,
    ) -> Result<T, ServerError> {
        let at = || ServerError::io(self.folder());
        let run = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(at())?.block_on(future)
        };
        let joined = std::thread::scope(|scope| scope.spawn(run).join());
        joined.unwrap_or_else(|_| Err(at()(io::Error::other("the thread of a statement ended early"))))
    }
}
