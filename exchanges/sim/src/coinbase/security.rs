//! The token of a request, checked by other code than the SDK's: a JWT by its compact form. Source: `jwt_generator.py`; RFC 7515 section 3.1,
//! RFC 7519 section 4.1. What ccxt sends beside that is taken too: another issuer, an audience, a list in place of one request.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::Context;
use super::errors::Failure;
use crate::engine::AccountId;

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: String,
    nonce: String,
    typ: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    iss: String,
    /// From when, s since 1970.
    nbf: u64,
    /// Until when.
    exp: u64,
    aud: Option<Vec<String>>,
    uri: Option<String>,
    uris: Option<Vec<String>>,
}

impl Context<'_, '_> {
    /// Whose request it is, once all that proves it is right.
    pub(super) fn identify(&self) -> Result<AccountId, Failure> {
        self.bearer().ok_or(Failure::Unauthorized)
    }

    fn bearer(&self) -> Option<AccountId> {
        let token = self.call.header("authorization")?.strip_prefix("Bearer ")?;
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (header, claims): (Header, Claims) = (part(header)?, part(claims)?);
        let account = self.venue.account_of(&header.kid)?;
        let verifier = &self.venue.traders[account - 1].verifier;
        let is_right = header.typ.is_none_or(|typ| typ == "JWT")
            && !header.nonce.is_empty()
            && claims.sub == header.kid
            && ISSUERS.contains(&claims.iss.as_str())
            && claims.aud.is_none_or(|all| all.iter().all(|one| AUDIENCES.contains(&one.as_str())))
            && self.is_of_time(claims.nbf, claims.exp)
            && claims.uri.into_iter().chain(claims.uris.unwrap_or_default()).any(|uri| self.is_of_request(&uri))
            && verifier.verify_token(&header.alg, signed.as_bytes(), signature);
        is_right.then_some(account)
    }

    fn is_of_time(&self, from_s: u64, until_s: u64) -> bool {
        let now_s = self.now_us / 1_000_000;
        from_s <= now_s && now_s < until_s && until_s <= now_s + LIFE_S
    }

    /// Method, host and path without its query; the host as the request has it, or as the venue is called.
    fn is_of_request(&self, uri: &str) -> bool {
        let hosts = self.call.header("host").into_iter().chain([HOST]);
        hosts.into_iter().any(|host| uri == format!("{} {host}{}", self.call.method, self.call.path))
    }
}

fn part<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
}

const HOST: &str = "api.coinbase.com";
const ISSUERS: [&str; 2] = ["cdp", "coinbase-cloud"];
const AUDIENCES: [&str; 2] = ["cdp_service", "retail_rest_api_proxy"];
/// How long a token may still be good for.
const LIFE_S: u64 = 120;
