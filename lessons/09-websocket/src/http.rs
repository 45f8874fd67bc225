//! The HTTP before the WebSocket, and the page.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::{Context, Result, bail};
use common::Deadline;
use tap::TcpStream;
use tungstenite::error::{Error, ProtocolError};
use tungstenite::handshake::client::generate_key;
use tungstenite::handshake::server::{create_response, write_response};
use tungstenite::http::{HeaderMap, Method, Request, Response, Version};

use crate::hang_up;

/// The longest request head, in bytes.
const MAX_HEAD: usize = 8192;

const PAGE: &str = include_str!("page.html");

/// An answer, and its body.
type Answer = Response<String>;

/// Where a browser on this machine finds the page.
pub fn page_address(local: SocketAddr) -> String {
    let ip = match local.ip() {
        ip if !ip.is_unspecified() => ip,
        // On every interface: also on this one.
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    format!("http://{}/", SocketAddr::new(ip, local.port()))
}

/// Receives the head of a request, and what came right behind it. One that is
/// too long is given as far as it came.
pub fn receive_head(
    stream: &mut TcpStream,
    deadline: Deadline,
) -> Result<(Vec<u8>, Vec<u8>)> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while head.len() <= MAX_HEAD {
        let length = deadline
            .read(stream, &mut buffer)
            .with_context(|| format!("after {} bytes of HTTP", head.len()))?;
        match length {
            0 if head.is_empty() => bail!("it closed before sending anything"),
            0 => bail!("it closed after {} bytes of HTTP", head.len()),
            _ => head.extend_from_slice(&buffer[..length]),
        }
        if let Some(end) = end_of(&head) {
            let rest = head.split_off(end);
            return Ok((head, rest));
        }
    }
    Ok((head, Vec::new()))
}

/// The length of a head: to the empty line. Typed by hand, in `nc`, a line
/// ends without CR.
fn end_of(bytes: &[u8]) -> Option<usize> {
    let ends = (1..=bytes.len()).find(|&end| {
        bytes[..end].ends_with(b"\n\r\n") || bytes[..end].ends_with(b"\n\n")
    });
    ends.filter(|end| *end <= MAX_HEAD)
}

/// Whether more of an answer's head is to come; not if it is no HTTP, or too
/// long to wait for.
pub fn is_cut(head: &[u8]) -> bool {
    let is_http = head.iter().zip(b"HTTP/").all(|(byte, http)| byte == http);
    is_http && head.len() <= MAX_HEAD && end_of(head).is_none()
}

/// The answer to a request: 101 lets it speak WebSocket from now on.
pub fn answer(head: &[u8]) -> Answer {
    let mut answer = match parse(head) {
        Ok(request) => respond_to(&request),
        Err((status, reason)) => refuse(status, reason),
    };
    if head.starts_with(b"HEAD ") {
        answer.body_mut().clear();
    }
    answer
}

/// Reads a request's head; the error is a status, and why.
fn parse(head: &[u8]) -> Result<Request<()>, (u16, &'static str)> {
    if end_of(head).is_none() {
        return Err((431, "a request's head has 8192 bytes at most"));
    }
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let words: Vec<&str> = lines.next().unwrap_or("").split(' ').collect();
    let [method, target, version] = words[..] else {
        return Err((400, "the first line is not like GET / HTTP/1.1"));
    };
    let version = match version {
        "HTTP/1.1" => Version::HTTP_11,
        "HTTP/1.0" => Version::HTTP_10,
        _ => return Err((505, "this server speaks HTTP/1.1")),
    };
    let mut request =
        Request::builder().method(method).uri(target).version(version);
    for line in lines.take_while(|line| !line.is_empty()) {
        let (name, value) =
            line.split_once(':').ok_or((400, "a header has no colon"))?;
        request = request.header(name, value.trim());
    }
    let request = request.body(()).or(Err((400, "it is no HTTP request")))?;
    let hosts = request.headers().get_all("Host").iter().count();
    if hosts > 1 || (version == Version::HTTP_11 && hosts == 0) {
        return Err((400, "a request has one header Host"));
    }
    Ok(request)
}

fn respond_to(request: &Request<()>) -> Answer {
    let upgrade = header(request.headers(), "Upgrade").unwrap_or("");
    match *request.method() {
        Method::GET if upgrade.eq_ignore_ascii_case("websocket") => {
            return accept(request);
        }
        Method::GET | Method::HEAD => {}
        _ => return refuse(405, "only GET and HEAD are answered"),
    }
    if request.uri().path() != "/" {
        return refuse(404, "there is one page here: /");
    }
    // The page's own script and style carry this number: no others run.
    let nonce = generate_key();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src \
         'nonce-{nonce}'; connect-src 'self' ws:; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let policy = ("Content-Security-Policy", &*policy);
    respond(200, "text/html", policy, PAGE.replace("NONCE", &nonce))
}

/// Works out the handshake, unless the request comes from a foreign page: a
/// browser lets any page open a WebSocket to anywhere, and says whose it is.
fn accept(request: &Request<()>) -> Answer {
    let headers = request.headers();
    if headers.contains_key("Origin") && !is_own(headers) {
        return refuse(403, "only this server's own page may connect");
    }
    match create_response(request) {
        Ok(response) => response.map(|()| String::new()),
        Err(error) => {
            let version = ProtocolError::MissingSecWebSocketVersionHeader;
            let old = matches!(&error, Error::Protocol(e) if *e == version);
            refuse(if old { 426 } else { 400 }, &error.to_string())
        }
    }
}

/// Whether the page that asks came from the host and port that it asks.
fn is_own(headers: &HeaderMap) -> bool {
    let origin = header(headers, "Origin").and_then(|o| o.split_once("://"));
    let host = header(headers, "Host");
    origin.zip(host).is_some_and(|((_, o), h)| o.eq_ignore_ascii_case(h))
}

/// A header's value, if there is one, and only one.
fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// The answer to a client for whom there is no place.
pub fn full() -> Answer {
    refuse(503, "the room is full: try again later")
}

fn refuse(status: u16, reason: &str) -> Answer {
    let header = match status {
        405 => ("Allow", "GET, HEAD"),
        426 => ("Sec-WebSocket-Version", "13"),
        _ => ("X-Content-Type-Options", "nosniff"),
    };
    respond(status, "text/plain", header, format!("{reason}\n"))
}

/// An answer after which the connection ends, with a header of its own.
fn respond(
    status: u16,
    kind: &str,
    (name, value): (&str, &str),
    body: String,
) -> Answer {
    let answer = Response::builder()
        .status(status)
        .header("Content-Type", format!("{kind}; charset=utf-8"))
        .header("Content-Length", body.len())
        .header("Connection", "close")
        .header(name, value)
        .body(body);
    // All of it is ours, and valid.
    answer.unwrap_or_default()
}

/// An answer's bytes.
pub fn to_bytes(answer: &Answer) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    write_response(&mut bytes, answer)?;
    bytes.extend_from_slice(answer.body().as_bytes());
    Ok(bytes)
}

/// Sends an answer, and ends the connection. A refusal is an error too.
pub fn send(
    answer: &Answer,
    mut stream: TcpStream,
    deadline: Deadline,
) -> Result<()> {
    stream.write_all(&to_bytes(answer)?).context("answering")?;
    hang_up(&mut stream, deadline);
    if !answer.status().is_success() {
        bail!("answered {}: {}", answer.status(), answer.body().trim());
    }
    Ok(())
}
