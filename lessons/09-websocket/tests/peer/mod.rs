//! A WebSocket peer made by hand, which may do anything wrong.

// Each test program uses a part of this.
#![allow(dead_code, reason = "each test program uses a part of this")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use testkit::{Program, connect};

/// The key of RFC 6455, section 1.3, and what is to be answered.
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// Opcodes (section 5.2), with FIN.
pub const MORE: u8 = 0x00;
pub const REST: u8 = 0x80;
pub const TEXT: u8 = 0x81;
pub const BINARY: u8 = 0x82;
pub const CLOSE: u8 = 0x88;
pub const PING: u8 = 0x89;
pub const PONG: u8 = 0x8a;

pub fn server(arguments: &[&str]) -> Program {
    let address = ["127.0.0.1:0"];
    let arguments = address.iter().chain(arguments);
    Program::start(env!("CARGO_BIN_EXE_09-server"), arguments)
}

/// A request for the WebSocket, with these headers besides.
pub fn upgrade(path: &str, headers: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: here:80\r\nUpgrade: websocket\r\n\
         Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: {KEY}\r\n{headers}\r\n"
    )
}

/// Reads to the empty line after a head.
#[track_caller]
pub fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let text = String::from_utf8_lossy(&head);
        let read = stream.read_exact(&mut byte);
        read.unwrap_or_else(|error| panic!("{error} after {text:?}"));
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// Connects, and is in the room.
#[track_caller]
pub fn enter(server: SocketAddr) -> TcpStream {
    let mut stream = connect(server);
    stream.write_all(upgrade("/", "").as_bytes()).unwrap();
    let head = read_head(&mut stream);
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

fn frame(first: u8, payload: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let bit = if mask.is_some() { 0x80 } else { 0 };
    let mut bytes = vec![first];
    if payload.len() < 126 {
        bytes.push(bit | u8::try_from(payload.len()).unwrap());
    } else if let Ok(length) = u16::try_from(payload.len()) {
        bytes.push(bit | 126);
        bytes.extend(length.to_be_bytes());
    } else {
        bytes.push(bit | 127);
        bytes.extend((payload.len() as u64).to_be_bytes());
    }
    bytes.extend(mask.iter().flatten());
    let key = mask.unwrap_or_default();
    bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(p, k)| p ^ k));
    bytes
}

/// A client's frame.
pub fn masked(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(first, payload.as_ref(), Some([0x37, 0xfa, 0x21, 0x3d]))
}

/// A server's frame.
pub fn unmasked(first: u8, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(first, payload.as_ref(), None)
}

/// Receives a frame: its first byte, and its payload without the mask.
#[track_caller]
pub fn receive(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let length = match head[1] & 0x7f {
        126 => {
            let mut two = [0; 2];
            stream.read_exact(&mut two).unwrap();
            u16::from_be_bytes(two).into()
        }
        127 => {
            let mut eight = [0; 8];
            stream.read_exact(&mut eight).unwrap();
            u64::from_be_bytes(eight)
        }
        short => short.into(),
    };
    let mut mask = [0; 4];
    if head[1] & 0x80 != 0 {
        stream.read_exact(&mut mask).unwrap();
    }
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).unwrap();
    for (byte, key) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    (head[0], payload)
}

/// Receives a text message.
#[track_caller]
pub fn receive_text(stream: &mut TcpStream) -> String {
    let (first, payload) = receive(stream);
    assert_eq!(first, TEXT, "{payload:?}");
    String::from_utf8(payload).unwrap()
}

/// Receives a close frame, its code, and then the end of the stream.
#[track_caller]
pub fn receive_close(stream: &mut TcpStream) -> Option<u16> {
    let (first, payload) = receive(stream);
    assert_eq!(first, CLOSE, "{payload:?}");
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, b"");
    let code = payload.first_chunk()?;
    Some(u16::from_be_bytes(*code))
}

pub fn name(client: &TcpStream) -> String {
    format!("client {}: ", client.local_addr().unwrap())
}
