//! Between tungstenite and the socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;

use anyhow::{Error, Result, anyhow};
use common::Deadline;
use tap::TcpStream;
use tungstenite::error::{CapacityError, ProtocolError};
use tungstenite::protocol::frame::Frame;
use tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Bytes, Error as WsError, Message, WebSocket};

use crate::http;

/// What tungstenite takes for a socket: bytes come from a stream, and whole
/// frames go where the frames of other threads go too.
pub struct Wire {
    /// Where bytes come from.
    pub stream: TcpStream,
    /// The end of all reads: a message may take many.
    pub deadline: Deadline,
    /// Where frames go.
    pub outgoing: Box<dyn Write + Send>,
    /// What came of an answer's head, until it is over. It is read whole:
    /// tungstenite takes one in many small pieces for an attack.
    pub head: Option<Vec<u8>>,
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut length = 0;
        loop {
            let rest = &mut buffer[length..];
            let more = self.deadline.read(&mut self.stream, rest)?;
            let Some(head) = &mut self.head else { return Ok(more) };
            head.extend_from_slice(&rest[..more]);
            length += more;
            if more == 0 || length == buffer.len() || !http::is_cut(head) {
                return Ok(length);
            }
        }
    }
}

impl Write for Wire {
    fn write(&mut self, frame: &[u8]) -> io::Result<usize> {
        self.outgoing.write(frame)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.outgoing.flush()
    }
}

/// How tungstenite is to read and write: nothing longer than `max_message`,
/// each frame at once, and 4 KiB of memory for a peer, not 128.
pub fn config(max_message: u32) -> WebSocketConfig {
    let most = usize::try_from(max_message).ok();
    WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(0)
        .max_message_size(most)
        .max_frame_size(most)
}

/// A message in one frame, as a server sends it. It has no mask, so it is the
/// same bytes for every client.
pub fn encode(message: Message) -> Result<Bytes, WsError> {
    let data = if message.is_text() { Data::Text } else { Data::Binary };
    let frame = Frame::message(message.into_data(), OpCode::Data(data), true);
    let mut bytes = Vec::with_capacity(frame.len());
    frame.format(&mut bytes)?;
    Ok(bytes.into())
}

/// Whether a message is somebody's words, not the connection's own business.
pub fn is_said(message: &Message) -> bool {
    message.is_text() || message.is_binary()
}

/// A message as it is printed.
pub fn show(message: &Message) -> String {
    match message {
        Message::Text(text) => text.to_string(),
        other => format!("({} bytes that are no text)", other.len()),
    }
}

/// Whether nothing came in time, which Unix and Windows name differently.
pub fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// tungstenite's error as a sentence about the peer.
pub fn explain(error: WsError) -> Error {
    match error {
        WsError::Io(error) => error.into(),
        WsError::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            anyhow!("its message of {size} bytes is longer than {max_size}")
        }
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            anyhow!("it went without a close frame")
        }
        WsError::Protocol(ProtocolError::HandshakeIncomplete) => {
            anyhow!("it closed before its answer was whole")
        }
        WsError::Protocol(ProtocolError::HttparseError(error)) => {
            anyhow!("it answered something else than HTTP: {error}")
        }
        WsError::AttackAttempt => anyhow!("its answer's head is too long"),
        WsError::Http(answer) => {
            let body = answer.body().as_deref().unwrap_or_default();
            let body = String::from_utf8_lossy(body);
            let reason = body.lines().next().unwrap_or("it does not say why");
            anyhow!("it answered {}, not 101: {reason}", answer.status())
        }
        // Its sentence has those of its causes in it.
        error => anyhow!("{error}"),
    }
}

/// Closes after an error, with its code (RFC 6455, section 7.4.1) if the peer
/// is still there, and explains it.
pub fn refuse<S: Read + Write>(
    socket: &mut WebSocket<S>,
    error: WsError,
) -> Error {
    let code = match &error {
        WsError::Capacity(_) => CloseCode::Size,
        WsError::Utf8(_) => CloseCode::Invalid,
        WsError::Protocol(ProtocolError::ResetWithoutClosingHandshake)
        | WsError::Io(_) => return explain(error),
        _ => CloseCode::Protocol,
    };
    let reason = "see the other side's stderr".into();
    // It may go at this very moment.
    let _ = socket.close(Some(CloseFrame { code, reason }));
    explain(error)
}

/// Ends a connection so that the peer gets what was sent last: closing while
/// something unread lies here would reset it, and the reset may overtake it.
pub fn hang_up(stream: &mut TcpStream, deadline: Deadline) {
    let _ = stream.shutdown(Shutdown::Write);
    let mut rest = [0; 4096];
    while deadline.read(stream, &mut rest).is_ok_and(|length| length > 0) {}
}
