//! Lesson 04 without the time: each datagram goes back as it came.

use std::net::UdpSocket;

use anyhow::Result;

pub fn serve() -> Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    super::ready(socket.local_addr()?);
    let mut buffer = vec![0; 65_536];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer)?;
        socket.send_to(&buffer[..length], peer)?;
    }
}
