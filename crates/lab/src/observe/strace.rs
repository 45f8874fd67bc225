//! strace's lines: what any other program on Linux does with its sockets.
//!
//! ```text
//! 1795656999.154108 write(20<TCP:[127.0.0.1:5000->127.0.0.1:80]>, "\x6f", 1) = 1 <0.000028>
//! ```
//!
//! `-yy` names both addresses, `-xx` writes bytes in hex, `-T` how long it
//! took; of a call that still waits, the line has no end yet (strace(1)).

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::timeline::event::{Bytes, Event, Failure, Link, Op};

use super::Report;

/// strace's options: what to trace, and how to write it.
pub const OPTIONS: &[&str] = &[
    "-D",
    "-ff",
    "-ttt",
    "-T",
    "-yy",
    "-xx",
    "-s",
    "64",
    "-e",
    "trace=%network,read,write,readv,writev,close,sendfile",
    "-e",
    "signal=none",
    "-o",
];

/// A call that ends at once with nothing to do has not waited: below this
/// time, in nanoseconds, "try again" is no timeout.
const WAITED: u64 = 5_000_000;

/// Of one program: the calls whose own address is not known yet, by
/// descriptor: the next call on it shows the address.
#[derive(Default)]
pub struct Strace {
    connecting: HashMap<u32, Event>,
    unbound: HashMap<u32, Vec<Event>>,
    /// The beginnings of lines, on stdout and on stderr.
    begun: HashMap<bool, (u64, Vec<u8>)>,
}

/// A line, taken apart.
struct Call<'a> {
    name: &'a str,
    arguments: &'a str,
    /// The result, and how long it took; `None` while it waits.
    result: Option<(&'a str, u64)>,
    began: u64,
}

impl Strace {
    /// Reads a line, or the beginning of one; gives what happened, in order.
    pub fn line(&mut self, line: &str) -> Vec<Report> {
        let Some(call) = split(line) else { return Vec::new() };
        if let Some(report) = self.printed(&call) {
            return vec![report];
        }
        let events = self.call(&call);
        events.into_iter().map(Report::event).collect()
    }

    fn call(&mut self, call: &Call) -> Vec<Event> {
        let Some((descriptor, link)) = socket(call.arguments) else {
            return Vec::new();
        };
        let mut events = Vec::new();
        if call.name == "connect" && !link.udp {
            events.extend(self.connects(call, descriptor, link));
            return events;
        }
        if let Some(mut event) = self.connecting.remove(&descriptor) {
            if connected(&mut event, call, link) {
                events.push(event);
            } else {
                self.connecting.insert(descriptor, event);
            }
        }
        if link.local.is_some() {
            let unbound = self.unbound.remove(&descriptor).unwrap_or_default();
            events.extend(unbound.into_iter().map(|mut event| {
                if let Some(of) = &mut event.link {
                    of.local = link.local;
                }
                event
            }));
        }
        for event in all_events(call, link) {
            if event.op == Op::Sends && link.local.is_none() {
                if call.result.is_some() {
                    self.unbound.entry(descriptor).or_default().push(event);
                }
            } else {
                events.push(event);
            }
        }
        events
    }

    /// What a program that is over did not finish.
    pub fn end(&mut self) -> Vec<Event> {
        let connecting = self.connecting.drain().map(|(_, event)| event);
        let mut events: Vec<Event> = connecting.collect();
        events.extend(self.unbound.drain().flat_map(|(_, events)| events));
        events
    }

    /// A line that is written to stdout or stderr, by one call or, as some
    /// write the line's end by itself, by two.
    fn printed(&mut self, call: &Call) -> Option<Report> {
        let stdout = call.arguments.starts_with("1<");
        let is_stream = stdout || call.arguments.starts_with("2<");
        if call.name != "write"
            || !is_stream
            || socket(call.arguments).is_some()
        {
            return None;
        }
        let (result, _) = call.result?;
        let written: u64 = result.parse().ok()?;
        let (bytes, cut) = quoted(call.arguments)?;
        let (at, mut head) =
            self.begun.remove(&stdout).unwrap_or((call.began, Vec::new()));
        let before = head.len() as u64;
        head.extend(bytes);
        if cut {
            let len = before + written;
            let len = len.checked_sub(1)?;
            return Some(Report::Line { stdout, at, len, head });
        }
        if head.pop() != Some(b'\n') {
            if head.len() < 64 {
                // Its last byte was taken away to be looked at.
                let (bytes, _) = quoted(call.arguments)?;
                head.extend(bytes.last());
                self.begun.insert(stdout, (at, head));
            }
            return None;
        }
        let len = before + written - 1;
        head.truncate(64);
        Some(Report::Line { stdout, at, len, head })
    }

    /// A connect shows no address of its own: the next call does.
    fn connects(
        &mut self,
        call: &Call,
        descriptor: u32,
        link: Link,
    ) -> Option<Event> {
        let peer = sockaddr(call.arguments);
        let link = Link::new(false, link.local, peer);
        let mut event = made(call, Op::Connects, link, Bytes::default());
        let Some((result, _)) = call.result else {
            return Some(event);
        };
        event.error = failure(result, event.took());
        if result.starts_with("-1 EINPROGRESS") {
            event.error = None;
            event.ended = None;
        } else if event.error.is_some() {
            return Some(event);
        }
        self.connecting.insert(descriptor, event);
        None
    }
}

/// Learns from the next call how a connect ended, and its own address;
/// whether that is known now.
fn connected(event: &mut Event, call: &Call, link: Link) -> bool {
    let asked = call.name == "getsockopt";
    let answer = call.arguments.split_once("SO_ERROR, [");
    let refusal = answer.and_then(|(_, answer)| answer.split(']').next());
    match refusal.filter(|refusal| asked && *refusal != "0") {
        Some(name) => {
            event.error = failure(&format!("-1 {name} ({name})"), 0);
        }
        None if link.local.is_none() || link.peer.is_none() => return false,
        None => event.link = Some(link),
    }
    event.ended.get_or_insert(call.began);
    true
}

/// Takes a line apart; `None` if it is no call.
fn split(line: &str) -> Option<Call<'_>> {
    let (time, rest) = line.split_once(' ')?;
    let (seconds, micros) = time.split_once('.')?;
    let (seconds, micros): (u64, u64) =
        (seconds.parse().ok()?, micros.parse().ok()?);
    let began = seconds.checked_mul(1_000_000)?.checked_add(micros)?;
    let began = began.checked_mul(1000)?;
    let (name, rest) = rest.split_once('(')?;
    // The last one, since an argument may look like a result.
    let Some((arguments, result)) = rest.rsplit_once(") = ") else {
        return Some(Call { name, arguments: rest, result: None, began });
    };
    let (result, took) = result.rsplit_once(" <")?;
    let took: f64 = took.trim_end().strip_suffix('>')?.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a call")]
    #[expect(clippy::cast_sign_loss, reason = "no call takes less than none")]
    let took = (took.clamp(0.0, 1e9) * 1e9) as u64;
    Some(Call { name, arguments, result: Some((result, took)), began })
}

/// The descriptor and addresses of an argument such as
/// `5<TCP:[127.0.0.1:5000->127.0.0.1:80]>`, if it is a socket.
fn socket(arguments: &str) -> Option<(u32, Link)> {
    let (descriptor, rest) = arguments.split_once('<')?;
    let (protocol, rest) = rest.split_once(":[")?;
    let udp = match protocol {
        "TCP" | "TCPv6" => false,
        "UDP" | "UDPv6" => true,
        _ => return None,
    };
    let (ends, _) = rest.split_once("]>")?;
    let (local, peer) = match ends.split_once("->") {
        Some((local, peer)) => (local.parse().ok(), peer.parse().ok()),
        None => (ends.parse().ok(), None),
    };
    Some((descriptor.parse().ok()?, Link::new(udp, local, peer)))
}

/// The address in `{sa_family=…, …}`.
fn sockaddr(arguments: &str) -> Option<SocketAddr> {
    let (_, rest) = arguments.split_once("{sa_family=AF_INET")?;
    let (_, port) = rest.split_once("port=htons(")?;
    let port: u16 = port.split(')').next()?.parse().ok()?;
    let (_, ip) =
        rest.split_once("inet_addr(").or(rest.split_once("AF_INET6, "))?;
    let ip = String::from_utf8(quoted(ip)?.0).ok()?;
    Some(SocketAddr::new(ip.parse().ok()?, port))
}

/// The next string of a text, its bytes in hex, and whether it was cut.
fn quoted(text: &str) -> Option<(Vec<u8>, bool)> {
    let (_, rest) = text.split_once('"')?;
    let (inside, rest) = rest.split_once('"')?;
    let bytes = inside.split("\\x").skip(1);
    let bytes = bytes.map(|pair| u8::from_str_radix(pair, 16).ok());
    Some((bytes.collect::<Option<_>>()?, rest.starts_with("...")))
}

/// The first bytes of all strings that were sent or received.
fn head(arguments: &str) -> Vec<u8> {
    // Those of a message's address come before its bytes.
    let mut rest = arguments.split_once("msg_iov=").map_or(arguments, |m| m.1);
    let mut head = Vec::new();
    while let Some((before, after)) = rest.split_once('"') {
        let address = before.ends_with("inet_addr(") || before.ends_with("6, ");
        let Some((inside, after)) = after.split_once('"') else { break };
        if !address {
            let (bytes, cut) = quoted(&format!("\"{inside}\"{:.3}", after))
                .unwrap_or_default();
            head.extend(bytes);
            if cut {
                break;
            }
        }
        rest = after;
    }
    head.truncate(64);
    head
}

/// What a call did: one thing, or several datagrams at once.
fn all_events(call: &Call, link: Link) -> Vec<Event> {
    let one = match call.name {
        "sendmmsg" => "sendmsg",
        "recvmmsg" => "recvmsg",
        _ => return event(call, link).into_iter().collect(),
    };
    let Some((count, took)) = call.result else { return Vec::new() };
    let messages = call.arguments.split("{msg_hdr=").skip(1);
    let messages = messages.take(count.parse().unwrap_or(0));
    let events = messages.filter_map(|message| {
        let (_, length) = message.split_once("msg_len=")?;
        let length = length.split('}').next()?;
        let (name, arguments) = (one, message);
        let result = Some((length, took));
        event(&Call { name, arguments, result, began: call.began }, link)
    });
    events.collect()
}

fn event(call: &Call, link: Link) -> Option<Event> {
    let arguments = call.arguments;
    let peeks = arguments.contains("MSG_PEEK");
    let (op, link, bytes) = match call.name {
        "listen" => (Op::Binds, link, Bytes::default()),
        "bind" if link.udp => {
            // Its own address is in the next line; this is what was asked.
            let local = sockaddr(arguments).filter(|local| local.port() != 0);
            (Op::Binds, Link::new(true, Some(local?), None), Bytes::default())
        }
        "accept" | "accept4" => {
            let result = call.result.map_or("", |(result, _)| result);
            let new = socket(result).map_or(link, |(_, link)| link);
            (Op::Accepts, new, Bytes::default())
        }
        "write" | "writev" | "send" | "sendto" | "sendmsg" | "sendfile" => {
            let to = sockaddr(arguments).or(link.peer);
            let head = match call.name {
                "sendfile" => Vec::new(),
                _ => head(arguments),
            };
            let bytes = bytes(call, head);
            (Op::Sends, Link::new(link.udp, link.local, to), bytes)
        }
        "read" | "readv" | "recv" | "recvfrom" | "recvmsg" => {
            let from = sockaddr(arguments).or(link.peer);
            let op = if peeks { Op::Peeks } else { Op::Receives };
            let head = match call.result {
                Some(_) => head(arguments),
                None => Vec::new(),
            };
            let bytes = bytes(call, head);
            (op, Link::new(link.udp, link.local, from), bytes)
        }
        "shutdown" if !arguments.contains("SHUT_RD)") => {
            (Op::Shuts, link, Bytes::default())
        }
        "close" if link.udp || link.peer.is_some() => {
            (Op::Closes, link, Bytes::default())
        }
        _ => return None,
    };
    let mut event = made(call, op, link, bytes);
    let Some((result, took)) = call.result else {
        let waits = matches!(event.op, Op::Accepts | Op::Receives | Op::Sends);
        // What a send sends is seen only once it is over, if it is long.
        let known = event.op != Op::Sends || event.bytes.len > 0;
        return (waits && known).then_some(event);
    };
    let again = ["EAGAIN", "EINTR", "ERESTART", "EINPROGRESS"];
    if again.iter().any(|name| result.contains(name))
        && (took < WAITED || !result.contains("EAGAIN"))
    {
        return None;
    }
    if result.starts_with('?') {
        return None;
    }
    event.error = failure(result, took);
    Some(event)
}

fn made(call: &Call, op: Op, link: Link, bytes: Bytes) -> Event {
    let took = call.result.map(|(_, took)| took);
    let ended = took.map(|took| call.began.saturating_add(took));
    let (began, lane, error) = (call.began, 0, None);
    Event { began, ended, lane, op, link: Some(link), bytes, error }
}

fn bytes(call: &Call, mut head: Vec<u8>) -> Bytes {
    let (len, took) = match call.result {
        Some((result, took)) => {
            let moved = result.split(' ').next().unwrap_or_default();
            (moved.parse().unwrap_or(0), took)
        }
        // `write(…, "…", 9` of a call that waits: what it wants to send.
        None => {
            let parts = call.arguments.rsplit(", ");
            let asked = parts.flat_map(str::parse::<u64>).next();
            (asked.unwrap_or(head.len() as u64), 0)
        }
    };
    head.truncate(usize::try_from(len).unwrap_or(usize::MAX));
    Bytes { len, head, calls: 1, took }
}

/// `-1 ECONNREFUSED (Connection refused)`.
fn failure(result: &str, after: u64) -> Option<Failure> {
    let rest = result.strip_prefix("-1 ")?;
    let (name, text) = rest.split_once(' ').unwrap_or((rest, rest));
    let kind = match name {
        "ECONNREFUSED" => "ConnectionRefused",
        "ECONNRESET" => "ConnectionReset",
        "EAGAIN" => "WouldBlock",
        "ETIMEDOUT" => "TimedOut",
        "EPIPE" => "BrokenPipe",
        _ => "Other",
    };
    let text = text.trim_matches(['(', ')']).to_owned();
    Some(Failure { kind: kind.into(), text, after })
}

#[cfg(test)]
mod tests;
