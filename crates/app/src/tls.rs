//! Our own certificate: loading it, and judging it for `check`.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use model::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// HTTPS with HTTP/2 and HTTP/1.1.
///
/// # Errors
/// Names the flag of the file that is wrong.
pub fn load(cert: &Path, key: &Path) -> Result<Arc<rustls::ServerConfig>> {
    let chain = chain(cert)?;
    let private = PrivateKeyDer::from_pem_file(key).with_context(|| format!("reading --tls-key {}", key.display()))?;
    let mut config = rustls::ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .with_context(|| format!("--tls-key {} does not fit --tls-cert {}", key.display(), cert.display()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

fn chain(cert: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let reading = || format!("reading --tls-cert {}", cert.display());
    let chain = CertificateDer::pem_file_iter(cert).with_context(reading)?.collect::<Result<Vec<_>, _>>().with_context(reading)?;
    if chain.is_empty() {
        bail!("--tls-cert {} holds no certificate", cert.display());
    }
    Ok(chain)
}

/// When the first certificate of the file ends.
pub fn ends_at(cert: &Path) -> Result<Timestamp> {
    let chain = chain(cert)?;
    not_after(&chain[0]).with_context(|| format!("--tls-cert {} is no certificate we understand", cert.display()))
}

/// Walks the certificate's DER to `validity.notAfter`: SEQUENCE { SEQUENCE { [0] version, serial, algorithm, issuer, validity, … } }.
fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut fields, _) = element(certificate)?;
    let (tag, _, rest) = element(fields)?;
    if tag == 0xa0 {
        fields = rest;
    }
    for _ in ["serial", "algorithm", "issuer"] {
        fields = element(fields)?.2;
    }
    let (_, validity, _) = element(fields)?;
    let (_, _, rest) = element(validity)?;
    let (tag, text, _) = element(rest)?;
    let text = std::str::from_utf8(text).ok()?;
    // UTCTime has two digits of the year, 50 to 99 mean the last century.
    let full = match tag {
        0x17 => format!("{}{text}", if text.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" }),
        0x18 => text.to_owned(),
        _ => return None,
    };
    let part = |from: usize, to: usize| full.get(from..to);
    let rfc3339 = format!("{}-{}-{}T{}:{}:{}Z", part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?);
    Timestamp::parse_rfc3339(&rfc3339)
}

/// Tag, content and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match *first {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long - 0x80))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
        assert!(content.len() < 128);
        [&[tag, content.len() as u8], content].concat()
    }

    #[test]
    fn the_end_of_a_certificate_is_found() {
        let validity = wrap(0x30, &[wrap(0x17, b"250101000000Z"), wrap(0x17, b"270102030405Z")].concat());
        let fields = [wrap(0xa0, &wrap(2, &[2])), wrap(2, &[1]), wrap(0x30, &[]), wrap(0x30, &[]), validity].concat();
        let certificate = wrap(0x30, &wrap(0x30, &fields));
        assert_eq!(not_after(&certificate).unwrap().rfc3339(), "2027-01-02T03:04:05.000Z");
        for cut in 0..certificate.len() {
            assert!(not_after(&certificate[..cut]).is_none());
        }
    }

    #[test]
    fn a_file_that_is_none_names_its_flag() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.pem");
        assert!(load(&path, &path).unwrap_err().to_string().contains("--tls-cert"));
        std::fs::write(&path, "nothing").unwrap();
        assert!(load(&path, &path).unwrap_err().to_string().contains("holds no certificate"));
    }
}
