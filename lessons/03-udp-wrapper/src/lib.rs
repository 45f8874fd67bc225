//! A UDP socket that speaks text: encoding on the way out, decoding on the
//! way in, with the encoding chosen once.
//!
//! The article derives a class from Python's `socket` for this. Rust derives
//! nothing: [`TextSocket`] owns a `UdpSocket` and offers what makes sense for
//! text.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use anyhow::{Result, bail};
use common::tap::UdpSocket;
use encoding_rs::Encoding;

/// The most that a UDP datagram could hold, by its 16-bit length (RFC 768).
const LARGEST: usize = 65_535;

/// A UDP socket whose datagrams are text in one encoding.
pub struct TextSocket {
    socket: UdpSocket,
    encoding: &'static Encoding,
}

/// A datagram that came, as text.
pub struct Received {
    /// The text; bytes that are none of the encoding's became U+FFFD.
    pub text: String,
    /// Who sent it.
    pub peer: SocketAddr,
    /// So many bytes were sent.
    pub whole: usize,
    /// So many of them fitted into the buffer, and were decoded.
    pub kept: usize,
    /// Whether some of them were none of the encoding's.
    pub garbled: bool,
}

impl TextSocket {
    /// Binds a socket that speaks this encoding.
    ///
    /// # Errors
    ///
    /// As `UdpSocket::bind`.
    pub fn bind(
        address: impl ToSocketAddrs,
        encoding: &'static Encoding,
    ) -> io::Result<TextSocket> {
        let socket = UdpSocket::bind(address)?;
        Ok(TextSocket { socket, encoding })
    }

    /// The address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// As `UdpSocket::local_addr`.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Chooses the one peer to hear from and to send to.
    ///
    /// # Errors
    ///
    /// As `UdpSocket::connect`.
    pub fn connect(&self, peer: SocketAddr) -> io::Result<()> {
        self.socket.connect(peer)
    }

    /// Bounds how long receiving may wait.
    ///
    /// # Errors
    ///
    /// For a time of zero, as `UdpSocket::set_read_timeout`.
    pub fn set_read_timeout(&self, limit: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(limit))
    }

    /// Bounds how long sending may wait.
    ///
    /// # Errors
    ///
    /// For a time of zero, as `UdpSocket::set_write_timeout`.
    pub fn set_write_timeout(&self, limit: Duration) -> io::Result<()> {
        self.socket.set_write_timeout(Some(limit))
    }

    /// Sends a text to the chosen peer, as one datagram.
    ///
    /// # Errors
    ///
    /// As [`encode`] and `UdpSocket::send`.
    pub fn send_text(&self, text: &str) -> Result<()> {
        self.socket.send(&encode(text, self.encoding)?)?;
        Ok(())
    }

    /// Sends a text to any peer, as one datagram.
    ///
    /// # Errors
    ///
    /// As [`encode`] and `UdpSocket::send_to`.
    pub fn send_text_to(&self, text: &str, peer: SocketAddr) -> Result<()> {
        self.socket.send_to(&encode(text, self.encoding)?, peer)?;
        Ok(())
    }

    /// Receives one datagram, of which `room` bytes are kept, as text.
    ///
    /// # Errors
    ///
    /// As `UdpSocket::recv_from`.
    pub fn recv_text(&self, room: usize) -> io::Result<Received> {
        // As in lesson 02: only a look at the whole tells on every system
        // how much a short buffer loses.
        let (whole, peer) = self.socket.peek_from(&mut [0; LARGEST])?;
        let mut buffer = vec![0; room];
        let taken = self.socket.recv_from(&mut buffer);
        if whole <= room {
            taken?;
        }
        buffer.truncate(whole);

        let (text, garbled) =
            self.encoding.decode_without_bom_handling(&buffer);
        let (text, kept) = (text.into_owned(), buffer.len());
        Ok(Received { text, peer, whole, kept, garbled })
    }
}

impl Received {
    /// Prints the text on stdout, and on stderr what was wrong with it.
    ///
    /// # Errors
    ///
    /// When stdout takes no more.
    pub fn say(&self) -> io::Result<()> {
        let Received { text, peer, whole, kept, garbled } = self;
        common::say(text)?;
        if kept < whole {
            common::note(&format!(
                "the datagram of {whole} bytes from {peer} was cut: \
                 {kept} kept, {} lost",
                whole - kept
            ));
        }
        if *garbled {
            common::note(&format!(
                "some bytes from {peer} are none of this encoding's: \
                 shown as \u{fffd}"
            ));
        }
        if *whole == 0 {
            common::note(&format!("{peer} sent a message of 0 bytes"));
        }
        Ok(())
    }
}

/// Turns text into bytes of an encoding.
///
/// # Errors
///
/// When the encoding lacks a character, naming the first.
pub fn encode(text: &str, encoding: &'static Encoding) -> Result<Vec<u8>> {
    let (bytes, _, lacking) = encoding.encode(text);
    if !lacking {
        return Ok(bytes.into_owned());
    }
    // encoding_rs writes `&#28023;` for what it lacks, as a browser sends a
    // form. On the wire that would be another text, sent in silence.
    for c in text.chars() {
        if encoding.encode(c.encode_utf8(&mut [0; 4])).2 {
            let code = u32::from(c);
            bail!("{} has no {c} (U+{code:04X})", encoding.name());
        }
    }
    bail!("{} cannot express {text:?}", encoding.name())
}

/// Finds an encoding by a name of the WHATWG Encoding Standard, such as
/// `utf-8`, `gbk`, `big5` or `shift_jis`.
///
/// # Errors
///
/// A sentence, when there is no such encoding or it only decodes (UTF-16).
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    match Encoding::for_label(name.as_bytes()) {
        None => Err("try utf-8, gbk, big5, shift_jis or euc-kr".into()),
        Some(found) if found.output_encoding() != found => {
            Err(format!("{} can be read here, but not sent", found.name()))
        }
        Some(found) => Ok(found),
    }
}
