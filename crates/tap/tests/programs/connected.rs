//! UDP between connected sockets, one of them cloned.
use std::io::{ErrorKind, Result};
use std::net::UdpSocket;
use std::thread;
use std::time::Duration;

fn main() -> Result<()> {
    let server = UdpSocket::bind("127.0.0.1:0")?;
    let client = UdpSocket::bind("127.0.0.1:0")?;
    client.connect(server.local_addr()?)?;
    server.connect(client.local_addr()?)?;
    client.set_read_timeout(Some(Duration::from_secs(10)))?;
    println!("{}", client.peer_addr()? == server.local_addr()?);
    let echo = server.try_clone()?;
    let thread = thread::spawn(move || -> Result<()> {
        for _ in 0..3 {
            let mut buffer = [0; 100];
            let length = echo.recv(&mut buffer)?;
            echo.send(&buffer[..length])?;
        }
        Ok(())
    });
    for text in ["one", "two", "three"] {
        client.send(text.as_bytes())?;
        let mut buffer = [0; 100];
        let peeked = client.peek(&mut buffer)?;
        let length = client.recv(&mut buffer)?;
        println!("{peeked} {}", String::from_utf8_lossy(&buffer[..length]));
    }
    thread.join().expect("no panic")?;
    client.set_nonblocking(true)?;
    let error = client.recv(&mut [0]).expect_err("nothing came");
    println!("{}", error.kind() == ErrorKind::WouldBlock);
    Ok(())
}
