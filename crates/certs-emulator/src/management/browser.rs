//! Protection of the management API from web pages.
//!
//! A browser on the same machine can reach the API, and any web page can make it send requests. Such
//! requests are recognized by headers that a page cannot change.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::StatusCode;
use http::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use http::uri::Authority;

use crate::wire::refusal::Refusal;

/// Refuses requests from another origin, and requests to an unknown host name (DNS rebinding).
pub(super) fn check(headers: &HeaderMap, hosts: &[String]) -> Result<(), Refusal> {
    let text = |name| headers.get(name).map(|value| value.to_str().unwrap_or("invalid"));
    let host = text(HOST);
    if !host.is_none_or(|host| is_known(host, hosts)) {
        let message = "Host is neither an address, nor localhost, nor a known management host.";
        return Err(refusal(message));
    }
    let is_same_origin = |origin: &str| host.is_some_and(|host| origin == format!("http://{host}"));
    if !text(ORIGIN).is_none_or(is_same_origin) {
        return Err(refusal("Origin shows that another web page has made the request."));
    }
    let site = text(HeaderName::from_static("sec-fetch-site"));
    if !site.is_none_or(|site| matches!(site, "same-origin" | "none")) {
        return Err(refusal("Sec-Fetch-Site shows that another web page has made the request."));
    }
    Ok(())
}

fn is_known(host: &str, hosts: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let unbracketed = name.trim_start_matches('[').trim_end_matches(']');
    unbracketed.parse::<Ipv4Addr>().is_ok()
        || unbracketed.parse::<Ipv6Addr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
}

fn refusal(message: &str) -> Refusal {
    Refusal::new(StatusCode::FORBIDDEN, message)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{Request, Response};

    use crate::Emulator;
    use crate::testing::builder;

    fn reset(emulator: &Emulator, headers: &[(&str, &str)]) -> Response<Bytes> {
        let mut request = Request::post("/reset");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        emulator.manage(request.body("").unwrap())
    }

    #[test]
    fn refuses_requests_of_other_web_pages() {
        let emulator = builder().build();
        let local = ("host", "127.0.0.1:8080");
        for headers in [
            &[local, ("origin", "https://evil.example")][..],
            &[local, ("origin", "null")],
            &[local, ("origin", "http://127.0.0.1:9090")],
            &[local, ("sec-fetch-site", "cross-site")],
            &[local, ("sec-fetch-site", "same-site")],
            &[("host", "evil.example:8080")],
            &[("host", "evil.example"), ("origin", "http://evil.example")],
            &[("host", "127.0.0.1.evil.example")],
            &[("host", "localhost@evil.example")],
            &[("host", "")],
        ] {
            let response = reset(&emulator, headers);
            assert_eq!(response.status(), 403, "{headers:?}");
        }
    }

    #[test]
    fn serves_programs_and_its_own_origin() {
        let emulator = builder().management_host("emulator").build();
        for headers in [
            &[][..],
            &[("host", "127.0.0.1:8080")],
            &[("host", "[::1]:8080")],
            &[("host", "192.0.2.7")],
            &[("host", "LocalHost:8080")],
            &[("host", "emulator:8080")],
            &[("host", "localhost:80"), ("origin", "http://localhost:80")],
            &[("host", "localhost"), ("sec-fetch-site", "same-origin")],
            &[("host", "localhost"), ("sec-fetch-site", "none")],
        ] {
            assert_eq!(reset(&emulator, headers).status(), 204, "{headers:?}");
        }
    }
}
