//! Where a venue is: `https://host[:port][/base/path]`, checked once.

use core::fmt;

use crate::error::{ConfigError, ConfigPart};

/// A venue's origin and base path, taken apart.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    tls: bool,
    host: Box<str>,
    port: u16,
    base_path: Box<str>,
}

impl Origin {
    /// Takes an `http://` or `https://` URL apart. A path in it becomes the base path of every request.
    ///
    /// **Errors**: another scheme, no host, user information, a bad port, a query or fragment, characters that do not
    /// belong in a host or path.
    pub fn parse(url: &str) -> Result<Self, ConfigError> {
        let bad = |problem: &str| ConfigError::new(ConfigPart::Url, problem);
        let (tls, rest) = if let Some(rest) = url.strip_prefix("https://") {
            (true, rest)
        } else if let Some(rest) = url.strip_prefix("http://") {
            (false, rest)
        } else {
            return Err(bad("it must start with https:// or http://"));
        };
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err(bad("user information before the host is not supported; keys go into the credentials"));
        }
        let (host, port) = split_port(authority).ok_or_else(|| bad("the port must be a number from 1 to 65535"))?;
        let port = port.unwrap_or(if tls { HTTPS_PORT } else { HTTP_PORT });
        if !is_host(host) {
            return Err(bad("the host must be a DNS name, an IPv4 address, or an IPv6 address in brackets"));
        }
        let base_path = path.trim_end_matches('/');
        if base_path.bytes().any(|b| !b.is_ascii_graphic() || b"?#".contains(&b)) {
            return Err(bad("its path may hold no query, fragment, blank or non-ASCII character"));
        }
        Ok(Self { tls, host: host.to_ascii_lowercase().into(), port, base_path: base_path.into() })
    }

    /// Whether the connection is TLS (`https`).
    #[must_use]
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host as it is resolved and as the certificate must name it: an IPv6 address without its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The base path, empty or with a leading and without a trailing slash.
    #[must_use]
    pub fn base_path(&self) -> &str {
        &self.base_path
    }

    /// What the `Host` header says: the port only where it is not the scheme's own (RFC 9110 section 7.2).
    #[must_use]
    pub fn authority(&self) -> String {
        let default = if self.tls { HTTPS_PORT } else { HTTP_PORT };
        if self.port == default { self.host.to_string() } else { format!("{}:{}", self.host, self.port) }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.base_path)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let after_address = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[after_address..].find(':') {
        None => Some((authority, None)),
        Some(colon) => {
            let (host, port) = authority.split_at(after_address + colon);
            let digits = &port[1..];
            let port = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()?;
            (port != 0).then_some((host, Some(port)))
        }
    }
}

fn is_host(host: &str) -> bool {
    if let Some(address) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253 && host.strip_suffix('.').unwrap_or(host).split('.').all(label)
}

const HTTP_PORT: u16 = 80;
const HTTPS_PORT: u16 = 443;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_url_apart() {
        let origin = Origin::parse("https://API.binance.com").unwrap();
        assert_eq!((origin.is_tls(), origin.host(), origin.port()), (true, "api.binance.com", 443));
        assert_eq!((origin.authority().as_str(), origin.base_path()), ("api.binance.com", ""));
        let origin = Origin::parse("http://127.0.0.1:8080/api/v3/").unwrap();
        assert_eq!((origin.authority().as_str(), origin.base_path()), ("127.0.0.1:8080", "/api/v3"));
        let origin = Origin::parse("https://[::1]:8443").unwrap();
        assert_eq!((origin.host(), origin.authority().as_str()), ("::1", "[::1]:8443"));
    }

    #[test]
    fn says_what_is_wrong_with_a_url() {
        for (url, cure) in [
            ("api.binance.com", "must start with https://"),
            ("ftp://api.binance.com", "must start with https://"),
            ("https://", "host must be"),
            ("https://key@host", "user information"),
            ("https://host:0", "port must be"),
            ("https://host:+80", "port must be"),
            ("https://host:99999", "port must be"),
            ("https://ho st", "host must be"),
            ("https://-host", "host must be"),
            ("https://[::g]", "host must be"),
            ("https://host/api?x=1", "no query"),
            ("https://host/a b", "no query"),
        ] {
            let error = Origin::parse(url).expect_err(url).to_string();
            assert!(error.contains(cure), "{url}: {error}");
        }
    }
}
