//! Which of a venue's hosts a client talks to. There is no default: live trading must be written out.

use std::sync::Arc;

use crate::error::{ConfigError, ConfigPart};
use crate::http::origin::Origin;

/// Which of a venue's hosts a client talks to. It has no default: [`Environment::Live`] must be written out.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Environment {
    /// A host of the caller's own: a simulated venue, a gateway, a colocated address.
    Custom(CustomEnvironment),
    /// The venue's demo trading, with live prices and no money.
    Demo,
    /// Real money.
    Live,
    /// The venue's test network.
    Testnet,
}

/// A host of the caller's own and the certificate authority that vouches for it.
#[derive(Clone, Debug)]
pub struct CustomEnvironment {
    origin: Origin,
    ca_pem: Option<Arc<[u8]>>,
}

impl Environment {
    /// A host of the caller's own. `ca_pem` is trusted beside the system's roots; `None` trusts these alone. A path in
    /// the URL stands before the venue's own base path.
    ///
    /// **Errors**: a URL that is not `http://` or `https://`, a host and nothing but a path.
    pub fn custom(url: &str, ca_pem: Option<&[u8]>) -> Result<Self, ConfigError> {
        Ok(Self::Custom(CustomEnvironment { origin: Origin::parse(url)?, ca_pem: ca_pem.map(Arc::from) }))
    }

    /// The origin: of a custom environment its own, else whichever of the venue's `hosts` is meant.
    ///
    /// **Errors**: the venue has no such environment.
    pub fn origin(&self, hosts: &Hosts) -> Result<Origin, ConfigError> {
        let missing = |name: &str| {
            ConfigError::new(
                ConfigPart::Environment,
                format_args!("{} has no {name}; use {}", hosts.venue, hosts.known()),
            )
        };
        match self {
            Self::Custom(custom) => Ok(custom.origin.clone()),
            Self::Demo => Origin::parse(hosts.demo.ok_or_else(|| missing("demo trading"))?),
            Self::Live => Origin::parse(hosts.live),
            Self::Testnet => Origin::parse(hosts.testnet.ok_or_else(|| missing("testnet"))?),
        }
    }

    /// The certificate authority of a custom environment, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> Option<&[u8]> {
        match self {
            Self::Custom(custom) => custom.ca_pem.as_deref(),
            Self::Demo | Self::Live | Self::Testnet => None,
        }
    }
}

/// A venue's own hosts, `https://` origins.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "venue crates write it as a constant")]
pub struct Hosts {
    /// The venue's name, for errors.
    pub venue: &'static str,
    /// Real money.
    pub live: &'static str,
    /// The test network, where there is one.
    pub testnet: Option<&'static str>,
    /// Demo trading, where there is such a thing.
    pub demo: Option<&'static str>,
}

impl Hosts {
    fn known(&self) -> &'static str {
        match (self.testnet, self.demo) {
            (Some(_), Some(_)) => "Testnet, Demo, Live or Environment::custom",
            (Some(_), None) => "Testnet, Live or Environment::custom",
            (None, Some(_)) => "Demo, Live or Environment::custom",
            (None, None) => "Live or Environment::custom",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: Hosts =
        Hosts { venue: "Examplex", live: "https://api.example", testnet: Some("https://test.example"), demo: None };

    #[test]
    fn each_environment_is_another_host() {
        assert_eq!(Environment::Live.origin(&HOSTS).unwrap().host(), "api.example");
        assert_eq!(Environment::Testnet.origin(&HOSTS).unwrap().host(), "test.example");
        let own = Environment::custom("http://127.0.0.1:9", Some(b"pem")).unwrap();
        assert_eq!((own.origin(&HOSTS).unwrap().port(), own.ca_pem()), (9, Some(&b"pem"[..])));
        let error = Environment::Demo.origin(&HOSTS).unwrap_err().to_string();
        assert!(error.contains("Examplex has no demo trading; use Testnet, Live"), "{error}");
    }
}
