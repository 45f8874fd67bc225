//! A UDP socket that speaks text: encoding on the way out, decoding on the
//! way in, with the encoding chosen once.
//!
//! The article derives a class from Python's `socket` for this. Rust derives
//! nothing: [`TextSocket`] owns a `UdpSocket` and offers what makes sense for
//! text.

use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::time::Duration;

use anyhow::{Result, bail};
use encoding_rs::Encoding;
use tap::UdpSocket;

/// A UDP socket whose datagrams are text in one encoding.
pub struct TextSocket {
    socket: UdpSocket,
    encoding: &'static Encoding,
}

impl TextSocket {
    /// Binds a socket that speaks this encoding.
    pub fn bind(
        address: SocketAddr,
        encoding: &'static Encoding,
    ) -> io::Result<TextSocket> {
        Ok(TextSocket { socket: UdpSocket::bind(address)?, encoding })
    }

    /// Sends a text to any peer, as one datagram.
    pub fn send_text_to(&self, text: &str, peer: SocketAddr) -> Result<()> {
        self.socket.send_to(&encode(text, self.encoding)?, peer)?;
        Ok(())
    }

    /// Receives one datagram as text, of which `room` bytes are kept.
    pub fn receive_text(&self, room: usize) -> Result<(String, SocketAddr)> {
        let (bytes, peer) = common::receive(&self.socket, room)?;
        Ok((decode(&bytes, self.encoding), peer))
    }

    /// Sends a text to the connected peer, again each second, until an answer
    /// comes or the time is over.
    pub fn ask(&self, text: &str, timeout: Duration) -> Result<String> {
        let question = encode(text, self.encoding)?;
        let answer = common::ask_again(&self.socket, &question, timeout)?;
        Ok(decode(&answer, self.encoding))
    }
}

/// What has nothing to do with text is the socket's own: `connect`,
/// `local_addr` and the like.
impl Deref for TextSocket {
    type Target = UdpSocket;
    fn deref(&self) -> &UdpSocket {
        &self.socket
    }
}

/// Turns text into bytes of an encoding.
///
/// # Errors
///
/// When the encoding lacks a character, naming the first.
pub fn encode(text: &str, encoding: &'static Encoding) -> Result<Vec<u8>> {
    // encoding_rs writes `&#28023;` for what it lacks, as a browser sends a
    // form, and `\` for ¥ in Shift_JIS. On the wire that would be another
    // text, sent in silence. So what is sent has to read back.
    let reads_back = |text: &str| {
        let bytes = encoding.encode(text).0;
        encoding.decode_without_bom_handling(&bytes).0 == text
    };
    if reads_back(text) {
        return Ok(encoding.encode(text).0.into_owned());
    }
    for c in text.chars() {
        if !reads_back(c.encode_utf8(&mut [0; 4])) {
            let code = u32::from(c);
            bail!("{} has no {c} (U+{code:04X})", encoding.name());
        }
    }
    bail!("{} cannot express {text:?}", encoding.name())
}

/// Turns bytes of an encoding into text. Bytes that are not of this encoding
/// become U+FFFD, and that is logged.
fn decode(bytes: &[u8], encoding: &'static Encoding) -> String {
    let (text, garbled) = encoding.decode_without_bom_handling(bytes);
    if garbled {
        let name = encoding.name();
        common::log(&format!("some bytes are not {name}: shown as \u{fffd}"));
    }
    text.into_owned()
}

/// Finds an encoding by a name of the WHATWG Encoding Standard, such as
/// `utf-8`, `gbk` or `shift_jis`, or by Python's name on Windows, such as
/// `cp936`.
///
/// # Errors
///
/// A sentence, when there is no such encoding, when it only decodes (UTF-16),
/// or when the standard has a larger one under that name (`ascii`, `latin1`).
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    let label = match name.to_ascii_lowercase().as_str() {
        "cp932" => "shift_jis".into(),
        "cp936" => "gbk".into(),
        "cp949" => "euc-kr".into(),
        "cp950" => "big5".into(),
        other => other.to_owned(),
    };
    let Some(found) = Encoding::for_label(label.as_bytes()) else {
        return Err("try utf-8, gbk, big5, shift_jis or euc-kr".into());
    };
    if found.output_encoding() != found {
        let name = found.name();
        return Err(format!("{name} can be read here, but not sent"));
    }
    // To a browser, ascii and latin1 are old names of windows-1252, in which
    // € is a byte that neither of the two has.
    let page = found.name().strip_prefix("windows-");
    if page.is_some_and(|page| !label.contains(page)) {
        let larger = found.name();
        return Err(format!("it would mean {larger}; say that, or utf-8"));
    }
    Ok(found)
}
