//! Errors are std's own.
use std::io::{ErrorKind, Result, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

fn main() -> Result<()> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let refused = TcpStream::connect(address).expect_err("nobody listens");
    println!("{:?}", refused.kind() == ErrorKind::ConnectionRefused);
    let several: Vec<SocketAddr> =
        vec![address, TcpListener::bind("127.0.0.1:0")?.local_addr()?];
    println!("{}", TcpStream::connect(&several[..]).is_err());
    println!("{}", TcpStream::connect("no port").is_err());

    let listener = TcpListener::bind("127.0.0.1:0")?;
    let taken = TcpListener::bind(listener.local_addr()?);
    println!("{:?}", taken.expect_err("it is taken").kind());
    let mut stream = TcpStream::connect(listener.local_addr()?)?;
    drop(listener.accept()?);
    let mut writes = (0..1000).map(|_| stream.write_all(&[0; 1000]));
    println!("{}", writes.any(|written| written.is_err()));
    Ok(())
}
