//! The watchdog: a shell that outlives us by a moment and takes the server with it, even after SIGKILL.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use super::ServerError;

/// Waits for a word or for the end of its standard input, which comes when we end, however we do. Without the word it
/// stops the server whose pid stands in `$1/data/postmaster.pid` (which a server just started takes a moment to write)
/// and removes the folder.
const SCRIPT: &str = r#"
word=; read -r word
[ "$word" = done ] && exit 0
i=0
while [ ! -s "$1/data/postmaster.pid" ] && [ $i -lt 20 ]; do i=$((i+1)); sleep 0.05; done
if read -r pid < "$1/data/postmaster.pid"; then
  kill -QUIT "$pid"
  i=0; while kill -0 "$pid" && [ $i -lt 100 ]; do i=$((i+1)); sleep 0.05; done
  kill -KILL "$pid"
fi
rm -rf "$1"
"#;

/// A running watchdog over one server's folder.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
    stdin: Option<ChildStdin>,
}

impl Watchdog {
    /// Sets one over `folder`, which it removes if we end without calling [`Watchdog::dismiss`].
    pub(crate) fn over(folder: &Path) -> Result<Self, ServerError> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "pgcomply-watchdog"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0)
            .spawn()
            .map_err(ServerError::io("/bin/sh"))?;
        let stdin = child.stdin.take();
        Ok(Self { child, stdin })
    }

    /// Sends it home: the server and its folder are gone already.
    pub(crate) fn dismiss(&mut self) {
        if let Some(mut stdin) = self.stdin.take() {
            // a watchdog that is gone already needs no word
            let _ = stdin.write_all(b"done\n");
        }
        let _ = self.child.wait();
    }
}
