//! The OS account that a private server runs as: ours, or another one when we are root.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use nix::unistd::{Gid, Uid, User, chown, geteuid};

use super::ServerError;

/// Who runs the server, and who asked for it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    other: Option<(Uid, Gid)>,
    /// The OS user that runs this program: the one that may become the superuser over the socket.
    pub(crate) invoker: String,
}

impl Account {
    /// Ourselves, or, as PostgreSQL refuses to run as root, `postgres` or `nobody` when we are.
    pub(crate) fn choose() -> Result<Self, ServerError> {
        let me = geteuid();
        let invoker = look_up(User::from_uid(me)).map_or_else(|| me.to_string(), |u| u.name);
        if !me.is_root() {
            return Ok(Self { other: None, invoker });
        }
        let user = ["postgres", "nobody"].iter().find_map(|name| look_up(User::from_name(name)));
        let user = user.ok_or(ServerError::NoAccount)?;
        Ok(Self { other: Some((user.uid, user.gid)), invoker })
    }

    /// A command that runs as this account, in `/`, in a process group of its own (so that a Ctrl-C meant for us does
    /// not reach it), and sees nothing of our environment but a plain `PATH`.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LC_ALL", "C");
        command.current_dir("/").process_group(0);
        if let Some((uid, gid)) = self.other {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        command
    }

    /// Gives a file or folder of ours to the account.
    pub(crate) fn give(&self, path: &Path) -> Result<(), ServerError> {
        let Some((uid, gid)) = self.other else {
            return Ok(());
        };
        chown(path, Some(uid), Some(gid)).map_err(|e| ServerError::io(path)(e.into()))
    }
}

fn look_up(found: nix::Result<Option<User>>) -> Option<User> {
    found.ok().flatten()
}
