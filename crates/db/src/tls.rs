//! How a PostgreSQL connection is encrypted: rustls with ring, and only when the URL asks for it.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::DbError;

/// What a URL asks for beyond what the driver's own parser knows.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Asked {
    pub tls: bool,
    pub root_file: Option<String>,
}

/// Takes `sslmode` and `sslrootcert` out of a URL (`…?sslmode=require`) or key-value string (`… sslmode=require`).
/// `require`, `verify-ca` and `verify-full` all encrypt and verify; `allow` and `prefer` do not encrypt.
pub(crate) fn take_out(url: &str) -> (String, Asked) {
    let mut asked = Asked::default();
    let mut kept = |pair: &&str| match pair.split_once('=') {
        Some(("sslmode", mode)) => {
            asked.tls = matches!(mode, "require" | "verify-ca" | "verify-full");
            false
        }
        Some(("sslrootcert", file)) => {
            asked.root_file = Some(file.replace("%2F", "/").replace("%2f", "/"));
            false
        }
        _ => true,
    };
    let rest = if url.contains("://") {
        match url.split_once('?') {
            Some((head, query)) => {
                let query: Vec<&str> = query.split('&').filter(&mut kept).collect();
                if query.is_empty() { head.to_owned() } else { format!("{head}?{}", query.join("&")) }
            }
            None => url.to_owned(),
        }
    } else {
        url.split(' ').filter(&mut kept).collect::<Vec<_>>().join(" ")
    };
    (rest, asked)
}

/// A connector that trusts the given file, or else the system's certificates.
pub(crate) fn connector(asked: &Asked) -> Result<MakeRustlsConnect, DbError> {
    let refused = |why: String| DbError::Open(format!("cannot prepare TLS to PostgreSQL: {why}"));
    let mut roots = RootCertStore::empty();
    match &asked.root_file {
        Some(file) => {
            for certificate in CertificateDer::pem_file_iter(file).map_err(|error| refused(format!("{file}: {error}")))? {
                let certificate = certificate.map_err(|error| refused(format!("{file}: {error}")))?;
                roots.add(certificate).map_err(|error| refused(format!("{file}: {error}")))?;
            }
        }
        None => {
            let (_added, _unusable) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        return Err(refused("no trusted certificates were found".to_owned()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| refused(error.to_string()))?.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_whether_to_encrypt() {
        for (url, rest, tls, root_file) in [
            ("postgres://a@b/c", "postgres://a@b/c", false, None),
            ("postgres://a@b/c?sslmode=require", "postgres://a@b/c", true, None),
            ("postgres://b/c?x=1&sslmode=verify-full&sslrootcert=%2Fca.pem", "postgres://b/c?x=1", true, Some("/ca.pem")),
            ("host=/run/pg dbname=c sslmode=disable", "host=/run/pg dbname=c", false, None),
        ] {
            let asked = Asked { tls, root_file: root_file.map(str::to_owned) };
            assert_eq!(take_out(url), (rest.to_owned(), asked));
        }
    }
}
