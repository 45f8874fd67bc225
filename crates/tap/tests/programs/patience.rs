//! Timeouts, non-blocking sockets and peeking.
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let early = listener.accept().map(|_| ()).map_err(|e| e.kind());
    println!("{early:?}");
    let address = listener.local_addr()?;
    let second = Duration::from_secs(1);
    let mut client = TcpStream::connect_timeout(&address, second)?;
    listener.set_nonblocking(false)?;
    let mut server = listener.accept()?.0;

    client.set_read_timeout(Some(Duration::from_millis(10)))?;
    client.set_write_timeout(Some(second))?;
    println!("{:?}", client.write_timeout()?);
    let error = client.read(&mut [0; 8]).expect_err("nothing came");
    let timeouts = [ErrorKind::WouldBlock, ErrorKind::TimedOut];
    println!("{}", timeouts.contains(&error.kind()));

    server.set_nodelay(true)?;
    println!("{} {:?}", server.nodelay()?, server.take_error()?.is_none());
    server.write_all(b"peeked at")?;
    client.set_read_timeout(Some(second))?;
    let mut buffer = [0; 9];
    client.peek(&mut buffer[..1])?;
    client.read_exact(&mut buffer)?;
    println!("{}", String::from_utf8_lossy(&buffer));
    Ok(())
}
