//! UDP between sockets that are not connected.
use std::io::Result;
use std::net::UdpSocket;
use std::time::Duration;

fn main() -> Result<()> {
    let server = UdpSocket::bind("127.0.0.1:0")?;
    let client = UdpSocket::bind(("127.0.0.1", 0))?;
    server.set_read_timeout(Some(Duration::from_secs(10)))?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    let address = server.local_addr()?.to_string();
    client.send_to(b"onepiece", address.as_str())?;
    client.send_to(b"", (server.local_addr()?.ip(), server.local_addr()?.port()))?;

    let mut buffer = [0; 100];
    let (peeked, _) = server.peek_from(&mut buffer)?;
    let (length, peer) = server.recv_from(&mut buffer)?;
    println!("{peeked} {length} {}", peer == client.local_addr()?);
    println!("{}", server.recv_from(&mut buffer)?.0);
    server.send_to("海贼王".as_bytes(), peer)?;
    let length = client.recv(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer[..length]));
    println!("{:?}", client.set_broadcast(true).is_ok());
    Ok(())
}
