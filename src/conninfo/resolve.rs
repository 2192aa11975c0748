//! From flags, connection string, policy, environment and files to settled settings, in that order.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::given::{Given, Origin, Parameters};
use super::keyword::{self, KEYWORDS};
use super::passfile::{self, Wanted};
use super::service::{self, Search};
use super::settings::{ConnectionSettings, Host, PasswordSource, SslMode};
use super::{ConninfoError, Secret, file, pairs, ssl, uri};

/// The socket directories that packagers compile in; the first that exists is the default host.
const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];
/// The time for the whole way to a session when nobody chose.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Our variable for a container's secret.
const PASSWORD_FILE_VARIABLE: &str = "PGCOMPLY_PASSWORD_FILE";

/// What the command line and the policy say. No `Debug`: a connection string may hold a password.
#[derive(Clone, Default)]
pub struct Request {
    /// The argument: a URL, a `key=value` string or a database's name.
    pub connection: Option<String>,
    /// `-h`, `--host`.
    pub host: Option<String>,
    /// `-p`, `--port`.
    pub port: Option<String>,
    /// `-U`, `--username`.
    pub user: Option<String>,
    /// `-d`, `--dbname`: a name, a URL or a `key=value` string.
    pub dbname: Option<String>,
    /// `--password-file`.
    pub password_file: Option<PathBuf>,
    /// The policy's `[[target]]`, if one was chosen.
    pub target: Option<TargetEntry>,
}

/// The connection parameters of a `[[target]]`.
#[derive(Clone, Default)]
pub struct TargetEntry {
    /// Its name, for messages.
    pub name: String,
    /// Parameters by libpq's names.
    pub parameters: BTreeMap<String, String>,
    /// Its `password_file`.
    pub password_file: Option<PathBuf>,
}

/// The process around us, as arguments.
#[derive(Clone, Default)]
pub struct Surroundings {
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The home directory: HOME, else the account's.
    pub home: Option<PathBuf>,
    /// The operating system's name of the user, the default role.
    pub user: Option<String>,
}

impl Surroundings {
    fn variable(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

/// Settles every connection parameter.
///
/// # Errors
/// When a key is unknown or unsupported, a value makes no sense, or a file that was named cannot be read.
pub fn resolve(request: &Request, around: &Surroundings) -> Result<ConnectionSettings, ConninfoError> {
    let mut warnings = Vec::new();
    let parameters = gather(request, around, &mut warnings)?;
    warnings.extend(keyword::refuse_unsupported(&parameters)?);
    let home = around.home.as_deref();
    let host = host(&parameters)?;
    let sslmode = ssl::mode(&parameters)?;
    let encrypted = matches!(host, Host::Tcp { .. }) && sslmode != SslMode::Disable;
    let user = parameters.text("user").or(around.user.as_deref()).ok_or(ConninfoError::NoUser)?.to_owned();
    let mut settings = ConnectionSettings {
        port: port(&parameters)?,
        database: parameters.text("dbname").unwrap_or(&user).to_owned(),
        user,
        password: None,
        password_source: None,
        sslmode,
        ssl_root_cert: ssl::roots(&parameters, home, sslmode)?,
        client_certificate: ssl::client_certificate(&parameters, home)?.filter(|_| encrypted),
        ssl_negotiation: ssl::negotiation(&parameters, sslmode)?,
        channel_binding: ssl::channel_binding(&parameters, encrypted)?,
        connect_timeout: connect_timeout(&parameters)?,
        application_name: application_name(&parameters),
        host,
        warnings: Vec::new(),
    };
    if let Some((password, source)) = password(request, &parameters, around, &settings, &mut warnings)? {
        (settings.password, settings.password_source) = (Some(password), Some(source));
    }
    warnings.extend(unread_revocation_list(home, encrypted));
    settings.warnings = warnings;
    Ok(settings)
}

/// Lays the layers over each other; what an earlier one named stays.
fn gather(request: &Request, around: &Surroundings, warnings: &mut Vec<String>) -> Result<Parameters, ConninfoError> {
    let mut parameters = Parameters::default();
    offer_flags(request, &mut parameters);
    offer_connection_strings(request, &mut parameters, warnings)?;
    if let Some(target) = &request.target {
        for (key, value) in &target.parameters {
            let origin = Origin::Target(target.name.clone());
            parameters.offer(keyword::known(key, &origin)?.key, value, origin);
        }
    }
    for keyword in KEYWORDS {
        if let Some((name, value)) = keyword.env.and_then(|name| Some((name, around.variable(name)?))) {
            parameters.offer(keyword.key, value, Origin::Environment(name));
        }
    }
    offer_service(around, &mut parameters, warnings)?;
    Ok(parameters)
}

fn offer_flags(request: &Request, parameters: &mut Parameters) {
    let flags = [("host", "-h", &request.host), ("port", "-p", &request.port), ("user", "-U", &request.user)];
    for (key, flag, value) in flags {
        parameters.offer(key, value.as_deref().unwrap_or_default(), Origin::Flag(flag));
    }
    if let Some(name) = request.dbname.as_deref().filter(|text| !is_connection_string(text)) {
        parameters.offer("dbname", name, Origin::Flag("-d"));
    }
}

/// libpq's own test (`recognized_connection_string`).
fn is_connection_string(text: &str) -> bool {
    uri::is_uri(text) || text.contains('=')
}

fn offer_connection_strings(
    request: &Request,
    parameters: &mut Parameters,
    warnings: &mut Vec<String>,
) -> Result<(), ConninfoError> {
    let given = [request.connection.as_deref(), request.dbname.as_deref()];
    let mut strings = given.into_iter().flatten().filter(|text| is_connection_string(text));
    let Some(text) = strings.next() else {
        parameters.offer("dbname", request.connection.as_deref().unwrap_or_default(), Origin::ConnectionString);
        return Ok(());
    };
    if strings.next().is_some() {
        let what = "two connection strings are given, as argument and by -d: keep one".to_owned();
        return Err(ConninfoError::Conflict { what });
    }
    let origin = if uri::is_uri(text) { Origin::Url } else { Origin::ConnectionString };
    let parsed = if uri::is_uri(text) { uri::parse(text) } else { pairs::parse(text) };
    let parsed = parsed.map_err(|reason| ConninfoError::Syntax { origin: origin.clone(), reason })?;
    // the last of a repeated key wins, as in libpq
    for (key, value) in parsed.iter().rev() {
        let key = keyword::known(key, &origin)?.key;
        if key == "password" && !value.is_empty() {
            warnings.push(format!(
                "the password in the {origin} is visible to every user of this machine: use --password-file or ~/.pgpass"
            ));
        }
        warn_if_overruled(key, value, parameters, &origin, warnings);
        parameters.offer(key, value, origin.clone());
    }
    Ok(())
}

fn offer_service(
    around: &Surroundings,
    parameters: &mut Parameters,
    warnings: &mut Vec<String>,
) -> Result<(), ConninfoError> {
    let Some(wanted) = parameters.given("service").cloned() else {
        return Ok(());
    };
    let search = Search {
        file: parameters.text("servicefile").map(PathBuf::from),
        home: around.home.as_deref(),
        system_folder: around.variable("PGSYSCONFDIR").map(PathBuf::from),
    };
    for (key, Given { value, origin }) in service::find(&wanted, &search)? {
        warn_if_overruled(key, &value, parameters, &origin, warnings);
        parameters.offer(key, &value, origin);
    }
    Ok(())
}

/// Says it where psql would have chosen otherwise: it lets `-d`'s string win over flags, and the service over `PG*`.
fn warn_if_overruled(key: &str, value: &str, parameters: &Parameters, origin: &Origin, warnings: &mut Vec<String>) {
    let Some(stronger) = parameters.given(key).filter(|given| given.value != value && !value.is_empty()) else {
        return;
    };
    if matches!(stronger.origin, Origin::Flag(_) | Origin::Environment(_)) {
        warnings.push(format!(
            "{key} is taken from the {}, not from the {origin}; psql would do the reverse",
            stronger.origin
        ));
    }
}

fn host(parameters: &Parameters) -> Result<Host, ConninfoError> {
    let several = ["host", "hostaddr", "port"].into_iter().find_map(|key| {
        let given = parameters.given(key)?;
        (given.value.contains(',') && !given.value.starts_with('/')).then(|| given.origin.clone())
    });
    if let Some(origin) = several {
        return Err(ConninfoError::SeveralHosts { origin });
    }
    let hostaddr = match parameters.given("hostaddr") {
        Some(given) => Some(given.value.parse().map_err(|_| ssl::invalid("hostaddr", given, "an IP address"))?),
        None => None,
    };
    match (parameters.given("host"), hostaddr) {
        (Some(given), _) if given.value.starts_with('@') => Err(ConninfoError::Unsupported {
            key: "host".to_owned(),
            origin: given.origin.clone(),
            why: "abstract Unix sockets cannot be opened; name a directory",
        }),
        (Some(given), None) if given.value.starts_with('/') => Ok(Host::Unix { directory: (&given.value).into() }),
        (Some(given), hostaddr) if !given.value.starts_with('/') => {
            Ok(Host::Tcp { name: given.value.clone(), hostaddr })
        }
        (_, Some(address)) => Ok(Host::Tcp { name: address.to_string(), hostaddr: Some(address) }),
        (_, None) => Ok(Host::Unix { directory: default_socket_folder() }),
    }
}

fn default_socket_folder() -> PathBuf {
    let existing = SOCKET_FOLDERS.iter().find(|folder| Path::new(folder).is_dir());
    existing.unwrap_or(&SOCKET_FOLDERS[0]).into()
}

fn port(parameters: &Parameters) -> Result<u16, ConninfoError> {
    match parameters.given("port") {
        None => Ok(5432),
        Some(given) => match given.value.trim().parse::<u16>() {
            Ok(port) if port > 0 => Ok(port),
            _ => Err(ssl::invalid("port", given, "a number from 1 to 65535")),
        },
    }
}

fn connect_timeout(parameters: &Parameters) -> Result<Duration, ConninfoError> {
    let Some(given) = parameters.given("connect_timeout") else {
        return Ok(CONNECT_TIMEOUT);
    };
    match given.value.trim().parse::<i32>() {
        Ok(seconds @ 1..) => Ok(Duration::from_secs(u64::from(seconds.unsigned_abs()))),
        Ok(_) => Err(ConninfoError::Unsupported {
            key: format!("connect_timeout={}", given.value.trim()),
            origin: given.origin.clone(),
            why: "it would wait for ever; give a number of seconds",
        }),
        Err(_) => Err(ssl::invalid("connect_timeout", given, "a whole number of seconds")),
    }
}

fn application_name(parameters: &Parameters) -> Option<String> {
    let name = parameters.text("application_name").or(parameters.text("fallback_application_name"));
    name.map(str::to_owned)
}

type Found = Option<(Secret, PasswordSource)>;

/// The first of: `--password-file`, connection string, policy, PGCOMPLY_PASSWORD_FILE, PGPASSWORD, service, pass file.
fn password(
    request: &Request,
    parameters: &Parameters,
    around: &Surroundings,
    settings: &ConnectionSettings,
    warnings: &mut Vec<String>,
) -> Result<Found, ConninfoError> {
    let from_file = |path: &Path| Ok(Some((file::password(path)?, PasswordSource::PasswordFile(path.to_owned()))));
    let given = parameters.given("password");
    let take = |given: &Given| (Secret::new(given.value.clone()), PasswordSource::Given(given.origin.clone()));
    if let Some(path) = &request.password_file {
        return from_file(path);
    }
    if let Some(given) = given.filter(|given| matches!(given.origin, Origin::Url | Origin::ConnectionString)) {
        return Ok(Some(take(given)));
    }
    if let Some(path) = request.target.as_ref().and_then(|target| target.password_file.as_deref()) {
        return from_file(path);
    }
    if let Some(given) = given.filter(|given| matches!(given.origin, Origin::Target(_))) {
        return Ok(Some(take(given)));
    }
    if let Some(path) = around.variable(PASSWORD_FILE_VARIABLE) {
        return from_file(Path::new(path));
    }
    match given {
        Some(given) => Ok(Some(take(given))),
        None => Ok(from_pass_file(parameters, around, settings, warnings)),
    }
}

fn from_pass_file(
    parameters: &Parameters,
    around: &Surroundings,
    settings: &ConnectionSettings,
    warnings: &mut Vec<String>,
) -> Found {
    let named = parameters.given("passfile").map(|given| PathBuf::from(&given.value));
    let path = named.clone().or_else(|| Some(around.home.as_ref()?.join(".pgpass")))?;
    if named.is_some() && !path.exists() {
        warnings.push(format!("pass file {} does not exist", path.display()));
        return None;
    }
    let host = pass_file_host(&settings.host);
    let port = settings.port.to_string();
    let wanted = Wanted { host: &host, port: &port, database: &settings.database, user: &settings.user };
    match passfile::look_up(&path, &wanted) {
        Ok(found) => found.map(|secret| (secret, PasswordSource::PassFile(path))),
        Err(warning) => {
            warnings.push(warning);
            None
        }
    }
}

/// libpq looks a default socket directory up as `localhost`.
fn pass_file_host(host: &Host) -> String {
    match host {
        Host::Tcp { name, .. } => name.clone(),
        Host::Unix { directory } if SOCKET_FOLDERS.iter().any(|folder| Path::new(folder) == directory) => {
            "localhost".to_owned()
        }
        Host::Unix { directory } => directory.display().to_string(),
    }
}

/// libpq would read `~/.postgresql/root.crl`; we do not, and say so.
fn unread_revocation_list(home: Option<&Path>, encrypted: bool) -> Option<String> {
    let path = home.filter(|_| encrypted)?.join(".postgresql/root.crl");
    path.is_file().then(|| format!("{} is not read: revocation is not checked", path.display()))
}

#[cfg(test)]
#[path = "resolve_tests.rs"]
mod tests;
