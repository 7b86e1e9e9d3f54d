//! Where settings come from: the flag, else the environment, else `seaway.toml`, else the default.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use egress::HostPort;
use serde::Deserialize;

use crate::origins::Asked;
use crate::place::Where;

pub const DATA_DIR: &str = "./data";

/// Where the installation lives; every verb takes these.
#[derive(Args, Clone, Debug, Default)]
pub struct Home {
    /// Folder of files, key file and, without a database URL, SQLite [default: ./data]
    #[arg(long, env = "SEAWAY_DATA_DIR", value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// PostgreSQL instead of SQLite: postgresql://user@host/database
    #[arg(long, env = "SEAWAY_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Schema in that database, made if it is not there [default: the connection's own]
    #[arg(long, env = "SEAWAY_DATABASE_SCHEMA", value_name = "NAME")]
    pub database_schema: Option<String>,
    /// File of settings [default: seaway.toml in the data folder]
    #[arg(long, env = "SEAWAY_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// How the outside reaches us.
#[derive(Args, Clone, Debug, Default)]
pub struct Net {
    /// Address and port [default: 127.0.0.1:8080]
    #[arg(long, env = "SEAWAY_LISTEN", value_name = "ADDR")]
    pub listen: Option<String>,
    /// Origin of the desk as browsers see it, such as https://help.example.com
    #[arg(long, env = "SEAWAY_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Origin of the webchat [default: webchat. before the public host]
    #[arg(long, env = "SEAWAY_WEBCHAT_URL", value_name = "URL")]
    pub webchat_url: Option<String>,
    /// Origin of customers' files [default: files. before the public host]
    #[arg(long, env = "SEAWAY_FILES_URL", value_name = "URL")]
    pub files_url: Option<String>,
    /// Certificate chain in PEM; with it we speak HTTPS only
    #[arg(long, env = "SEAWAY_TLS_CERT", value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Its private key in PEM
    #[arg(long, env = "SEAWAY_TLS_KEY", value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
    /// Private targets that outgoing requests may reach
    #[arg(long, env = "SEAWAY_EGRESS_ALLOW", value_name = "HOST:PORT", num_args = 1.., value_delimiter = ',')]
    pub egress_allow: Vec<HostPort>,
    /// Proxies before us whose X-Forwarded headers are believed
    #[arg(long, env = "SEAWAY_TRUSTED_PROXY", value_name = "IP", num_args = 1.., value_delimiter = ',')]
    pub trusted_proxy: Vec<IpAddr>,
}

/// `seaway.toml`: the flags' names with underscores.
#[derive(Deserialize, Debug, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    database_schema: Option<String>,
    listen: Option<String>,
    public_url: Option<String>,
    webchat_url: Option<String>,
    files_url: Option<String>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    egress_allow: Vec<String>,
    trusted_proxy: Vec<IpAddr>,
}

/// All settings, from wherever they came.
#[derive(Debug, Clone)]
pub struct Settings {
    pub data_dir: PathBuf,
    pub database_url: Option<String>,
    pub database_schema: Option<String>,
    pub net: Net,
}

impl Settings {
    /// # Errors
    /// Names the file and the line, or the flag.
    pub fn read(home: Home, net: Net) -> Result<Self> {
        let folder = home.data_dir.clone().unwrap_or_else(|| PathBuf::from(DATA_DIR));
        let file = match &home.config {
            Some(path) => load(path)?.with_context(|| format!("there is no file --config {}", path.display()))?,
            None => load(&folder.join("seaway.toml"))?.unwrap_or_default(),
        };
        if home.config.is_none() && file.data_dir.is_some() {
            bail!("{} lies in the data folder and cannot name another one: take data_dir out", folder.join("seaway.toml").display());
        }
        let mut allow = net.egress_allow;
        if allow.is_empty() {
            for target in &file.egress_allow {
                allow.push(target.parse().with_context(|| format!("egress_allow {target} is not HOST:PORT"))?);
            }
        }
        let settings = Self {
            data_dir: home.data_dir.or(file.data_dir).unwrap_or_else(|| PathBuf::from(DATA_DIR)),
            database_url: home.database_url.or(file.database_url).filter(|url| !url.is_empty()),
            database_schema: home.database_schema.or(file.database_schema),
            net: Net {
                listen: net.listen.or(file.listen),
                public_url: net.public_url.or(file.public_url),
                webchat_url: net.webchat_url.or(file.webchat_url),
                files_url: net.files_url.or(file.files_url),
                tls_cert: net.tls_cert.or(file.tls_cert),
                tls_key: net.tls_key.or(file.tls_key),
                egress_allow: allow,
                trusted_proxy: if net.trusted_proxy.is_empty() { file.trusted_proxy } else { net.trusted_proxy },
            },
        };
        if settings.net.tls_cert.is_some() != settings.net.tls_key.is_some() {
            bail!("--tls-cert and --tls-key go together");
        }
        Ok(settings)
    }

    pub fn home(home: Home) -> Result<Self> {
        Self::read(home, Net::default())
    }

    pub fn listen(&self) -> &str {
        self.net.listen.as_deref().unwrap_or(crate::listen::DEFAULT)
    }

    pub fn asked(&self, listen: Option<SocketAddr>) -> Asked<'_> {
        Asked {
            listen,
            https: self.net.tls_cert.is_some(),
            public: self.net.public_url.as_deref(),
            webchat: self.net.webchat_url.as_deref(),
            files: self.net.files_url.as_deref(),
        }
    }

    /// `lock`: this is the server, and there is one per data folder.
    pub fn place(&self, lock: bool) -> Where {
        Where {
            data_dir: self.data_dir.clone(),
            database_url: self.database_url.clone(),
            database_schema: self.database_schema.clone(),
            lock,
        }
    }
}

fn load(path: &Path) -> Result<Option<File>> {
    match fs::read_to_string(path) {
        Ok(text) => toml::from_str(&text).map(Some).with_context(|| format!("understanding {}", path.display())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let home = || Home { data_dir: Some(folder.path().to_owned()), ..Home::default() };
        assert_eq!(Settings::home(home()).unwrap().listen(), "127.0.0.1:8080");
        fs::write(folder.path().join("seaway.toml"), "listen = \"[::]:9000\"\negress_allow = [\"10.0.0.1:80\"]\n").unwrap();
        let read = Settings::home(home()).unwrap();
        assert_eq!((read.listen(), read.net.egress_allow.len()), ("[::]:9000", 1));
        let net = Net { listen: Some("127.0.0.1:1".into()), ..Net::default() };
        assert_eq!(Settings::read(home(), net).unwrap().listen(), "127.0.0.1:1");
    }

    #[test]
    fn a_word_the_file_cannot_have_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let home = || Home { data_dir: Some(folder.path().to_owned()), ..Home::default() };
        fs::write(folder.path().join("seaway.toml"), "lisen = \"x\"\n").unwrap();
        assert!(format!("{:#}", Settings::home(home()).unwrap_err()).contains("lisen"));
        fs::write(folder.path().join("seaway.toml"), "data_dir = \"/elsewhere\"\n").unwrap();
        assert!(Settings::home(home()).is_err());
        let half = Net { tls_cert: Some("c.pem".into()), ..Net::default() };
        fs::remove_file(folder.path().join("seaway.toml")).unwrap();
        assert!(Settings::read(home(), half).unwrap_err().to_string().contains("--tls-key"));
    }
}
