//! Who may ask: only this machine's browser, or whoever has the token.
//!
//! A page of another site can make a browser send requests to this server. Headers that no
//! page's script can set tell such requests apart. `Host` names the server that the browser believes to talk to:
//! a name that was bent to this address (DNS rebinding) is refused. `Origin` and `Sec-Fetch-Site` name
//! the page that asks: only our own page may change something or read in the background.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::header::{COOKIE, HOST, HeaderName, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::error::{ServeError, WebError};
use crate::page::error_page;

/// The word that an address other than loopback asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token of the user's.
    ///
    /// # Errors
    /// It is short, long, or can't stand in an address.
    pub fn new(word: &str) -> Result<Self, ServeError> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        match (8..=200).contains(&word.len()) && word.bytes().all(is_plain) {
            true => Ok(Token(word.to_owned())),
            false => Err(ServeError::WrongToken),
        }
    }

    /// 128 random bits in hexadecimal digits.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn random() -> Result<Self, ServeError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|_| ServeError::NoRandomness)?;
        Ok(Token(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The token as text.
    pub fn word(&self) -> &str {
        &self.0
    }

    /// Compares digests, so that the time that it takes tells nothing of the token.
    fn is(&self, word: &str) -> bool {
        Sha256::digest(word) == Sha256::digest(&self.0)
    }
}

/// The rules that every request is held to.
#[derive(Clone, Debug)]
pub struct Guard {
    address: SocketAddr,
    token: Option<Token>,
    request_time: Duration,
}

/// Most bytes of all headers.
const MOST_HEADER_BYTES: usize = 32 << 10;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

impl Guard {
    /// The rules of a server that listens on `address`. A request must have arrived and be answered
    /// within `request_time`.
    pub fn new(address: SocketAddr, token: Option<Token>, request_time: Duration) -> Self {
        Guard { address, token, request_time }
    }

    fn check(&self, method: &Method, headers: &HeaderMap) -> Result<(), WebError> {
        if !matches!(*method, Method::GET | Method::HEAD | Method::POST) {
            return Err(WebError::WrongMethod);
        }
        let bytes = headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        if bytes.sum::<usize>() > MOST_HEADER_BYTES {
            return Err(WebError::TooLarge);
        }
        let host = only(headers, &HOST).filter(|host| self.is_ours(host));
        let host =
            host.ok_or(WebError::Refused("the address in the request is not this server's"))?;
        let site = only(headers, &SEC_FETCH_SITE);
        if *method == Method::POST {
            let is_own = only(headers, &ORIGIN) == Some(&format!("http://{host}"));
            if !is_own || site.is_some_and(|site| site != "same-origin") {
                return Err(WebError::Refused("only this server's own page may ask for that"));
            }
        }
        // A link on another site may lead here. Another site's page may read nothing in the background.
        let is_foreign = site.is_some_and(|site| site == "cross-site" || site == "same-site");
        if is_foreign && only(headers, &SEC_FETCH_MODE) != Some("navigate") {
            return Err(WebError::Refused("another site's page asks"));
        }
        Ok(())
    }

    /// Whether a `Host` names this server: by an IP address or `localhost`. A name that is looked up
    /// could be anybody's. Any port will do, because a tunnel may have another one on this side.
    fn is_ours(&self, host: &str) -> bool {
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.parse::<u16>().is_ok() => name,
            _ => host,
        };
        let literal =
            name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
        match literal.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || !self.address.ip().is_loopback(),
            Err(_) => name.eq_ignore_ascii_case("localhost"),
        }
    }

    /// The cookie's name contains the port, because browsers share cookies between ports.
    fn cookie(&self) -> String {
        format!("fitroom-{}", self.address.port())
    }

    fn has_token(&self, token: &Token, headers: &HeaderMap) -> bool {
        let name = self.cookie();
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|it| it.split_once('='));
        pairs.any(|(key, value)| key.trim() == name && token.is(value.trim()))
    }
}

/// The value of a header that stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let first = values.next()?;
    if values.next().is_some() { None } else { first.to_str().ok() }
}

/// Answers requests that keep the rules. An address with the right `token` gets the cookie.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    if let Err(error) = guard.check(request.method(), request.headers()) {
        return safe(error_page(&error));
    }
    let run = async |request| match timeout(guard.request_time, next.run(request)).await {
        Ok(response) => safe(response),
        Err(_) => safe(error_page(&WebError::TookTooLong)),
    };
    let Some(token) = &guard.token else { return run(request).await };
    let query = request.uri().query().unwrap_or_default();
    let given = query.split('&').find_map(|pair| pair.strip_prefix("token="));
    if let Some(given) = given
        && token.is(given)
    {
        let rest: Vec<&str> = query.split('&').filter(|it| !it.starts_with("token=")).collect();
        let rest = if rest.is_empty() { String::new() } else { format!("?{}", rest.join("&")) };
        // Two slashes would begin the name of another server.
        let to = format!("/{}{rest}", request.uri().path().trim_start_matches('/'));
        let cookie = format!(
            "{}={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=31536000",
            guard.cookie(),
            token.word()
        );
        return safe(
            (StatusCode::SEE_OTHER, [(LOCATION, to), (SET_COOKIE, cookie)]).into_response(),
        );
    }
    if guard.has_token(token, request.headers()) {
        return run(request).await;
    }
    let error = WebError::Refused(
        "this server asks for its token: open the link that it printed when it started",
    );
    safe(error_page(&error))
}

/// Everything comes from this server, nothing inline is run, and no other page may frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers that every answer has. An answer that has a policy of its own keeps it.
fn safe(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry("content-security-policy").or_insert(HeaderValue::from_static(POLICY));
    headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(address: &str) -> Guard {
        Guard::new(address.parse().unwrap(), None, Duration::from_secs(1))
    }

    fn check(guard: &Guard, method: Method, headers: &[(&'static str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        guard.check(&method, &map).is_ok()
    }

    #[test]
    fn only_this_servers_own_names_are_answered() {
        let local = guard("127.0.0.1:8000");
        for host in [
            "127.0.0.1:8000",
            "localhost:9000",
            "LOCALHOST:8000",
            "[::1]:8000",
            "127.0.0.1",
            "[::1]",
        ] {
            assert!(check(&local, Method::GET, &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example:8000",
            "192.168.0.7:8000",
            "localhost.evil.example:8000",
            "127.0.0.1.evil.example:8000",
            "127.0.0.1:8000:8000",
            "",
        ] {
            assert!(!check(&local, Method::GET, &[("host", host)]), "{host}");
        }
        assert!(!check(&local, Method::GET, &[]), "no host");
        let twice = [("host", "127.0.0.1:8000"), ("host", "evil.example:8000")];
        assert!(!check(&local, Method::GET, &twice));
        let open = guard("0.0.0.0:8000");
        assert!(check(&open, Method::GET, &[("host", "192.168.0.7:8000")]));
        assert!(!check(&open, Method::GET, &[("host", "evil.example:8000")]));
    }

    #[test]
    fn only_its_own_page_may_change_something() {
        let local = guard("127.0.0.1:8000");
        let host = ("host", "localhost:8000");
        let own = ("origin", "http://localhost:8000");
        assert!(check(&local, Method::POST, &[host, own]));
        assert!(check(&local, Method::POST, &[host, own, ("sec-fetch-site", "same-origin")]));
        for origin in
            ["http://evil.example", "null", "https://localhost:8000", "http://127.0.0.1:8000"]
        {
            assert!(!check(&local, Method::POST, &[host, ("origin", origin)]), "{origin}");
        }
        assert!(!check(&local, Method::POST, &[host]), "without an origin");
        assert!(!check(&local, Method::POST, &[host, own, ("sec-fetch-site", "cross-site")]));
        assert!(!check(&local, Method::PUT, &[host, own]));
    }

    #[test]
    fn other_sites_may_link_and_not_read() {
        let local = guard("127.0.0.1:8000");
        let host = ("host", "localhost:8000");
        let from = ("sec-fetch-site", "cross-site");
        assert!(check(&local, Method::GET, &[host, from, ("sec-fetch-mode", "navigate")]));
        assert!(!check(&local, Method::GET, &[host, from, ("sec-fetch-mode", "no-cors")]));
        assert!(!check(&local, Method::GET, &[host, from]));
    }

    #[test]
    fn tokens_are_words_and_random_ones_differ() {
        assert!(Token::new("12345678").is_ok() && Token::random().is_ok());
        for wrong in ["", "short", "with space", "semi;colon", "ümlaut-word"] {
            assert!(Token::new(wrong).is_err(), "{wrong}");
        }
        assert_ne!(Token::random().unwrap(), Token::random().unwrap());
        assert_eq!(Token::random().unwrap().word().len(), 32);
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let token = Token::new("a-long-word").unwrap();
        let guard = guard("0.0.0.0:8000");
        let has = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.append(COOKIE, cookie.parse().unwrap());
            guard.has_token(&token, &headers)
        };
        assert!(has("fitroom-8000=a-long-word") && has("a=b; fitroom-8000=a-long-word"));
        assert!(!has("fitroom-8001=a-long-word") && !has("fitroom-8000=a-long-wor") && !has(""));
    }
}
